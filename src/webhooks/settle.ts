import { isoTime, type Random, type UnixMs } from '../base/index.ts'
import type { Store, Tx, Value } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { type Environment, eventsAlone } from '../unit/index.ts'
import { isKey, overRows } from './batch.ts'
import { type Health, planHealth } from './breaker.ts'
import type { Called } from './call.ts'
import type { Claimed } from './claimed.ts'
import { disableWebhook, setState } from './disabled.ts'
import { healthOf, keepHealth, type Manner, refreshLanes } from './lanes.ts'
import { releaseNext } from './order.ts'
import { SLOW_MS } from './places.ts'
import { type AttemptPlan, planAttempt } from './plan.ts'
import { enqueue, leaveQueue } from './queue.ts'

const settleRows = overRows(
  ['text', 'text', 'bigint', 'text', 'text'],
  (
    given,
    concurrent,
  ) => `update signalbox_deliveries set state = given.column2, attempt_count = given.column3,
      next_attempt_at = given.column4, settled_at = given.column5
    from ${given} where ${isKey('id', concurrent)}`,
)
const recordRows = overRows(
  ['text', 'bigint', 'text', 'bigint', 'text', 'bigint', 'text', 'text', 'text', 'text', 'text', 'text'],
  given => `insert into signalbox_attempts (delivery_id, number, started_at, duration_ms, outcome, status, method,
      url, request_headers, response_headers, response_body, error)
    select column1, column2, column3, column4, column5, column6, column7, column8, column9, column10, column11, column12
    from ${given} where column1 is not null`,
)

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
  /** Of the units that claim and settle in this process. */
  readonly scope: string
  /** How many attempts are under way, those left out that take long, or begin as soon as others end. */
  readonly underWay: () => number
  /** A unit is on its way that stores some: what is claimed in the same turn shares its commit. */
  readonly storing: () => void
  /** They are stored by the unit that has begun, and no claims of this process any more. */
  readonly stored: (jobs: readonly Claimed[]) => void
}

export interface Settler {
  add(done: Done): void
  /** Whether something is still to be stored. */
  readonly busy: boolean
  /** Forgets what is added from here on. Answers what has ended and waits to be stored: that is the caller's now. */
  stop(): readonly Done[]
  /** Resolves when the next batch is stored, or after `ms`. */
  next(ms: number): Promise<void>
}

/** Attempts in one unit, in which requests wait. */
const MOST = 256
/**
 * An attempt that ended waits so long for others: a commit costs as much for one as for dozens. Where deliveries wait for some of
 * them to end, no longer than until there are half as many as are under way.
 */
const LINGER_MS = 10

/** Stores attempts as they end: those that end while a commit is under way share the next one. */
export function createSettler(options: SettlerOptions): Settler {
  const { store, env, random, failed, scope } = options
  const waiting: Done[] = []
  let storing = false
  let lingering: NodeJS.Timeout | undefined
  let stopped = false
  const listeners: (() => void)[] = []

  function takeSome(): readonly Done[] {
    const some = waiting.splice(0, MOST)
    options.stored(some.map(({ job }) => job))
    return some
  }
  const storeSome = async (): Promise<void> => {
    let done: readonly Done[] | undefined
    try {
      const stored = store.unit(
        tx => {
          // What ended while the unit waited for its turn is stored with the rest.
          done ??= takeSome()
          return settleAttempts(tx, env, random, done)
        },
        scope,
        'keyed',
      )
      options.storing()
      const events = await stored
      if (events > 0) env.committed(eventsAlone(events))
    } catch (error) {
      // Their leases run out, and they are sent again with the same id.
      failed(error, `storing ${done?.length ?? 0} attempts`)
    }
  }
  const run = async (): Promise<void> => {
    clearTimeout(lingering)
    lingering = undefined
    storing = true
    await storeSome()
    storing = false
    look()
    // Whoever waits looks whether more is to be stored: not before this is known.
    for (const listener of listeners.splice(0)) listener()
  }
  /** Begins to store where enough have ended; else in a moment. */
  function look(): void {
    if (storing || waiting.length === 0) return
    const enough = waiting.some(({ job }) => job.awaited) ? Math.min(options.underWay() / 2, MOST) : MOST
    if (waiting.length >= enough) void run()
    else lingering ??= setTimeout(() => void run(), LINGER_MS)
  }
  return {
    add(done) {
      if (stopped) return
      waiting.push(done)
      look()
    },
    get busy() {
      return storing || waiting.length > 0
    },
    stop() {
      stopped = true
      clearTimeout(lingering)
      return waiting.splice(0)
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

/** Stores what became of attempts, and what follows for their webhooks. Answers how many events it recorded. */
export async function settleAttempts(
  tx: Tx,
  env: Environment,
  random: Random,
  all: readonly Done[],
): Promise<number> {
  const now = env.clock.now()
  const planned = all.map(done => ({
    done,
    plan: planAttempt({ attempts: done.job.attempts }, done.outcome, now, random.fraction()),
  }))
  const [health, ours] = await Promise.all([
    healthOf(tx, new Set(all.map(({ job }) => job.webhook))),
    leaveQueue(
      tx,
      all.map(({ job }) => job),
    ),
  ])
  // Where the lease ran out and another took it over, that one's attempt is the one on record.
  const held = planned.filter(({ done }) => ours.has(done.job.id))
  const again = held.flatMap(({ done: { job }, plan: { dueAt } }) =>
    dueAt === null ? [] : [{ ...job, dueAt }],
  )
  const next = held.flatMap(({ done: { job }, plan }) =>
    plan.settled && job.orderKey !== null ? [releaseNext(tx, job.webhook, job.orderKey, now)] : [],
  )
  const attempts = held.map(({ done }) => done)
  // None waits for the answer to the one before; lanes look for what is due when all of that is sent.
  const moved = [
    enqueue(tx, again),
    settleRows(tx, held.map(settledRow(now))),
    recordRows(tx, held.map(attemptRow)),
  ]
  const judged = Promise.all(next).then(() => judgeLanes(tx, env, random, attempts, health, now))
  const [events] = await Promise.all([judged, ...moved])
  return events
}

interface Planned {
  readonly done: Done
  readonly plan: AttemptPlan
}

const settledRow =
  (now: UnixMs) =>
  ({ done: { job }, plan }: Planned): Value[] => [
    job.id,
    plan.state,
    plan.attempts,
    plan.dueAt === null ? null : isoTime(plan.dueAt),
    plan.settled ? isoTime(now) : null,
  ]

/** What is no UTF-8 is shown as U+FFFD, and so is U+0000, which not every store has room for. */
const bodyText = (body: Uint8Array): string =>
  Buffer.from(body).toString('utf8').replaceAll('\u0000', '\ufffd')

const attemptRow = ({ done: { job, startedAt, sent, outcome }, plan }: Planned): Value[] => [
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
  outcome.status === null ? null : bodyText(outcome.body),
  outcome.error,
]

/** What the attempts tell of their webhooks: when each is looked at next, and whether it may be sent to at all. */
async function judgeLanes(
  tx: Tx,
  env: Environment,
  random: Random,
  all: readonly Done[],
  known: ReadonlyMap<string, Health>,
  now: UnixMs,
): Promise<number> {
  const byWebhook = Map.groupBy(all, ({ job }) => job.webhook)
  const open: Manner[] = []
  let events = 0
  for (const [webhook, attempts] of byWebhook) {
    const before = known.get(webhook)
    const [first] = attempts
    if (before === undefined || first === undefined) continue
    let health = before
    let disabled: ReturnType<typeof planHealth>['disabled']
    for (const { job, outcome } of attempts) {
      const judged = planHealth(health, { kind: outcome.kind, probe: job.probe }, now, random.fraction())
      health = judged.health
      disabled ??= judged.disabled
    }
    if (health !== before) await keepHealth(tx, webhook, health)
    if (disabled !== undefined) events += await disableWebhook(tx, env, first.job, disabled, now)
    else if ((health.probeAt === null) !== (before.probeAt === null))
      await setState(tx, webhook, health.probeAt === null ? 'active' : 'failing')
    const slow = attempts.some(({ outcome }) => outcome.durationMs > SLOW_MS)
    open.push({ webhook, slow, answering: attempts.at(-1)?.outcome.status !== null })
  }
  await refreshLanes(tx, open, now)
  return events
}
