import { execFile } from 'node:child_process'
import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { postgresPrograms, unprivileged } from '../../scripts/postgres.ts'
import { temporaryFolder } from '../cases/temporary.ts'
import { freePort, start } from '../processes.ts'

const execute = promisify(execFile)

export interface Postgres extends AsyncDisposable {
  /** Makes a new, empty database and answers its connection string. */
  database(name: string): Promise<string>
}

/** A private cluster on the loopback with PostgreSQL's own settings: every commit is flushed. */
export async function startPostgres(): Promise<Postgres> {
  const bin = postgresPrograms()
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
