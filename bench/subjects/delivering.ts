import { Pool } from 'undici'
import { draft } from './articles.ts'
import { keyOf, SECRET, sign } from './signing.ts'

/** An event owed to the one receiver. */
export interface Job {
  readonly id: string
  readonly payload: { readonly [field: string]: unknown }
}

export interface Outcome {
  readonly status: number
  readonly duration_ms: number
}

export type Deliver = (job: Job) => Promise<Outcome>

/** How a peer keeps jobs and works them. */
export interface Queue {
  fill(jobs: readonly Job[]): Promise<void>
  /** Delivers `count` jobs that wait in the queue. Resolves when the outcome of each is recorded. */
  work(count: number, deliver: Deliver): Promise<void>
  close(): Promise<void>
}

/** Deliveries under way at once, and connections to the receiver. */
export const CONCURRENCY = 64

const key = keyOf(SECRET)

export const environment = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

/** Warms up with a tenth of JOBS, queues JOBS, works them to TARGET, and prints `DONE` with when the work began. */
export async function runDeliveries(queue: Queue): Promise<void> {
  const jobs = Number(environment('JOBS'))
  const warmUp = Math.ceil(jobs / 10)
  const pool = new Pool(environment('TARGET'), { connections: CONCURRENCY, pipelining: 1 })
  const deliver: Deliver = job => post(pool, job)

  await queue.fill(makeJobs(0, warmUp))
  await queue.work(warmUp, deliver)
  await queue.fill(makeJobs(warmUp, jobs))
  const startedAt = process.hrtime.bigint()
  await queue.work(jobs, deliver)
  console.log(`DONE ${JSON.stringify({ startedAt: String(startedAt), sent: warmUp + jobs })}`)
  await queue.close()
  await pool.close()
}

function makeJobs(from: number, count: number): Job[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `evt_${from + i}`,
    payload: {
      type: 'article.created',
      timestamp: draft.published_at,
      data: { ...draft, id: `art_${from + i}` },
    },
  }))
}

async function post(pool: Pool, { id, payload }: Job): Promise<Outcome> {
  const began = performance.now()
  const body = JSON.stringify(payload)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const response = await pool.request({
    path: '/hook',
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': sign(key, id, timestamp, body),
    },
    body,
  })
  await response.body.dump()
  if (response.statusCode >= 300) throw new Error(`the receiver answered ${response.statusCode}`)
  return { status: response.statusCode, duration_ms: Math.round(performance.now() - began) }
}
