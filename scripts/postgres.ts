import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

// A PostgreSQL of one's own: a cluster in a temporary folder, made from the programs that the machine has.

const execute = promisify(execFile)
/** Where Debian puts each version. Elsewhere they are on the PATH. */
const DEBIAN = '/usr/lib/postgresql'

export interface Cluster extends AsyncDisposable {
  /** Of its first database, as a superuser. */
  readonly url: string
  /** Ends it as it would be for an upgrade, and starts it again. */
  restart(): Promise<void>
}

/** The folder of the newest programs; undefined where there are none. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map(version => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
  ]
  return folders.find(folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/**
 * Starts a cluster on a free port of the loopback.
 *
 * @param settings of the server, as `name=value`. Every commit is flushed unless they say otherwise.
 */
export async function startCluster(settings: readonly string[] = []): Promise<Cluster> {
  const programs = postgresPrograms()
  if (programs === undefined) throw new Error('there is no PostgreSQL: install the package postgresql')
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'))
  const user = await unprivileged()
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  await execute(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: folder },
  )
  const port = await freePort()
  const options = [`listen_addresses=127.0.0.1`, `unix_socket_directories=${folder}`, ...settings]
  const begin = async (): Promise<{ readonly end: () => Promise<void> }> => {
    const server = spawn(
      join(programs, 'postgres'),
      ['-D', data, '-p', String(port), ...options.flatMap(option => ['-c', option])],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const ended = once(server, 'exit')
    // It must not outlive this process, however that ends.
    const stop = (): void => void server.kill('SIGINT')
    process.once('exit', stop)
    const lines: string[] = []
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: server.stderr }).on('line', line => {
        if (lines.length < 100) lines.push(line)
        if (line.includes('ready to accept connections')) resolve()
      })
      void ended.then(() => reject(new Error(`PostgreSQL has ended:\n${lines.join('\n')}`)))
    })
    return {
      async end() {
        // Its fast shutdown: it does not wait for clients.
        stop()
        await ended
        process.off('exit', stop)
      },
    }
  }
  let server = await begin()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart() {
      await server.end()
      server = await begin()
    },
    async [Symbol.asyncDispose]() {
      await server.end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root; Debian's package has made a user for it. */
export async function unprivileged(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const id = async (flag: string): Promise<number> => Number((await execute('id', [flag, 'postgres'])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
