import { isoTime, type UnixMs } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import type { Row, Tx, Value } from '../store/index.ts'
import { LEASE_MS } from '../work/index.ts'
import { CLAIMED_COLUMNS, type Claimed, claimedOf } from './claimed.ts'
import { type LanePlan, type Looked, planLane, planTake } from './lane-plan.ts'
import { planLanes, SENDING, WAITING } from './lanes.ts'
import { type Ready, readyLanes } from './ready.ts'

/** Deliveries that are asked for at once, of as many lanes as it takes. */
const MOST_AT_ONCE = 64
/** Of the bodies that one unit reads, or renders: as many characters, but for those of one round. */
const MOST_CHARACTERS = 2 ** 20

const claimSql = (which: string): string => `update signalbox_deliveries
  set due_at = $2, fence = fence + 1, next_attempt_at = null where id in
  (select id from signalbox_deliveries where webhook_id = $3 and ${which} and due_at <= $4 order by due_at limit $5)
  returning ${CLAIMED_COLUMNS}`
const CLAIM_WAITING = claimSql(WAITING)
/** What a process that died had begun. */
const CLAIM_LAPSED = claimSql(SENDING)
const GIVE_BACK = 'update signalbox_deliveries set due_at = $2, next_attempt_at = $3 where id = $1'

const firstSql = (which: string): string =>
  `(select min(due_at) from signalbox_deliveries where webhook_id = $1 and ${which})`
const FIRST = `select ${firstSql(WAITING)} as next_due, ${firstSql(SENDING)} as lease_ends`

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
  const left = { ...room }
  const kinds = [false, true].filter(slow => left[kindOf(slow)] > 0)
  const lanes = [...(await readyLanes(tx, kinds, now))]
  const claimed: Claimed[] = []
  let characters = MOST_CHARACTERS
  while (characters >= 0) {
    const looks = nextLooks(lanes, left, now)
    if (looks.length === 0) break
    const found = await Promise.all(looks.map(each => claimOf(tx, each, now)))
    const plans: (readonly [webhook: string, plan: LanePlan])[] = []
    for (const [i, { ready, most }] of looks.entries()) {
      const { rows = [], first } = found[i] ?? {}
      const taken: Omit<Claimed, 'awaited'>[] = []
      for (const row of rows) {
        // What is read of large bodies must not hold up requests.
        if (characters < 0) await tx.run(GIVE_BACK, row['id'] ?? null, now, isoTime(now))
        else {
          const one = await claimedOf(tx, row, ready, typeOf)
          if ('body' in one.payload) characters -= one.payload.body.length
          taken.push(one)
        }
      }
      left[kindOf(ready.slow)] += most - taken.length
      const { webhook, lane } = ready
      const isLess = taken.length < rows.length
      const { nextDue, leaseEnds } = firstIn(isLess ? await tx.get(FIRST, webhook) : first)
      plans.push([webhook, planLane(lane, { taken: taken.length, nextDue, leaseEnds }, now)])
      const awaited = nextDue !== null && nextDue <= now
      // A statement returns rows in no order.
      const inOrder = taken.toSorted((one, other) => (one.id < other.id ? -1 : 1))
      for (const one of inOrder) claimed.push({ ...one, awaited: awaited || one.orderKey !== null })
    }
    await planLanes(tx, plans)
  }
  return claimed
}

const kindOf = (slow: boolean): keyof Room => (slow ? 'slow' : 'fast')

/** A lane, and how many deliveries of it are begun at most. */
interface Look {
  readonly ready: Ready
  readonly most: number
}

/** The first of the lanes, which are then looked at together. Takes what they may begin away from what is left. */
function nextLooks(lanes: Ready[], left: { -readonly [K in keyof Room]: number }, now: UnixMs): Look[] {
  const looks: Look[] = []
  for (let asked = 0; asked < MOST_AT_ONCE; ) {
    const ready = lanes.shift()
    if (ready === undefined) break
    const kind = kindOf(ready.slow)
    if (left[kind] <= 0) {
      if (looks.length === 0) continue
      // What those before it do not take is left for it.
      lanes.unshift(ready)
      break
    }
    const most = planTake(ready.lane, left[kind], now)
    left[kind] -= most
    asked += most
    looks.push({ ready, most })
  }
  return looks
}

interface Found {
  readonly rows: readonly Row[]
  /** When the first of those that are left is due, and the first lease ends. */
  readonly first: Row | undefined
}

/** Its statements are all sent before the first is answered, unless a process has died. */
async function claimOf(tx: Tx, { ready, most }: Look, now: UnixMs): Promise<Found> {
  const { webhook, order, lapsed } = ready
  const claim = (sql: string, limit: number): Promise<readonly Row[]> =>
    tx.all(sql, order.format, now + LEASE_MS, webhook, now, limit)
  const again = lapsed > 0 && most > 0 ? await claim(CLAIM_LAPSED, most) : []
  const limit = most - again.length
  const [rows, first] = await Promise.all([
    limit > 0 ? claim(CLAIM_WAITING, limit) : [],
    tx.get(FIRST, webhook),
  ])
  return { rows: [...again, ...rows], first }
}

function firstIn(row: Row | undefined): Pick<Looked, 'nextDue' | 'leaseEnds'> {
  const time = (value: Value | undefined): UnixMs | null => (value == null ? null : Number(value))
  return { nextDue: time(row?.['next_due']), leaseEnds: time(row?.['lease_ends']) }
}
