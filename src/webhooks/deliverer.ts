import type { Agent } from 'undici'
import { isoTime, type Random } from '../base/index.ts'
import type { Row, Store, Tx } from '../store/index.ts'
import type { Environment } from '../unit/index.ts'
import { type Claim, type Loop, queue, startLoop } from '../work/index.ts'
import type { Outcome } from './outcome.ts'
import { planAttempt } from './plan.ts'
import { sendAttempt } from './send.ts'
import { signatureHeaders } from './signing.ts'

/** Attempts under way in one process. */
const MAX_IN_FLIGHT = 256
/** Claims come in batches: a unit for each would cost more than the attempt. */
const MIN_CLAIM = 64
/** How long attempts may go on once the process is told to stop. They are given back after it. */
const DRAIN_MS = 8_000

const LOAD = `select d.id, d.fence, d.event_id, d.attempt_count, w.url, w.secret, p.body
  from signalbox_deliveries d
  join signalbox_webhooks w on w.id = d.webhook_id
  join signalbox_payloads p on p.event_id = d.event_id and p.format = 'json'
  where d.id = $1`
const SETTLE = `update signalbox_deliveries
  set state = $3, attempt_count = $4, due_at = $5, next_attempt_at = $6, settled_at = $7
  where id = $1 and fence = $2 and due_at is not null`
const CANCEL = `update signalbox_deliveries set state = 'canceled', due_at = null, settled_at = $2 where id = $1`
const RECORD = `insert into signalbox_attempts (delivery_id, number, started_at, duration_ms, outcome, status,
  request_headers, response_headers, response_body, error) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

const deliveryQueue = queue('signalbox_deliveries', { onClaim: 'next_attempt_at = null' })

export interface DelivererOptions {
  readonly store: Store
  readonly env: Environment
  readonly random: Random
  /** Every connection that it makes has passed the egress guard. */
  readonly agent: Agent
  readonly userAgent: string
  readonly failed: (error: unknown, where: string) => void
}

/** A claimed delivery with all that its attempt needs. */
interface Claimed extends Claim {
  readonly eventId: string
  readonly attempts: number
  readonly url: string
  readonly secret: string
  readonly body: string
}

/** An attempt that is over and not yet stored. */
interface Done {
  readonly job: Claimed
  readonly startedAt: string
  readonly headers: { readonly [name: string]: string }
  readonly outcome: Outcome
}

export interface Deliverer {
  wake(): void
  /** Lets attempts end for up to 8 s, then gives the rest back. */
  stop(): Promise<void>
}

/** Sends what is due, for as long as the process lives. */
export function startDeliverer(options: DelivererOptions): Deliverer {
  const { store, env, failed } = options
  const inFlight = new Map<string, Claimed>()
  const settle = createSettler(options, done => {
    for (const { job } of done) inFlight.delete(job.id)
    if (inFlight.size <= MAX_IN_FLIGHT - MIN_CLAIM) loop.wake()
  })

  function begin(job: Claimed): void {
    const mine = inFlight.get(job.id)
    if (mine !== undefined) {
      mine.fence = job.fence
      return
    }
    inFlight.set(job.id, job)
    attempt(options, job)
      .then(settle.add)
      // Its lease runs out, and it is tried again; here it must not take up room for ever.
      .catch((error: unknown) => {
        inFlight.delete(job.id)
        failed(error, `delivery ${job.id}`)
      })
  }

  const loop: Loop = startLoop(
    async () => {
      const room = MAX_IN_FLIGHT - inFlight.size
      if (room < MIN_CLAIM) return Number.POSITIVE_INFINITY
      const jobs = await deliveryQueue.claim(store, env.clock, room, (row, tx) => load(env, row, tx))
      for (const job of jobs) if (job !== undefined) begin(job)
      if (jobs.length === room) return 0
      const due = await deliveryQueue.nextDue(store.peek)
      return due === undefined ? Number.POSITIVE_INFINITY : Math.max(0, due - env.clock.now())
    },
    error => failed(error, 'deliveries'),
  )

  return {
    wake: loop.wake,
    async stop() {
      await loop.stop()
      const deadline = env.clock.elapsed() + DRAIN_MS
      while (inFlight.size > 0 && env.clock.elapsed() < deadline)
        await settle.next(deadline - env.clock.elapsed())
      // What ends from here on is not an outcome: it ends because this process does.
      settle.stop()
      await store.unit(async tx => {
        for (const job of inFlight.values()) await deliveryQueue.release(tx, job, env.clock.now())
      })
    },
  }
}

/** What an attempt needs. Undefined where there is nothing left to send, or nobody to send it to. */
async function load(env: Environment, { id = null }: Row, tx: Tx): Promise<Claimed | undefined> {
  const row = await tx.get(LOAD, id)
  if (row !== undefined) return jobOf(row)
  await tx.run(CANCEL, id, isoTime(env.clock.now()))
  return undefined
}

const jobOf = (row: Row): Claimed => ({
  id: String(row['id']),
  fence: Number(row['fence']),
  eventId: String(row['event_id']),
  attempts: Number(row['attempt_count']),
  url: String(row['url']),
  secret: String(row['secret']),
  body: String(row['body']),
})

async function attempt({ env, agent, userAgent }: DelivererOptions, job: Claimed): Promise<Done> {
  const startedAt = env.clock.now()
  const body = Buffer.from(job.body)
  const headers = {
    'content-type': 'application/json',
    'user-agent': userAgent,
    ...signatureHeaders({ secret: job.secret, id: job.eventId, at: Math.floor(startedAt / 1000), body }),
  }
  const outcome = await sendAttempt({ agent, url: job.url, headers, body, clock: env.clock })
  return { job, startedAt: isoTime(startedAt), headers, outcome }
}

/** Stores attempts as they end: those that end while a commit is under way share the next one. */
function createSettler(
  { store, env, random, failed }: DelivererOptions,
  settled: (done: readonly Done[]) => void,
) {
  let waiting: Done[] = []
  let storing = false
  let stopped = false
  const listeners: (() => void)[] = []

  const storeAll = async (done: readonly Done[]): Promise<void> => {
    try {
      await store.unit(async tx => {
        for (const one of done) await settleOne(tx, env, random, one)
      })
    } catch (error) {
      // Their leases run out, and they are sent again with the same id.
      failed(error, `storing ${done.length} attempts`)
    }
    settled(done)
    for (const listener of listeners.splice(0)) listener()
  }
  const run = async (): Promise<void> => {
    storing = true
    while (waiting.length > 0) {
      const done = waiting
      waiting = []
      await storeAll(done)
    }
    storing = false
  }
  return {
    add(done: Done) {
      if (stopped) return
      waiting.push(done)
      if (!storing) void run()
    },
    stop() {
      stopped = true
    },
    /** Resolves when the next batch is stored, or after `ms`. */
    next: (ms: number) =>
      new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        listeners.push(() => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}

async function settleOne(tx: Tx, env: Environment, random: Random, done: Done): Promise<void> {
  const { job, startedAt, headers, outcome } = done
  const now = env.clock.now()
  const plan = planAttempt({ attempts: job.attempts }, outcome, now, random.fraction())
  const nextAt = plan.dueAt === null ? null : isoTime(plan.dueAt)
  const settledAt = plan.settled ? isoTime(now) : null
  const ours = await tx.run(
    SETTLE,
    job.id,
    job.fence,
    plan.state,
    plan.attempts,
    plan.dueAt,
    nextAt,
    settledAt,
  )
  // The lease ran out and another took it over: that one's attempt is the one on record.
  if (ours === 0) return
  await tx.run(
    RECORD,
    job.id,
    plan.attempts,
    startedAt,
    outcome.durationMs,
    outcome.kind,
    outcome.status,
    JSON.stringify(headers),
    outcome.headers && JSON.stringify(outcome.headers),
    outcome.status === null ? null : Buffer.from(outcome.body).toString('utf8'),
    outcome.error,
  )
}
