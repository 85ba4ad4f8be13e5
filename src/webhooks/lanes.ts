import type { UnixMs } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'
import type { Reader, Tx } from '../store/index.ts'
import { LEASE_MS } from '../work/index.ts'
import { isKey, overRows } from './batch.ts'
import { HEALTHY, type Health } from './breaker.ts'
import { cancelSome } from './cancel.ts'
import type { LanePlan } from './lane-plan.ts'
import { hurryAll } from './queue.ts'

// The lanes of the queue (queue.ts). Each webhook has one: its rows there, and a row here that says when they are looked at next.
// Claims go from lane to lane, the longest ready first, so that no webhook waits for another's backlog, and what a look costs does
// not depend on it.
//
// - `ready_at` of a lane is no later than the first of its deliveries is due, waiting or being sent, unless the lane is closed:
//   stopped (paused, disabled), or held because its concurrency, its rate or its breaker lets nothing more begin. Whatever
//   opens a lane looks again for the first (`refresh`); a lane that is held opens by itself at its `ready_at`.
// - Who decides on a lane takes it first (`takeLane`), and only then its deliveries and its webhook's row: so no two wait for each
//   other. New deliveries are nobody else's yet, and are written before, unless they have an order.

const INSERT = `insert into signalbox_lanes (webhook_id, held, stopped, slow, answering, rate_at, window_attempts,
  window_failures, probes) values ($1, 0, 0, 0, 0, 0, 0, 0, 0)`

/** Gives a new webhook its lane. */
export const openLane = (sql: Pick<Sql, 'run'>, webhook: string): Promise<number> => sql.run(INSERT, webhook)

const firstSql = (sending: number, from: string): string => `(select min(due_at) from signalbox_queue q
    where q.webhook_id = signalbox_lanes.webhook_id and q.sending = ${sending} and q.due_at >= signalbox_lanes.${from})`
/** Of the lane that is being updated, when the first delivery that waits is due, and when the first lease ends. The limit: looked for once. */
const FIRSTS = `select ${firstSql(0, 'waits_from')} as due, ${firstSql(1, 'leased_from')} as ends limit 1`
const EARLIER = 'case when due is null or ends < due then ends else due end'
const FIRST = `(select ${EARLIER} from (${FIRSTS}) as firsts)`
const REFRESH = `update signalbox_lanes set held = 0, ready_at = ${FIRST}
  where webhook_id = $1 and stopped = 0`

/** Looks again for when a lane's first delivery is due, and opens it where only that was in the way. */
export const refreshLane = (sql: Pick<Sql, 'run'>, webhook: string): Promise<number> =>
  sql.run(REFRESH, webhook)

const REOPEN = `update signalbox_lanes set held = case when probe_at is null then 0 else 1 end,
    ready_at = case when probe_at is null then ${FIRST} else probe_at end
  where webhook_id = $1 and stopped = 0`

/** The same where deliveries were given back: while its breaker is open a lane waits for its probe. */
export const reopenLane = (sql: Pick<Sql, 'run'>, webhook: string): Promise<number> =>
  sql.run(REOPEN, webhook)

const TAKE = 'update signalbox_lanes set stopped = stopped where webhook_id = $1'

/**
 * Until the unit is over, nobody else decides on this lane: comes before what is done to its deliveries, where the lane is not
 * changed before. Else a look that runs beside it could find none of them, and put the lane to rest.
 */
export const takeLane = (sql: Pick<Sql, 'run'>, webhook: string): Promise<number> => sql.run(TAKE, webhook)

const TAKE_OWN = `${TAKE}
  and exists (select 1 from signalbox_webhooks w where w.id = $1 and w.account_id = $2)`

/**
 * The same, where the webhook is this account's: comes before its webhook is read to be changed. Who settles its attempts takes its
 * lane, and then says in the webhook's row how it is.
 */
export const takeOwnLane = (
  sql: Pick<Sql, 'run'>,
  webhook: string,
  account: string | undefined,
): Promise<number> => sql.run(TAKE_OWN, webhook, account ?? null)

/** In one order, so that two who take several do not wait for each other. */
const takeSql =
  (columns: string) =>
  (given: string): string =>
    `select ${columns} from signalbox_lanes where webhook_id in (select column1 from ${given}) order by webhook_id for update`
const takeLocked = overRows(['text'], takeSql('webhook_id'))
const sorted = (webhooks: ReadonlySet<string>): string[][] => [...webhooks].toSorted().map(each => [each])

/** The same of several, where there are others. Answers those of which there is a lane. */
export async function takeLanes(tx: Tx, webhooks: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  if (!tx.concurrent) return webhooks
  const rows = await takeLocked(tx, sorted(webhooks))
  return new Set(rows.map(row => String(row['webhook_id'])))
}

const settleLanes = overRows(
  ['text', 'bigint', 'bigint', 'bigint', 'bigint'],
  (
    given,
    concurrent,
  ) => `update signalbox_lanes set held = 0, slow = given.column2, answering = given.column3,
      (ready_at, waits_from, leased_from) =
        (select ${EARLIER}, coalesce(due, given.column4), coalesce(ends, given.column5) from (${FIRSTS}) as firsts)
    from ${given} where ${isKey('webhook_id', concurrent)} and stopped = 0 and probe_at is null`,
)

/** How a webhook's latest attempts went. */
export interface Manner {
  readonly webhook: string
  readonly slow: boolean
  readonly answering: boolean
}

/** The same after attempts, for lanes whose breaker is closed. What comes where nothing stands is not due before now. */
export const refreshLanes = async (tx: Tx, lanes: readonly Manner[], now: UnixMs): Promise<void> => {
  await settleLanes(
    tx,
    lanes.map(({ webhook, slow, answering }) => [
      webhook,
      Number(slow),
      Number(answering),
      now,
      now + LEASE_MS,
    ]),
  )
}

const touch = overRows(
  ['text', 'bigint'],
  (given, concurrent) => `update signalbox_lanes set ready_at = given.column2 from ${given}
    where ${isKey('webhook_id', concurrent)} and held = 0 and stopped = 0 and (ready_at is null or ready_at > given.column2)`,
)

/** Deliveries were written that are due at `now`. */
export const touchLanes = async (tx: Tx, webhooks: Iterable<string>, now: UnixMs): Promise<void> => {
  await touch(
    tx,
    Array.from(webhooks, webhook => [webhook, now]),
  )
}

const LOOK = 'update signalbox_lanes set ready_at = $2 where webhook_id = $1 and stopped = 0'

/** Looks at a lane now, also where its breaker is open: that is then a probe. */
export const lookAtLane = (sql: Pick<Sql, 'run'>, webhook: string, now: UnixMs): Promise<number> =>
  sql.run(LOOK, webhook, now)

const STOP = 'update signalbox_lanes set stopped = 1, held = 0, ready_at = null where webhook_id = $1'

/** Nothing more is begun. What is under way ends, and what is owed waits. */
export const stopLane = (sql: Pick<Sql, 'run'>, webhook: string): Promise<number> => sql.run(STOP, webhook)

const START = `update signalbox_lanes set stopped = 0, window_at = null, window_attempts = 0, window_failures = 0,
  failing_since = null, probe_at = null, probes = 0 where webhook_id = $1
  and not exists (select 1 from signalbox_webhooks w where w.id = $1 and w.drop_to is not null)`

/**
 * Opens a lane that was stopped, unless what it holds is being dropped: what is owed is due at once, and what was remembered of its
 * attempts is forgotten.
 */
export async function startLane(sql: Pick<Sql, 'run'>, webhook: string, now: UnixMs): Promise<void> {
  await sql.run(START, webhook)
  await hurryAll(sql, webhook, now)
  await refreshLane(sql, webhook)
}

const plan = overRows(
  ['text', 'bigint', 'bigint', 'double precision'],
  (
    given,
    concurrent,
  ) => `update signalbox_lanes set ready_at = given.column2, held = given.column3, rate_at = given.column4
    from ${given} where ${isKey('webhook_id', concurrent)}`,
)

export const planLanes = async (
  tx: Tx,
  plans: readonly (readonly [webhook: string, plan: LanePlan])[],
): Promise<void> => {
  await plan(
    tx,
    plans.map(([webhook, { readyAt, held, rateAt }]) => [webhook, readyAt, Number(held), rateAt]),
  )
}

const slowed = overRows(
  ['text'],
  (given, concurrent) => `update signalbox_lanes set slow = 1 from ${given}
    where ${isKey('webhook_id', concurrent)} and slow = 0`,
)

/** Attempts of these take long: their places are counted apart from here on. */
export const slowLanes = async (tx: Tx, webhooks: readonly string[]): Promise<void> => {
  await slowed(
    tx,
    webhooks.map(webhook => [webhook]),
  )
}

const HEALTH_COLUMNS = `webhook_id, stopped, window_at, window_attempts, window_failures, failing_since, probe_at, probes`
const findHealth = overRows(
  ['text'],
  given => `select ${HEALTH_COLUMNS} from signalbox_lanes where webhook_id in (select column1 from ${given})`,
)
const takeHealth = overRows(['text'], takeSql(HEALTH_COLUMNS))

/** Takes lanes, and answers what is remembered of the attempts of their webhooks. Those that are deleted have none. */
export async function healthOf(tx: Tx, webhooks: ReadonlySet<string>): Promise<ReadonlyMap<string, Health>> {
  const rows = await (tx.concurrent ? takeHealth : findHealth)(tx, sorted(webhooks))
  return new Map(rows.map(row => [String(row['webhook_id']), healthIn(row)]))
}

const time = (value: unknown): UnixMs | null => (value == null ? null : Number(value))

const healthIn = (row: { readonly [column: string]: unknown }): Health =>
  row['window_at'] === null && row['failing_since'] === null && row['probe_at'] === null
    ? HEALTHY
    : {
        windowAt: time(row['window_at']),
        attempts: Number(row['window_attempts']),
        failures: Number(row['window_failures']),
        failingSince: time(row['failing_since']),
        probeAt: time(row['probe_at']),
        probes: Number(row['probes']),
      }

const KEEP_HEALTH = `update signalbox_lanes set window_at = $2, window_attempts = $3, window_failures = $4,
  failing_since = $5, probe_at = $6, probes = $7 where webhook_id = $1`
/** Until the next probe new deliveries wait too. */
const HOLD = 'update signalbox_lanes set ready_at = $2, held = 1 where webhook_id = $1 and stopped = 0'

export async function keepHealth(tx: Tx, webhook: string, health: Health): Promise<void> {
  const { windowAt, attempts, failures, failingSince, probeAt, probes } = health
  await tx.run(KEEP_HEALTH, webhook, windowAt, attempts, failures, failingSince, probeAt, probes)
  if (probeAt !== null) await tx.run(HOLD, webhook, probeAt)
}

const NEXT =
  'select ready_at from signalbox_lanes where slow = $1 and ready_at is not null order by ready_at limit 1'

/** When there is something to do for a lane, of those that are slow or of the others; undefined where there is for none. */
export async function nextReady(reader: Reader, slow: boolean): Promise<UnixMs | undefined> {
  const row = await reader.get(NEXT, Number(slow))
  return row === undefined ? undefined : Number(row['ready_at'])
}

const REMOVE = 'delete from signalbox_lanes where webhook_id = $1'

/** Cancels what was owed to a deleted webhook, some of it where it is much: its lane is then ready, and goes with the last. */
export async function closeLane(sql: Pick<Sql, 'run'>, webhook: string, now: UnixMs): Promise<void> {
  await takeLane(sql, webhook)
  const canceled = await cancelSome(sql, webhook, { sending: true }, now)
  if (canceled === 0) await sql.run(REMOVE, webhook)
  else {
    // It may have been stopped.
    await sql.run(
      'update signalbox_lanes set stopped = 0, held = 1, ready_at = $2 where webhook_id = $1',
      webhook,
      now,
    )
  }
}
