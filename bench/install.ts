import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { postgresPrograms } from '../scripts/postgres.ts'

const execute = promisify(execFile)

export type Tool = 'taskset' | 'wrk' | 'redis-server' | 'postgres'

/** Debian's package for each. */
const packages: { readonly [T in Tool]: string } = {
  taskset: 'util-linux',
  wrk: 'wrk',
  'redis-server': 'redis-server',
  postgres: 'postgresql',
}

/** The first use installs the peers, exactly as the lockfile names them. */
export async function installPeers(folder: string): Promise<void> {
  if (existsSync(join(folder, 'node_modules'))) return
  console.error('Installing the peers (npm ci in bench/) …')
  // npm's own script looks for `node` on the PATH: it is to find the one that runs us.
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
  await execute('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    env: { ...process.env, PATH: path },
  })
}

/** Installs what is missing from Debian where it may; otherwise throws one line that says what to install. */
export async function installTools(tools: readonly Tool[]): Promise<void> {
  const missing = tools.filter(tool => !isHere(tool)).map(tool => packages[tool])
  if (missing.length === 0) return
  const command = `apt-get install -y ${missing.join(' ')}`
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(`This bench needs: ${command}`)
  console.error(`Installing from Debian: ${command} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await execute('apt-get', ['update'], { env })
  await execute('apt-get', ['install', '-y', ...missing], { env })
}

const isHere = (tool: Tool): boolean =>
  tool === 'postgres' ? postgresPrograms() !== undefined : onPath(tool)

const onPath = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, name)))
