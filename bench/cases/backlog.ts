import { join } from 'node:path'
import type { Open } from '../measure.ts'
import { program, SUBJECT_CORE, start } from '../processes.ts'
import { temporaryFolder } from './temporary.ts'

const file = join(import.meta.dirname, '..', 'subjects', 'signalbox-backlog.ts')
const LIMIT_MS = 1_200_000

interface Report {
  /** Microseconds of the processor for one delivery that is claimed and settled. */
  readonly cost: number
  /** In MiB. */
  readonly memory: number
}

async function measure(waiting: number): Promise<Report> {
  await using data = await temporaryFolder()
  await using subject = start(program(file, { DATA: data.path, WAITING: String(waiting) }, SUBJECT_CORE))
  return JSON.parse((await subject.line('DONE', LIMIT_MS)).slice('DONE'.length)) as Report
}

/** What a delivery costs the queue, by how many others wait. */
export const backlog: Open = async () => {
  const entrants = (of: (report: Report) => number) => [
    { subject: 'signalbox (1,000)', run: async () => of(await measure(1_000)) },
    { subject: 'signalbox (1,000,000)', run: async () => of(await measure(1_000_000)) },
  ]
  const baseline = 'signalbox (1,000)'
  return {
    cases: [
      { name: 'claim 1,000', unit: 'ms', baseline, entrants: entrants(({ cost }) => cost) },
      { name: 'memory', unit: 'mb', baseline, entrants: entrants(({ memory }) => memory) },
    ],
    async [Symbol.asyncDispose]() {},
  }
}
