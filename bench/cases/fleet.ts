import { join } from 'node:path'
import type { Open } from '../measure.ts'
import { freePort, LOAD_CORE, program, SUBJECT_CORE, start } from '../processes.ts'
import type { Arrivals } from '../servers/arrivals.ts'
import { temporaryFolder } from './temporary.ts'

const folder = join(import.meta.dirname, '..')
const LIMIT_MS = 600_000

interface Fleet {
  readonly webhooks: number
  /** Of a hundred. */
  readonly hanging: number
  /** Events in a second. */
  readonly rate: number
}

/** From being emitted to the arrival, at the receivers that answer. Throws where one is missing. */
async function arrivals(
  file: string,
  { webhooks, hanging, rate }: Fleet,
  seconds: number,
): Promise<Arrivals> {
  const origin = `http://127.0.0.1:${await freePort()}`
  const { port } = new URL(origin)
  await using data = await temporaryFolder()
  await using receiver = start(program(join(folder, 'servers', 'arrivals.ts'), { PORT: port }, LOAD_CORE))
  await receiver.line('READY', 20_000)
  const environment = {
    TARGET: origin,
    DATA: data.path,
    WEBHOOKS: String(webhooks),
    HANGING: String(hanging),
    RATE: String(rate),
    SECONDS: String(seconds),
  }
  await using sender = start(program(join(folder, 'subjects', file), environment, SUBJECT_CORE))
  const { emitted } = JSON.parse((await sender.line('DONE', LIMIT_MS)).slice('DONE'.length)) as {
    readonly emitted: number
  }
  const report = (await (await fetch(`${origin}/report`)).json()) as Arrivals
  const expected = emitted * (1 - hanging / 100)
  if (report.arrived < expected * 0.99) throw new Error(`of ${expected} events ${report.arrived} arrived`)
  return report
}

/** A thousand events a second to one receiver: how long each is on its way. */
export const latency: Open = async ({ seconds }) => {
  const one = { webhooks: 1, hanging: 0, rate: 1_000 }
  const of = (file: string, part: 'p50' | 'p99') => async () => (await arrivals(file, one, seconds))[part]
  return {
    cases: (['p50', 'p99'] as const).map(part => ({
      name: part,
      unit: 'ms' as const,
      baseline: 'undici',
      entrants: [
        { subject: 'undici', run: of('undici-fleet.ts', part) },
        { subject: 'signalbox', run: of('signalbox-fleet.ts', part) },
      ],
    })),
    async [Symbol.asyncDispose]() {},
  }
}

/** Ten thousand webhooks of as many accounts: what those that hang cost the others. */
export const fleet: Open = async ({ seconds }) => {
  const with_ = (hanging: number) => async () =>
    (await arrivals('signalbox-fleet.ts', { webhooks: 10_000, hanging, rate: 500 }, seconds)).p99
  return {
    cases: [
      {
        name: 'p99',
        unit: 'ms' as const,
        baseline: 'signalbox (none hangs)',
        entrants: [
          { subject: 'signalbox (none hangs)', run: with_(0) },
          { subject: 'signalbox (one in ten hangs)', run: with_(10) },
        ],
      },
    ],
    async [Symbol.asyncDispose]() {},
  }
}
