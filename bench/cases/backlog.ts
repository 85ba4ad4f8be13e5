import { join } from 'node:path'
import { loaded, warmUp } from '../load.ts'
import type { Open } from '../measure.ts'
import { freePort, LOAD_CORE, program, SUBJECT_CORE, start } from '../processes.ts'
import { temporaryFolder } from './temporary.ts'
import { startWebSubject } from './web.ts'

const folder = join(import.meta.dirname, '..')
const file = join(folder, 'subjects', 'signalbox-backlog.ts')
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

/** Of reading one row by a key, in milliseconds, beside deliveries to receivers that never answer. */
async function readsBeside(waiting: number, seconds: number): Promise<number> {
  const port = await freePort()
  await using data = await temporaryFolder()
  await using receiver = start(
    program(join(folder, 'servers', 'arrivals.ts'), { PORT: String(port) }, LOAD_CORE),
  )
  await receiver.line('READY', 20_000)
  const environment = { WAITING: String(waiting), TARGET: `http://127.0.0.1:${port}` }
  await using subject = await startWebSubject('signalbox-backlog-reads.ts', data.path, environment)
  const { article = '', headers = {} } = subject.ready
  const request = { method: 'GET', path: article, headers } as const
  await warmUp(subject.origin, request)
  return (await loaded(subject.origin, request, seconds)).p99
}

/** What a delivery costs the queue, and others, by how many wait. */
export const backlog: Open = async ({ seconds }) => {
  const entrants = (of: (report: Report) => number) => [
    { subject: 'signalbox (1,000)', run: async () => of(await measure(1_000)) },
    { subject: 'signalbox (1,000,000)', run: async () => of(await measure(1_000_000)) },
  ]
  const baseline = 'signalbox (1,000)'
  return {
    cases: [
      { name: 'claim 1,000', unit: 'ms', baseline, entrants: entrants(({ cost }) => cost) },
      { name: 'memory', unit: 'mb', baseline, entrants: entrants(({ memory }) => memory) },
      {
        name: 'p99 of reads',
        unit: 'ms',
        baseline: 'signalbox (none)',
        entrants: [
          { subject: 'signalbox (none)', run: () => readsBeside(0, seconds) },
          { subject: 'signalbox (1,000,000)', run: () => readsBeside(1_000_000, seconds) },
        ],
      },
    ],
    async [Symbol.asyncDispose]() {},
  }
}
