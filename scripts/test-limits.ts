import { globSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { after } from 'node:test'

// Read into the process of each file of tests (by scripts/test.ts) before the file itself. Node's own limits are on tests: a
// file that keeps something open stays for ever, and all others with it.

/** In ms: how long what a file has opened may stay open after its last test. */
const CLOSE_MS = 15_000

/**
 * Sees to it that this process ends. It fails then by the file's name, and says what is open still.
 *
 * @param fileMs how long the file may take
 */
function limit(file: string, fileMs: number): void {
  const endIn = (ms: number, what: string): void => {
    setTimeout(() => {
      const open = process.getActiveResourcesInfo().filter(each => each !== 'PipeWrap')
      console.error(`${file} ${what}. It holds open: ${open.join(', ') || 'nothing'}`)
      killChildren()
      process.exit(1)
    }, ms).unref()
  }
  endIn(fileMs, `has not ended in ${fileMs / 1000} s`)
  const closeMs = Math.min(CLOSE_MS, fileMs / 2)
  after(() => endIn(closeMs, `was still open ${closeMs / 1000} s after its last test`))
}

/** What it has started must not go on without it. Where there is no /proc it does. */
function killChildren(): void {
  const lists = globSync('/proc/self/task/*/children').map(list => readFileSync(list, 'utf8'))
  for (const pid of lists.flatMap(list => list.split(' ').filter(Boolean))) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

const [, file = ''] = process.argv
// Programs that the file starts by `fork` read this too. A file of others (shares.ts) has no types.
if (/\.test\.(?:ts|mjs)$/.test(file))
  limit(relative('', file), Number(process.env['SIGNALBOX_TEST_FILE_SECONDS']) * 1000)
