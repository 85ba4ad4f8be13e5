import type { UnixMs } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import type { Tx } from '../store/index.ts'
import { LEASE_MS } from '../work/index.ts'
import { type Claimed, claimedOf } from './claimed.ts'
import { type Due, type Found, type Look, lookAt } from './due.ts'
import {
  earlier,
  type Holding,
  type LanePlan,
  type Looked,
  planAhead,
  planLane,
  planTake,
} from './lane-plan.ts'
import { planLanes, refreshLane } from './lanes.ts'
import { releaseFirst } from './order.ts'
import { claimRows, removeRows } from './queue.ts'
import { type Ready, readyLanes } from './ready.ts'

/** Deliveries that are asked for at once, of as many lanes as it takes. */
const MOST_AT_ONCE = 64
/** Of one lane, at a look, which reads their small bodies. */
const MOST_IN_A_LOOK = 128
/** Of the bodies that one unit reads, or renders: as many characters, but for those of one round. */
const MOST_CHARACTERS = 2 ** 20

/** How many attempts may be begun at webhooks that answer soon, and at those that are slow. */
export interface Room {
  readonly fast: number
  readonly slow: number
  /** How many more deliveries may be at hand. */
  readonly ahead: number
}

/**
 * Claims deliveries of lanes that are ready, the longest ready first, as many as there is room for.
 *
 * @param holding what this process has claimed of a webhook.
 */
export async function claimDeliveries(
  tx: Tx,
  room: Room,
  holding: (webhook: string) => Holding,
  now: UnixMs,
  typeOf: (name: string) => EventType | undefined,
): Promise<readonly Claimed[]> {
  const left = { ...room }
  const kinds = [false, true].filter(slow => left[kindOf(slow)] > 0)
  const lanes = [...(await readyLanes(tx, kinds, now))]
  const claimed: Claimed[] = []
  const taking: Taking = { tx, typeOf, leaseEnds: now + LEASE_MS, characters: MOST_CHARACTERS }
  while (taking.characters >= 0) {
    const looks = nextLooks(lanes, left, holding, now)
    if (looks.length === 0) break
    const found = await Promise.all(looks.map(async look => ({ ...look, ...(await lookAt(tx, look, now)) })))
    const leased: Due[] = []
    const erased: Due[] = []
    const plans: (readonly [webhook: string, plan: LanePlan])[] = []
    for (const look of found) {
      const taken = await takeDue(taking, look)
      leased.push(...taken.leased)
      erased.push(...taken.erased)
      const begun = Math.min(look.begun, taken.jobs.length)
      left[kindOf(look.ready.slow)] += look.begun - begun
      left.ahead += look.most - look.begun - (taken.jobs.length - begun)
      const awaited = look.more || taken.isLess
      plans.push([look.ready.webhook, planLane(look.ready.lane, lookedAt(taking, look, taken, now), now)])
      for (const job of taken.jobs) claimed.push({ ...job, awaited: awaited || job.orderKey !== null })
    }
    await Promise.all([claimRows(tx, leased, taking.leaseEnds), removeRows(tx, erased), planLanes(tx, plans)])
    for (const webhook of new Set(erased.map(row => row.webhook))) await goOn(tx, webhook, now)
  }
  return claimed
}

/** A look, and how many of what it finds may be begun at once. */
interface Planned extends Look {
  readonly begun: number
}

/** What is the same for all that one unit claims, and how many characters of bodies it may still read. */
interface Taking {
  readonly tx: Tx
  readonly typeOf: (name: string) => EventType | undefined
  readonly leaseEnds: UnixMs
  characters: number
}

/** What one unit claims of a lane. */
interface Taken {
  readonly jobs: readonly Omit<Claimed, 'awaited'>[]
  /** Their rows. */
  readonly leased: readonly Due[]
  /** Rows whose delivery was erased. */
  readonly erased: readonly Due[]
  /** Whether more is due than was taken. */
  readonly isLess: boolean
}

async function takeDue(taking: Taking, { ready, most, due }: Look & Found): Promise<Taken> {
  const jobs: Omit<Claimed, 'awaited'>[] = []
  const leased: Due[] = []
  const erased: Due[] = []
  for (const row of due.slice(0, most)) {
    // What is read of large bodies must not hold up requests.
    if (taking.characters < 0) break
    if (row.delivery['id'] === null) erased.push(row)
    else {
      const job = await claimedOf(taking.tx, row, ready, taking.leaseEnds, taking.typeOf)
      if ('body' in job.payload) taking.characters -= job.payload.body.length
      jobs.push(job)
      leased.push(row)
    }
  }
  return { jobs, leased, erased, isLess: due.length > leased.length + erased.length }
}

const lookedAt = (
  { leaseEnds }: Taking,
  { more, nextDue, lapses }: Found,
  { jobs, isLess }: Taken,
  now: UnixMs,
): Looked => ({
  taken: jobs.length,
  nextDue: more || isLess ? now : nextDue,
  leaseEnds: jobs.length > 0 ? earlier(lapses, leaseEnds) : lapses,
})

const kindOf = (slow: boolean): 'fast' | 'slow' => (slow ? 'slow' : 'fast')

/** The first of the lanes, which are then looked at together. Takes what they may begin away from what is left. */
function nextLooks(
  lanes: Ready[],
  left: { -readonly [K in keyof Room]: number },
  holding: (webhook: string) => Holding,
  now: UnixMs,
): Planned[] {
  const looks: Planned[] = []
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
    const ahead = ready.slow ? 0 : Math.min(left.ahead, planAhead(ready.lane, holding(ready.webhook)))
    const { begun, claimed: most } = planTake(ready.lane, left[kind], now, ahead)
    const claimed = Math.min(most, MOST_IN_A_LOOK)
    left[kind] -= begun
    left.ahead -= claimed - begun
    asked += claimed
    looks.push({ ready, most: claimed, begun })
  }
  return looks
}

/** What was erased may have been what others of its order key waited for. */
async function goOn(tx: Tx, webhook: string, now: UnixMs): Promise<void> {
  await releaseFirst(tx, webhook, now)
  await refreshLane(tx, webhook)
}
