import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import pg from 'pg'
import { type Cluster, postgresPrograms, startCluster } from '../scripts/postgres.ts'

// Tests on PostgreSQL: each has a database of its own, on the server that DATABASE_URL names, else on that of the whole run
// (scripts/test.ts), else on one that is started for the file of the test.

let own: Promise<Cluster> | undefined
// At the end of the file: within a test it would be at the end of that.
after(async () => (await own)?.[Symbol.asyncDispose]())

/** Of a superuser's database on the server. */
async function serverUrl(): Promise<string> {
  const given = process.env['DATABASE_URL']
  if (given?.startsWith('postgres') === true) return given
  const shared = process.env['SIGNALBOX_TEST_POSTGRES']
  if (shared !== undefined) return shared
  own ??= startCluster()
  return (await own).url
}

/** Skips where there is no PostgreSQL; in CI that is a failure, so that the rules cannot go unnoticed. */
export const needsPostgres = (): string | false =>
  process.env['CI'] !== 'true' &&
  process.env['DATABASE_URL']?.startsWith('postgres') !== true &&
  postgresPrograms() === undefined &&
  'PostgreSQL is not installed'

export interface Database {
  readonly url: string
  /** Runs a statement as a superuser would, on a connection of its own. */
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>
  drop(): Promise<void>
}

/** Of another order than that of bytes, as databases of applications have: upper and lower case stand side by side. */
const LOCALE = "template template0 locale_provider icu icu_locale 'en-US'"

/** An empty database. */
export async function freshDatabase(): Promise<Database> {
  const server = await serverUrl()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asked(server, `create database ${name} ${LOCALE}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    query: (text, values) => asked(url.href, text, values),
    drop: async () => {
      await asked(server, `drop database ${name} with (force)`)
    },
  }
}

/** Runs a statement on the server, for what is in no database. */
export const onServer = async (text: string): Promise<pg.QueryResult> => asked(await serverUrl(), text)

async function asked(url: string, text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(text, [...values])
  } finally {
    await client.end()
  }
}
