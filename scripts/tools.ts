import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { postgresPrograms } from './postgres.ts'
import { type Command, run } from './run.ts'

/** What tests call and npm does not bring. */
export interface Tool {
  readonly name: string
  /** Of Debian. */
  readonly package: string
  /** What is left out without it. */
  readonly lost: string
  readonly isThere: () => boolean
}

const program = (name: string, lost: string): Tool => ({
  name,
  package: name,
  lost,
  isThere: () => installed(name),
})

const TOOLS: readonly Tool[] = [
  program('chromium', 'the tests in a browser'),
  program('sqlite3', 'the tests in which another program writes to the database'),
  program('strace', 'the tests that look at system calls'),
  {
    name: 'PostgreSQL',
    package: 'postgresql',
    lost: 'the tests on PostgreSQL',
    isThere: () => postgresPrograms() !== undefined,
  },
]

const INSTALL: Command = [
  'env',
  'DEBIAN_FRONTEND=noninteractive',
  'apt-get',
  '-qq',
  'install',
  '--yes',
  '--no-install-recommends',
]

/** Brings the tools that are missing where it may. Returns those still missing. */
export async function bringTools(): Promise<readonly Tool[]> {
  const missing = TOOLS.filter(tool => !tool.isThere())
  if (missing.length === 0 || process.getuid?.() !== 0 || !installed('apt-get')) return missing
  console.log(`installing ${missing.map(tool => tool.package).join(', ')}`)
  const commands: readonly Command[] = [
    ['apt-get', '-qq', 'update'],
    [...INSTALL, ...missing.map(tool => tool.package)],
  ]
  for (const command of commands) {
    const { code, output } = await run(command)
    if (code !== 0) console.error(output)
  }
  return missing.filter(tool => !tool.isThere())
}

function installed(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
