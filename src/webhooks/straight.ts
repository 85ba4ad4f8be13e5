import type { UnixMs } from '../base/index.ts'
import { LEASE_MS } from '../work/index.ts'
import type { Claimed } from './claimed.ts'
import { earlier, type Holding, type LanePlan, planAhead, planLane, planTake } from './lane-plan.ts'
import type { Owed } from './owed.ts'
import type { Resting } from './ready.ts'

// Where nothing of a webhook waits, its deliveries are claimed as they are written: no look has to find them, and what they send is not
// read again. What is begun so is begun as soon as the unit that wrote it is on disk. Pure.

/** What becomes of deliveries that are written now. */
export interface Straight {
  readonly claimed: readonly Claimed[]
  /** What is left for others to claim. */
  readonly waiting: readonly Owed[]
  /** What is stored of the lanes that were resting, by webhook. */
  readonly plans: ReadonlyMap<string, LanePlan>
}

/** What this process can take. */
export interface Capacity {
  /** How many attempts may be begun at webhooks that answer soon. */
  readonly room: number
  /** How many deliveries may be at hand. */
  readonly ahead: number
  /** What this process has claimed of a webhook. */
  readonly holding: (webhook: string) => Holding
}

/** Claims the first of each webhook that was resting, as many as a look at its lane would. */
export function planStraight(
  owed: readonly Owed[],
  resting: ReadonlyMap<string, Resting>,
  { room, ahead, holding }: Capacity,
  now: UnixMs,
): Straight {
  const claimed: Claimed[] = []
  const waiting: Owed[] = []
  const plans = new Map<string, LanePlan>()
  const leaseEnds = now + LEASE_MS
  const left = { room, ahead }
  for (const [webhook, due] of Map.groupBy(owed, each => each.webhook)) {
    const found = resting.get(webhook)
    if (found === undefined) {
      waiting.push(...due)
      continue
    }
    const { lane, order, readyAt } = found
    const most = planTake(lane, left.room, now, Math.min(left.ahead, planAhead(lane, holding(webhook))))
    const other = due.findIndex(each => !isPlain(each, order.format))
    const taken = Math.min(most.claimed, other === -1 ? due.length : other)
    left.room -= Math.min(most.begun, taken)
    left.ahead -= Math.max(0, taken - most.begun)
    const awaited = taken < due.length
    for (const { id, account, event, body = '' } of due.slice(0, taken)) {
      claimed.push({
        id,
        fence: 1,
        leaseEnds,
        dueAt: now,
        webhook,
        account,
        eventId: event.id,
        attempts: 0,
        order,
        payload: { body },
        eventType: event.type,
        orderKey: null,
        traceparent: event.traceparent ?? null,
        slow: false,
        probe: false,
        concurrency: lane.concurrency,
        awaited,
      })
    }
    waiting.push(...due.slice(taken))
    const first = taken > 0 ? earlier(readyAt, leaseEnds) : readyAt
    plans.set(webhook, planLane(lane, { taken, nextDue: awaited ? now : null, leaseEnds: first }, now))
  }
  return { claimed, waiting, plans }
}

/** What has an order waits for its turn at a look, and so does what is to be rendered anew. */
const isPlain = ({ orderKey, body, format }: Owed, asked: string): boolean =>
  orderKey === null && body !== undefined && format === asked
