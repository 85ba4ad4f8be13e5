import { join } from 'node:path'
import type { Open } from '../measure.ts'
import { freePort, LOAD_CORE, program, SUBJECT_CORE, start } from '../processes.ts'
import { startPostgres } from '../servers/postgres.ts'
import type { Report } from '../servers/receiver.ts'
import { startRedis } from '../servers/redis.ts'
import { SECRET } from '../subjects/signing.ts'
import { temporaryFolder } from './temporary.ts'

const folder = join(import.meta.dirname, '..')
const LIMIT_MS = 300_000

interface Environment {
  readonly [name: string]: string
}

/** What a subject prints after `DONE`. */
export interface Done {
  /** When the first of the measured jobs could be taken: nanoseconds of the machine's monotonic clock. */
  readonly startedAt: string
  /** All that it sent, the warm-up included. */
  readonly sent: number
  /** Default: the one in subjects/signing.ts. */
  readonly secret?: string
}

export async function measureDeliveries(
  file: string,
  jobs: number,
  environment: Environment,
): Promise<number> {
  const origin = `http://127.0.0.1:${await freePort()}`
  const { port } = new URL(origin)
  await using receiver = start(program(join(folder, 'servers', 'receiver.ts'), { PORT: port }, LOAD_CORE))
  await receiver.line('READY', 20_000)
  const settings = { TARGET: origin, JOBS: String(jobs), ...environment }
  await using sender = start(program(join(folder, 'subjects', file), settings, SUBJECT_CORE))
  const line = await sender.line('DONE', LIMIT_MS)
  const done: Done = JSON.parse(line.slice('DONE'.length))
  const query = new URLSearchParams({ secret: done.secret ?? SECRET })
  const report = await fetch(`${origin}/report?${query}`)
  return deliveredPerSecond(jobs, done, (await report.json()) as Report)
}

/** From the start of the work to the last arrival. Throws unless each message came once and was signed. */
export function deliveredPerSecond(jobs: number, { startedAt, sent }: Done, report: Report): number {
  const { arrived, distinct, badlySigned, lastAt } = report
  if (arrived !== sent || distinct !== sent || badlySigned > 0) {
    throw new Error(`of ${sent} messages ${arrived} came, ${distinct} distinct, ${badlySigned} badly signed`)
  }
  return jobs / (Number(BigInt(lastAt) - BigInt(startedAt)) / 1e9)
}

/** Signed POSTs from a queue to a receiver: what a durable sender costs beside sending alone. */
export const deliveries: Open = async ({ jobs }) => {
  const postgres = await startPostgres()
  let databases = 0
  const onPostgres = async (file: string): Promise<number> => {
    databases++
    return await measureDeliveries(file, jobs, {
      DATABASE_URL: await postgres.database(`bench_${databases}`),
    })
  }
  const onRedis = async (file: string): Promise<number> => {
    await using redis = await startRedis()
    return await measureDeliveries(file, jobs, { REDIS_PORT: String(redis.port) })
  }
  const alone = async (file: string): Promise<number> => {
    await using data = await temporaryFolder()
    return await measureDeliveries(file, jobs, { DATA: data.path })
  }
  const entrants = [
    { subject: 'undici', run: () => alone('undici-deliveries.ts') },
    { subject: 'bullmq', run: () => onRedis('bullmq-deliveries.ts') },
    { subject: 'graphile', run: () => onPostgres('graphile-deliveries.ts') },
    { subject: 'pg-boss', run: () => onPostgres('pg-boss-deliveries.ts') },
    { subject: 'signalbox', run: () => alone('signalbox-deliveries.ts') },
  ]
  return {
    cases: [{ name: 'deliver', baseline: 'undici', entrants }],
    [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose](),
  }
}
