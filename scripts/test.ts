import { accessSync, constants, globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Command, run } from './run.ts'

/** A program that tests call and npm does not bring. */
export interface Tool {
  readonly program: string
  /** Of Debian. */
  readonly package: string
  /** What is left out without it. */
  readonly lost: string
}

const TOOLS: readonly Tool[] = [
  { program: 'chromium', package: 'chromium', lost: 'the tests in a browser' },
  {
    program: 'sqlite3',
    package: 'sqlite3',
    lost: 'the tests in which another program writes to the database',
  },
  { program: 'strace', package: 'strace', lost: 'the tests that look at system calls' },
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

/** Longer than any one test may take. */
const TEST_MS = 300_000

/**
 * Longer than all tests may take. Node's own limits stop tests, not a file that stays open after its last test;
 * on SIGTERM its test runner names the files that still run.
 */
const ALL_MS = 1_200_000

/** Where tests start servers, databases or whole programs. */
const SLOW_ROOMS = ['access', 'app', 'e2e', 'runtimes', 'store']

/** Fast are all tests but those of the rooms above and those named `*.slow.test.ts`. */
export function selectTests(
  files: readonly string[],
  fast: boolean,
  filters: readonly string[],
): readonly string[] {
  return files
    .filter(
      file => !fast || !(SLOW_ROOMS.includes(file.split('/')[1] ?? '') || file.endsWith('.slow.test.ts')),
    )
    .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
    .toSorted()
}

/** Brings the tools that are missing where it may. Returns those still missing. */
async function bringTools(): Promise<readonly Tool[]> {
  const missing = TOOLS.filter(({ program }) => !installed(program))
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
  return missing.filter(({ program }) => !installed(program))
}

function installed(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Arguments: `--fast`, parts of paths to run only those files, and `--test-…` options for Node. */
async function main(args: readonly string[]): Promise<number> {
  const fast = args.includes('--fast')
  const options = args.filter(arg => arg.startsWith('--') && arg !== '--fast')
  const filters = args.filter(arg => !arg.startsWith('--'))
  const files = selectTests(globSync('test/**/*.test.ts'), fast, filters)
  if (files.length === 0) {
    console.error(`No test file matches ${filters.join(' ') || 'test/**/*.test.ts'}`)
    return 1
  }
  const missing = fast ? [] : await bringTools()
  for (const { program, lost } of missing) console.error(`${program} is missing: ${lost} are left out`)
  if (missing.length > 0 && process.env['CI'] === 'true') return 1
  // Examples name the package; under this condition its name stands for src/, so nothing need be built.
  const node = [
    '--conditions=signalbox-source',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    // A process for each file would take longer to start than most of the fast ones take to run.
    ...(fast ? ['--test-isolation=none'] : []),
  ]
  const { code } = await run(['node', ...node, `--test-timeout=${TEST_MS}`, ...options, ...files], {
    show: true,
    timeoutMs: ALL_MS,
  })
  return code ?? 1
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
