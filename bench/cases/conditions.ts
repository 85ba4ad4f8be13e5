import { join } from 'node:path'
import type { Open } from '../measure.ts'
import { program, SUBJECT_CORE, start } from '../processes.ts'
import { conditions as written } from '../subjects/conditions.ts'

const subjects = join(import.meta.dirname, '..', 'subjects')
const LIMIT_MS = 600_000

/** What a subject prints after `DONE`. */
interface Done {
  readonly perSecond: number
  /** How many of the conditions are met. */
  readonly met: number
}

/** One event put to the conditions of 10,000 webhooks, each its own. */
export const conditions: Open = async ({ seconds }) => {
  const expected = await evaluate('javascript-conditions.ts', 1)
  const measure = async (file: string): Promise<number> => {
    const { perSecond, met } = await evaluate(file, seconds)
    if (met !== expected.met)
      throw new Error(`${file}: ${met} of ${written.length} conditions are met, not ${expected.met}`)
    return perSecond
  }
  const entrants = [
    { subject: 'javascript', run: () => measure('javascript-conditions.ts') },
    { subject: 'cel-js', run: () => measure('cel-js-conditions.ts') },
    { subject: 'signalbox', run: () => measure('signalbox-conditions.ts') },
  ]
  return {
    cases: [{ name: 'evaluate', baseline: 'cel-js', entrants }],
    [Symbol.asyncDispose]: async () => {},
  }
}

async function evaluate(file: string, seconds: number): Promise<Done> {
  const environment = { SECONDS: String(seconds) }
  await using subject = start(program(join(subjects, file), environment, SUBJECT_CORE))
  const line = await subject.line('DONE', LIMIT_MS)
  return JSON.parse(line.slice('DONE'.length)) as Done
}
