import { existsSync } from 'node:fs'
import { addressOf } from '../address.ts'
import { CliFailure, Misuse } from '../failure.ts'
import type { Catalog } from './catalog.ts'

export interface Database {
  /** The path of a SQLite file; undefined of PostgreSQL. */
  readonly file: string | undefined
  /** For messages: without a password. */
  readonly name: string
  read(): Promise<Catalog>
}

/** What `--database` names: `postgres://…`, or the path of a SQLite file. @throws Misuse. */
export function databaseOf(given: string): Database {
  const address = addressOf(given)
  if (address.engine === 'postgres') return postgres(given)
  if (address.engine === undefined)
    throw new Misuse(
      `--database begins with '${address.scheme}:'. It takes postgres://… or the path of a SQLite file`,
    )
  const { file } = address
  return {
    file,
    name: file,
    async read() {
      if (!existsSync(file))
        throw new CliFailure(`There is no file '${file}'. Name the one that your application uses`)
      const { readSqlite } = await import('./read-sqlite.ts')
      return told(file, [], () => Promise.resolve(readSqlite(file)))
    },
  }
}

function postgres(given: string): Database {
  let url: URL
  try {
    url = new URL(given)
  } catch (error) {
    throw new Misuse('--database is no URL: write postgres://user:password@host/name', { cause: error })
  }
  const { host, pathname, password, searchParams } = url
  const name = `${decoded(pathname.slice(1)) || 'the database'} at ${host || searchParams.get('host') || 'this machine'}`
  const secrets = [password, decoded(password), searchParams.get('password') ?? '']
  return {
    file: undefined,
    name,
    async read() {
      const { readPostgres } = await import('./read-postgres.ts')
      return told(name, secrets, () => readPostgres(given))
    },
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What went wrong, without what is secret. */
async function told(
  name: string,
  secrets: readonly string[],
  read: () => Promise<Catalog>,
): Promise<Catalog> {
  try {
    return await read()
  } catch (error) {
    const said = messageOf(error)
    const shown = secrets
      .filter(secret => secret !== '')
      .reduce((text, secret) => text.replaceAll(secret, '…'), said)
    // Only the message is ever printed: the cause could hold them too.
    throw new CliFailure(`${name} cannot be read: ${shown}`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}
