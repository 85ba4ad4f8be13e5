import { isoTime, type UnixMs } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import type { Row, Tx } from '../store/index.ts'
import { LEASE_MS } from '../work/index.ts'
import { overRows } from './batch.ts'
import { CLAIMED_COLUMNS, type Claimed, type ClaimFor, claimedOf } from './claimed.ts'
import { type Lane, planLane, planTake } from './lane-plan.ts'
import { closeLane, planLaneOf, SENDING, WAITING } from './lanes.ts'
import { paceOf } from './pace.ts'
import { ORDER_COLUMNS, orderOf } from './stored-order.ts'

/** Lanes in one unit: each costs a few statements, and requests wait meanwhile. */
const MOST_LANES = 64
/** Of the bodies that one unit reads, or renders: as many characters, but for those of one delivery. */
const MOST_CHARACTERS = 2 ** 20

const sending = (lease: string, now: string): string => `(select count(*) from signalbox_deliveries d
    where d.webhook_id = l.webhook_id and d.due_at is not null and d.next_attempt_at is null and d.due_at ${lease} ${now})`
const readySql = (
  now: string,
): string => `select l.webhook_id, l.answering, l.rate_at, l.probe_at, w.id, ${ORDER_COLUMNS},
    w.concurrency, w.rate, ${sending('>', now)} as under_way, ${sending('<=', now)} as lapsed
  from signalbox_lanes l left join signalbox_webhooks w on w.id = l.webhook_id`
const IS_READY = `slow = $1 and ready_at <= $2`
const READY = `${readySql('$2')} where l.${IS_READY} order by l.ready_at limit ${MOST_LANES}`
/** Those that no other process is looking at. */
const TAKE_READY = `select webhook_id from signalbox_lanes where ${IS_READY} order by ready_at limit ${MOST_LANES}
  for update skip locked`
const takenLanes = overRows(
  ['text', 'bigint'],
  given => `${readySql('given.column2')} join ${given} on given.column1 = l.webhook_id order by l.ready_at`,
)

async function readyLanes(tx: Tx, slow: boolean, now: UnixMs): Promise<readonly Row[]> {
  if (!tx.concurrent) return tx.all(READY, Number(slow), now)
  const taken = await tx.all(TAKE_READY, Number(slow), now)
  const rows = await takenLanes(
    tx,
    taken.map(({ webhook_id = null }) => [webhook_id, now]),
  )
  return rows as readonly Row[]
}

const claimSql = (which: string): string => `update signalbox_deliveries
  set due_at = $2, fence = fence + 1, next_attempt_at = null where id in
  (select id from signalbox_deliveries where webhook_id = $3 and ${which} and due_at <= $4 order by due_at limit $5)
  returning ${CLAIMED_COLUMNS}`
const CLAIM_WAITING = claimSql(WAITING)
/** What a process that died had begun. */
const CLAIM_LAPSED = claimSql(SENDING)
const GIVE_BACK = 'update signalbox_deliveries set due_at = $2, next_attempt_at = $3 where id = $1'

const firstSql = (which: string): string =>
  `select min(due_at) as due from signalbox_deliveries where webhook_id = $1 and ${which}`
const NEXT_DUE = firstSql(WAITING)
const LEASE_ENDS = firstSql(SENDING)

/** How many attempts may be begun at webhooks that answer soon, and at those that are slow. */
export interface Room {
  readonly fast: number
  readonly slow: number
}

/** Claims deliveries of lanes that are ready, the longest ready first, as many as there is room for. */
export async function claimDeliveries(
  tx: Tx,
  room: Room,
  now: UnixMs,
  typeOf: (name: string) => EventType | undefined,
): Promise<readonly Claimed[]> {
  const claimed: Claimed[] = []
  let characters = 0
  for (const slow of [false, true]) {
    let left = slow ? room.slow : room.fast
    if (left <= 0) continue
    for (const row of await readyLanes(tx, slow, now)) {
      if (left <= 0 || characters > MOST_CHARACTERS) break
      if (row['id'] === null) {
        await closeLane(tx, String(row['webhook_id']), now)
        continue
      }
      const taken = await claimOf(
        tx,
        row,
        { slow, left, characters: MOST_CHARACTERS - characters },
        now,
        typeOf,
      )
      left -= taken.length
      for (const { payload } of taken) if ('body' in payload) characters += payload.body.length
      claimed.push(...taken)
    }
  }
  return claimed
}

interface Most {
  readonly slow: boolean
  readonly left: number
  readonly characters: number
}

async function claimOf(
  tx: Tx,
  row: Row,
  { slow, left, characters }: Most,
  now: UnixMs,
  typeOf: (name: string) => EventType | undefined,
): Promise<readonly Claimed[]> {
  const webhook = String(row['webhook_id'])
  const lane: Lane = {
    concurrency: Number(row['concurrency']),
    pace: paceOf(row['rate']),
    rateAt: Number(row['rate_at']),
    underWay: Number(row['under_way']),
    answering: Number(row['answering']) !== 0,
    probing: row['probe_at'] !== null,
  }
  const about: ClaimFor = { webhook, order: orderOf(row), slow, probe: lane.probing }
  const most = planTake(lane, left, now)
  const claimed: Omit<Claimed, 'awaited'>[] = []
  let read = 0
  const claim = async (sql: string): Promise<void> => {
    const limit = most - claimed.length
    if (limit <= 0 || read > characters) return
    for (const each of await tx.all(sql, about.order.format, now + LEASE_MS, webhook, now, limit)) {
      // What is read of large bodies must not hold up requests.
      if (read > characters) {
        await tx.run(GIVE_BACK, each['id'] ?? null, now, isoTime(now))
        continue
      }
      const one = await claimedOf(tx, each, about, typeOf)
      if ('body' in one.payload) read += one.payload.body.length
      claimed.push(one)
    }
  }
  if (Number(row['lapsed']) > 0) await claim(CLAIM_LAPSED)
  await claim(CLAIM_WAITING)
  const due = async (sql: string): Promise<UnixMs | null> => {
    const first = (await tx.get(sql, webhook))?.['due']
    return first == null ? null : Number(first)
  }
  const looked = { taken: claimed.length, nextDue: await due(NEXT_DUE), leaseEnds: await due(LEASE_ENDS) }
  await planLaneOf(tx, webhook, planLane(lane, looked, now))
  const awaited = looked.nextDue !== null && looked.nextDue <= now
  // A statement returns rows in no order.
  return claimed
    .map(one => ({ ...one, awaited: awaited || one.orderKey !== null }))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
}
