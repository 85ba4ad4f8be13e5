import type { UnixMs } from '../base/index.ts'
import type { Row, Tx } from '../store/index.ts'
import { overRows } from './batch.ts'
import type { Lane } from './lane-plan.ts'
import { closeLane } from './lanes.ts'
import { paceOf } from './pace.ts'
import { ORDER_COLUMNS, orderOf, type StoredOrder } from './stored-order.ts'

/** Lanes in one unit, of each pool: each costs a few statements, and requests wait meanwhile. */
const MOST_LANES = 64

const sending = (lease: string, now: string): string => `(select count(*) from signalbox_queue q
    where q.webhook_id = l.webhook_id and q.sending = 1 and q.due_at >= l.leased_from and q.due_at ${lease} ${now})`
const readySql = (
  now: string,
): string => `select l.webhook_id, l.ready_at, l.slow, l.answering, l.rate_at, l.probe_at, l.waits_from,
    l.leased_from, w.id, ${ORDER_COLUMNS},
    w.concurrency, w.rate, ${sending('>', now)} as under_way, ${sending('<=', now)} as lapsed
  from signalbox_lanes l left join signalbox_webhooks w on w.id = l.webhook_id`
const IS_READY = `slow = $1 and ready_at <= $2`
const READY = `${readySql('$2')} where l.${IS_READY} order by l.ready_at limit ${MOST_LANES}`
/** Those that no other process is looking at. */
const TAKE_READY = `select webhook_id from signalbox_lanes where ${IS_READY} order by ready_at limit ${MOST_LANES}
  for update skip locked`
/** Of these webhooks, at these times. */
const readyAmong = (given: string): string =>
  `${readySql('given.column2')} join ${given} on given.column1 = l.webhook_id`
const takenLanes = overRows(['text', 'bigint'], given => `${readyAmong(given)} order by l.ready_at`)

/** A lane that is to be looked at, and how its webhook is called. */
export interface Ready {
  readonly webhook: string
  readonly lane: Lane
  readonly order: StoredOrder
  readonly slow: boolean
  /** Before these times nothing of it is due, waiting or being sent. */
  readonly waitsFrom: UnixMs
  readonly leasedFrom: UnixMs
  /** Claims of processes that have died. */
  readonly lapsed: number
}

/** Lanes that are ready, slow ones, others or both: of each kind the longest ready first. Those of deleted webhooks are closed. */
export async function readyLanes(tx: Tx, kinds: readonly boolean[], now: UnixMs): Promise<readonly Ready[]> {
  const ready: Ready[] = []
  for (const row of await findReady(tx, kinds, now)) {
    if (row['id'] === null) await closeLane(tx, String(row['webhook_id']), now)
    else ready.push(readyOf(row))
  }
  return ready
}

async function findReady(tx: Tx, kinds: readonly boolean[], now: UnixMs): Promise<readonly Row[]> {
  const ask = async (sql: string): Promise<readonly Row[]> =>
    (await Promise.all(kinds.map(slow => tx.all(sql, Number(slow), now)))).flat()
  if (!tx.concurrent) return ask(READY)
  const taken = await ask(TAKE_READY)
  const rows = await takenLanes(
    tx,
    taken.map(({ webhook_id = null }) => [webhook_id, now]),
  )
  return rows as readonly Row[]
}

/** No lane waits for a place: who has waited comes first. */
const ANY_READY = `select 1 from signalbox_lanes where ${IS_READY} limit 1`
const resting = overRows(
  ['text', 'bigint'],
  given => `${readyAmong(given)}
    where l.held = 0 and l.stopped = 0 and l.slow = 0 and l.probe_at is null
      and (l.ready_at is null or l.ready_at > given.column2) and w.id is not null`,
)

/** A lane in which nothing is due. */
export interface Resting extends Ready {
  /** When it is looked at next. */
  readonly readyAt: UnixMs | null
}

/** Those of these webhooks' lanes, by webhook, which are open and have nothing due; none while any lane waits for a look. */
export async function restingLanes(
  tx: Tx,
  webhooks: ReadonlySet<string>,
  now: UnixMs,
): Promise<ReadonlyMap<string, Resting>> {
  if (webhooks.size === 0) return new Map()
  const [waits, rows] = await Promise.all([
    tx.get(ANY_READY, 0, now),
    resting(
      tx,
      Array.from(webhooks, webhook => [webhook, now]),
    ),
  ])
  if (waits !== undefined) return new Map()
  return new Map(
    (rows as readonly Row[]).map(row => [
      String(row['webhook_id']),
      { ...readyOf(row), readyAt: row['ready_at'] == null ? null : Number(row['ready_at']) },
    ]),
  )
}

const readyOf = (row: Row): Ready => ({
  webhook: String(row['webhook_id']),
  lane: {
    concurrency: Number(row['concurrency']),
    pace: paceOf(row['rate']),
    rateAt: Number(row['rate_at']),
    underWay: Number(row['under_way']),
    answering: Number(row['answering']) !== 0,
    probing: row['probe_at'] !== null,
  },
  order: orderOf(row),
  slow: Number(row['slow']) !== 0,
  waitsFrom: Number(row['waits_from']),
  leasedFrom: Number(row['leased_from']),
  lapsed: Number(row['lapsed']),
})
