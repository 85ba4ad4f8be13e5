import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ask } from '../check.ts'
import type { Open } from '../measure.ts'
import { temporaryFolder } from './temporary.ts'
import { startWebSubject, type WebSubject } from './web.ts'

const execute = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
/** Were rows kept, twice as many would take twice the memory. */
const GROWTHS = { '100,000 rows': 100_000, 'a million rows': 1_000_000, 'two million rows': 2_000_000 }
const IDLE_MS = 3_000

/** As they are when they are installed: JavaScript, with no types to strip. */
const subjects: { readonly [subject: string]: string } = {
  node: 'footprint-node.js',
  'node, zod': 'footprint-zod.js',
  signalbox: 'footprint-signalbox.js',
}

/** What a program costs before it has anything to do, and what a million rows cost it. */
export const footprint: Open = async () => {
  await execute(process.execPath, [join(root, 'scripts', 'build.ts')], { cwd: root })
  if (!existsSync(join(root, 'dist', 'index.js'))) throw new Error('there is no dist/ to measure')
  const entrants = (measure: (file: string) => Promise<number>) =>
    Object.entries(subjects).map(([subject, file]) => ({ subject, run: () => measure(file) }))
  return {
    cases: [
      { name: 'first answer', unit: 'ms', baseline: 'node', entrants: entrants(untilFirstAnswer) },
      { name: 'idle', unit: 'mb', baseline: 'node', entrants: entrants(whenIdle) },
      ...Object.entries(GROWTHS).map(([name, rows]) => ({
        name: `${name}: growth`,
        unit: 'mb' as const,
        baseline: 'signalbox',
        entrants: [{ subject: 'signalbox', run: async () => (await exported(rows)).growthMb }],
      })),
      {
        name: 'a million rows: rows',
        baseline: 'signalbox',
        entrants: [{ subject: 'signalbox', run: async () => (await exported(1_000_000)).rowsPerSecond }],
      },
    ],
    [Symbol.asyncDispose]: async () => {},
  }
}

/** From the start of the process to the end of its first answer. */
async function untilFirstAnswer(file: string): Promise<number> {
  await using data = await temporaryFolder()
  const begun = performance.now()
  await using subject = await startWebSubject(file, data.path)
  await firstAnswer(subject)
  return performance.now() - begun
}

async function firstAnswer({ origin, ready }: WebSubject): Promise<void> {
  const { article = '/articles/art_1' } = ready
  const { status, text } = await ask(origin, { method: 'GET', path: article, headers: {} })
  if (status !== 200) throw new Error(`expected an article, got ${status} ${text}`)
}

/** Resident, after an answer and some seconds of nothing. */
async function whenIdle(file: string): Promise<number> {
  await using data = await temporaryFolder()
  await using subject = await startWebSubject(file, data.path)
  await firstAnswer(subject)
  await pause(IDLE_MS)
  // Awaited here: what is being read must not be stopped meanwhile.
  return await residentMb(subject)
}

/** So many rows as NDJSON, read as fast as they come. */
async function exported(
  count: number,
): Promise<{ readonly growthMb: number; readonly rowsPerSecond: number }> {
  await using data = await temporaryFolder()
  await using subject = await startWebSubject('footprint-signalbox.js', data.path, { ROWS: String(count) })
  await firstAnswer(subject)
  const before = await residentMb(subject)
  const begun = performance.now()
  const answer = await fetch(`${subject.origin}/articles`, { headers: { accept: 'application/x-ndjson' } })
  let rows = 0
  let most = before
  let pieces = 0
  for await (const piece of answer.body ?? []) {
    for (let at = piece.indexOf(0x0a); at !== -1; at = piece.indexOf(0x0a, at + 1)) rows++
    if (pieces++ % 500 === 0) most = Math.max(most, await residentMb(subject))
  }
  if (rows !== count) throw new Error(`of ${count} rows ${rows} came`)
  return { growthMb: most - before, rowsPerSecond: rows / ((performance.now() - begun) / 1000) }
}

async function residentMb({ pid }: WebSubject): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
