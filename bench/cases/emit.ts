import { join } from 'node:path'
import type { Open } from '../measure.ts'
import { program, SUBJECT_CORE, start } from '../processes.ts'
import { temporaryFolder } from './temporary.ts'

/** Each subject and its program. */
const subjects: { readonly [subject: string]: string } = {
  'node:sqlite': 'sqlite-emit.ts',
  signalbox: 'signalbox-emit.ts',
}

const START_MS = 60_000

async function measure(file: string, seconds: number): Promise<number> {
  await using data = await temporaryFolder()
  const path = join(import.meta.dirname, '..', 'subjects', file)
  await using subject = start(program(path, { DATA: data.path, SECONDS: String(seconds) }, SUBJECT_CORE))
  const line = await subject.line('DONE', START_MS + 2_000 * seconds)
  return JSON.parse(line.slice('DONE'.length)).perSecond
}

/** Events of an account with one webhook, each on disk before its unit is answered. */
export const emit: Open = async ({ seconds }) => ({
  cases: [
    {
      name: 'emit',
      baseline: 'node:sqlite',
      entrants: Object.entries(subjects).map(([subject, file]) => ({
        subject,
        run: () => measure(file, seconds),
      })),
    },
  ],
  [Symbol.asyncDispose]: async () => {},
})
