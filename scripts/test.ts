import { existsSync, globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { type Import, importsOf } from './imports.ts'
import { postgresPrograms, startCluster } from './postgres.ts'
import { run } from './run.ts'
import { openScratch } from './scratch.ts'
import { isLong, isSlow, planShares, roomOf, writeShares } from './shares.ts'
import { targetOf } from './sources.ts'
import { bringTools } from './tools.ts'

/**
 * Longer than any one file of tests may take, in seconds by the clock (test-limits.ts) and of the processor, and than any one
 * test.
 */
const LIMITS = { fileSeconds: 280, testMs: 240_000 }
/** Where long ones are among them. */
const LONG_LIMITS = { fileSeconds: 900, testMs: 600_000 }

/** Longer than all tests may take. On SIGTERM Node's test runner names the files that still run. */
const ALL_MS = 1_200_000

/** Where tests start servers, databases or whole programs. */
const SLOW_ROOMS = ['access', 'app', 'e2e', 'portal', 'runtimes', 'store']

/** `fast`: all but those of the rooms above and those named `*.slow.test.ts`; `long`: those named `*.long.test.ts`; `usual`: all but these. */
export type Which = 'fast' | 'usual' | 'long'

/** Whoever names files gets them, however long they take. */
export function selectTests(
  files: readonly string[],
  which: Which,
  filters: readonly string[],
): readonly string[] {
  const takes: { readonly [W in Which]: (file: string) => boolean } = {
    fast: file => !(SLOW_ROOMS.includes(roomOf(file)) || isSlow(file)),
    usual: file => filters.length > 0 || !isLong(file),
    long: isLong,
  }
  return files
    .filter(takes[which])
    .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
    .toSorted()
}

/** Whether one of the files imports `target`, by itself or by what it imports. */
export function reaches(
  files: readonly string[],
  target: string,
  importsIn: (file: string) => readonly Import[],
): boolean {
  const seen = new Set(files)
  // A set is gone through with what is added meanwhile.
  for (const file of seen) for (const found of importsIn(file)) seen.add(targetOf(file, found) ?? file)
  return seen.has(target)
}

/**
 * Whether what it finds may differ from store to store: it asks for a database of the kind that is tested. One that asks for PostgreSQL by
 * name has had it in every run.
 */
export function dependsOnStore(file: string, importsIn: (file: string) => readonly Import[]): boolean {
  const isByName = importsIn(file).some(found => targetOf(file, found) === 'test/postgres.ts')
  return !isByName && reaches([file], 'test/database.ts', importsIn)
}

/** What a file of tests, or a helper of theirs, imports. Nothing else knows of tests. */
const testImports = (file: string): readonly Import[] =>
  file.startsWith('test/') && file.endsWith('.ts') && existsSync(file)
    ? importsOf(file, readFileSync(file, 'utf8'))
    : []

/** A server for all tests of the run. They need no durability: who does, starts one of its own. */
const startShared = () => startCluster(['fsync=off', 'full_page_writes=off', 'max_connections=400'])

/** Aborts when this process is told to end. */
function told(): AbortSignal {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort())
  return ending.signal
}

/**
 * Where the files that import others are written. Node begins files in the order of their paths: behind all of `test/` these short ones
 * come last, and no core is idle while another has a long one left.
 */
export const SHARES = 'tmp/shares'

/** Others are Node's. */
const OWN_OPTIONS = ['--fast', '--long', '--on-postgres']

/**
 * Arguments: `--fast` or `--long` for other tests than the usual, `--on-postgres` to run on PostgreSQL what stands above the store, parts
 * of paths to run only those files, and `--test-…` options for Node.
 */
async function main(args: readonly string[]): Promise<number> {
  const fast = args.includes('--fast')
  const which: Which = fast ? 'fast' : args.includes('--long') ? 'long' : 'usual'
  const onPostgres = args.includes('--on-postgres')
  const options = args.filter(arg => arg.startsWith('--') && !OWN_OPTIONS.includes(arg))
  const filters = args.filter(arg => !arg.startsWith('--'))
  const files = selectTests(globSync('test/**/*.test.ts'), which, filters).filter(
    file => !onPostgres || dependsOnStore(file, testImports),
  )
  if (files.length === 0) {
    console.error(`No test file matches ${filters.join(' ') || 'test/**/*.test.ts'}`)
    return 1
  }
  const missing = fast ? [] : await bringTools()
  for (const { name, lost } of missing) console.error(`${name} is missing: ${lost} are left out`)
  if (missing.length > 0 && process.env['CI'] === 'true') return 1

  const { shares, alone } = fast || filters.length > 0 ? { shares: [], alone: files } : planShares(files)
  const shared = await writeShares(SHARES, shares)
  const { fileSeconds, testMs } = files.some(isLong) ? LONG_LIMITS : LIMITS
  const seconds = process.env['SIGNALBOX_TEST_FILE_SECONDS'] ?? String(fileSeconds)
  const isBrought = process.env['DATABASE_URL']?.startsWith('postgres') === true
  const needsPostgres =
    !fast && !isBrought && postgresPrograms() !== undefined && reaches(files, 'test/postgres.ts', testImports)
  // From here on there is something to end, or to take away.
  const signal = told()
  await using scratch = await openScratch()
  // For what this process puts there too, a server of the run's among it.
  process.env['TMPDIR'] = scratch.folder
  await using cluster = needsPostgres ? await startShared() : undefined
  // Examples name the package; under this condition its name stands for src/, so nothing need be built.
  const node = [
    '--conditions=signalbox-source',
    '--test',
    '--test-reporter=spec',
    ...(fast
      ? // A process for each file would take longer to start than most of the fast ones take to run.
        ['--test-isolation=none']
      : [
          `--import=${import.meta.resolve('./test-limits.ts')}`,
          // Many wait more than they compute.
          `--test-concurrency=${Math.max(2, availableParallelism()) * 2}`,
        ]),
  ]
  // A loop without end hears no timer.
  const limited = ['sh', '-c', `ulimit -t ${seconds} && exec "$0" "$@"`, 'node'] as const
  const { code } = await run(
    [...limited, ...node, `--test-timeout=${testMs}`, ...options, ...shared, ...alone],
    {
      show: true,
      timeoutMs: ALL_MS,
      signal,
      env: {
        SIGNALBOX_TEST_FILE_SECONDS: seconds,
        TMPDIR: scratch.folder,
        // Each of some hundred processes would strip and compile the same modules again.
        NODE_COMPILE_CACHE: resolve('node_modules/.cache/tests'),
        ...(cluster === undefined ? {} : { SIGNALBOX_TEST_POSTGRES: cluster.url }),
        ...(onPostgres ? { TEST_STORE: 'postgres' } : {}),
      },
    },
  )
  return code ?? 1
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
