import type { UnixMs } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import type { Tx } from '../store/index.ts'
import { LEASE_MS } from '../work/index.ts'
import { type Claimed, claimedOf } from './claimed.ts'
import { type Due, lookAt } from './due.ts'
import { type LanePlan, planLane, planTake } from './lane-plan.ts'
import { planLanes, refreshLane } from './lanes.ts'
import { releaseFirst } from './order.ts'
import { claimRows, removeRows } from './queue.ts'
import { type Ready, readyLanes } from './ready.ts'

/** Deliveries that are asked for at once, of as many lanes as it takes. */
const MOST_AT_ONCE = 64
/** Of the bodies that one unit reads, or renders: as many characters, but for those of one round. */
const MOST_CHARACTERS = 2 ** 20

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
  const leaseEnds = now + LEASE_MS
  let characters = MOST_CHARACTERS
  while (characters >= 0) {
    const looks = nextLooks(lanes, left, now)
    if (looks.length === 0) break
    const found = await Promise.all(looks.map(({ ready, most }) => lookAt(tx, ready, most, now)))
    const plans: (readonly [webhook: string, plan: LanePlan])[] = []
    const leased: Due[] = []
    const erased: Due[] = []
    for (const [i, { ready, most }] of looks.entries()) {
      const { due = [], more = false, nextDue = null, lapses = null } = found[i] ?? {}
      const taken: Omit<Claimed, 'awaited'>[] = []
      let passed = 0
      for (const row of due.slice(0, most)) {
        // What is read of large bodies must not hold up requests.
        if (characters < 0) break
        passed++
        if (row.delivery['id'] === null) {
          erased.push(row)
          continue
        }
        const one = await claimedOf(tx, row, ready, leaseEnds, typeOf)
        if ('body' in one.payload) characters -= one.payload.body.length
        taken.push(one)
        leased.push(row)
      }
      left[kindOf(ready.slow)] += most - taken.length
      const awaited = more || due.length > passed
      const looked = {
        taken: taken.length,
        nextDue: awaited ? now : nextDue,
        leaseEnds: lapses ?? (taken.length > 0 ? leaseEnds : null),
      }
      plans.push([ready.webhook, planLane(ready.lane, looked, now)])
      for (const one of taken) claimed.push({ ...one, awaited: awaited || one.orderKey !== null })
    }
    await Promise.all([claimRows(tx, leased, leaseEnds), removeRows(tx, erased), planLanes(tx, plans)])
    for (const webhook of new Set(erased.map(row => row.webhook))) await goOn(tx, webhook, now)
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

/** What was erased may have been what others of its order key waited for. */
async function goOn(tx: Tx, webhook: string, now: UnixMs): Promise<void> {
  await releaseFirst(tx, webhook, now)
  await refreshLane(tx, webhook)
}
