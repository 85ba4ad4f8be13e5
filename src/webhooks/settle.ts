import { isoTime, type Random } from '../base/index.ts'
import type { Store, Tx } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import type { Environment } from '../unit/index.ts'
import type { Called } from './call.ts'
import type { Claimed } from './claimed.ts'
import { planAttempt } from './plan.ts'

const SETTLE = `update signalbox_deliveries
  set state = $3, attempt_count = $4, due_at = $5, next_attempt_at = $6, settled_at = $7
  where id = $1 and fence = $2 and due_at is not null`
const HOLD_IF_PAUSED = `update signalbox_deliveries set due_at = null, next_attempt_at = null
  where id = $1 and exists (select 1 from signalbox_webhooks w where w.id = webhook_id and w.paused = 1)`
const RECORD = `insert into signalbox_attempts (delivery_id, number, started_at, duration_ms, outcome, status, method,
  url, request_headers, response_headers, response_body, error)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

/** An attempt that is over and not yet stored. */
export interface Done extends Called {
  readonly job: Claimed
  readonly startedAt: string
}

export interface SettlerOptions {
  readonly store: Store
  readonly env: Environment
  readonly random: Random
  readonly failed: Failed
}

export interface Settler {
  add(done: Done): void
  /** Forgets what is added from here on. */
  stop(): void
  /** Resolves when the next batch is stored, or after `ms`. */
  next(ms: number): Promise<void>
}

/** Stores attempts as they end: those that end while a commit is under way share the next one. */
export function createSettler(
  { store, env, random, failed }: SettlerOptions,
  settled: (done: readonly Done[]) => void,
): Settler {
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
    add(done) {
      if (stopped) return
      waiting.push(done)
      if (!storing) void run()
    },
    stop() {
      stopped = true
    },
    next: ms =>
      new Promise(resolve => {
        const timer = setTimeout(resolve, ms)
        listeners.push(() => {
          clearTimeout(timer)
          resolve()
        })
      }),
  }
}

async function settleOne(tx: Tx, env: Environment, random: Random, done: Done): Promise<void> {
  const { job, startedAt, sent, outcome } = done
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
  if (!plan.settled) await tx.run(HOLD_IF_PAUSED, job.id)
  await tx.run(
    RECORD,
    job.id,
    plan.attempts,
    startedAt,
    outcome.durationMs,
    outcome.kind,
    outcome.status,
    sent.method,
    sent.url,
    JSON.stringify(sent.headers),
    outcome.headers && JSON.stringify(outcome.headers),
    outcome.status === null ? null : Buffer.from(outcome.body).toString('utf8'),
    outcome.error,
  )
}
