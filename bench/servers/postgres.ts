import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '../cases/temporary.ts'
import { type Command, freePort, start } from '../processes.ts'

const execute = promisify(execFile)
const DEBIAN = '/usr/lib/postgresql'

export interface Postgres extends AsyncDisposable {
  /** Makes a new, empty database and answers its connection string. */
  database(name: string): Promise<string>
}

/** The folder of the newest PostgreSQL that Debian has installed here; undefined where there is none. */
export function postgresBin(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined
  const versions = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a))
  return versions.map(version => join(DEBIAN, version, 'bin')).find(bin => existsSync(join(bin, 'initdb')))
}

/** A private cluster on the loopback with PostgreSQL's own settings: every commit is flushed. */
export async function startPostgres(): Promise<Postgres> {
  const bin = postgresBin()
  if (bin === undefined) throw new Error('there is no PostgreSQL')
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const user = await unprivileged()
  if (user !== undefined) await chown(folder.path, user.uid, user.gid)
  const data = join(folder.path, 'data')
  await execute(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'], {
    ...user,
    cwd: folder.path,
  })
  const port = await freePort()
  const server = stack.use(
    start({
      command: join(bin, 'postgres'),
      args: ['-D', data, '-p', String(port), '-k', folder.path, '-c', 'listen_addresses=127.0.0.1'],
      stopSignal: 'SIGINT', // its fast shutdown: it does not wait for clients
      ...(user === undefined ? {} : { user }),
    }),
  )
  await server.line('ready to accept connections', 60_000)
  const owned = stack.move()
  return {
    async database(name) {
      await execute(join(bin, 'createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', name])
      return `postgres://postgres@127.0.0.1:${port}/${name}`
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** PostgreSQL refuses to run as root; Debian's package has made a user for it. */
async function unprivileged(): Promise<Command['user']> {
  if (process.getuid?.() !== 0) return undefined
  const id = async (flag: string): Promise<number> => Number((await execute('id', [flag, 'postgres'])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}
