import type { UnixMs } from '../base/index.ts'
import type { Tx } from '../store/index.ts'
import type { Claimed } from './claimed.ts'
import { closeLane, planLanes, takeLanes, touchLanes } from './lanes.ts'
import { dueAt, type Owing } from './owed.ts'
import { enqueue, enqueueLeased } from './queue.ts'
import { restingLanes } from './ready.ts'
import { type Capacity, planStraight } from './straight.ts'

/** What sends in this process. */
export interface Sending {
  capacity(): Capacity
  /** A unit is on its way that leaves deliveries to be claimed: the next claim shares its commit. */
  expect(): void
  /** Sends what is claimed, and on disk. */
  take(claimed: readonly Claimed[]): void
}

/**
 * Writes deliveries, as claimed where nothing of their webhook waits. Answers those; they may begin once the unit is on disk.
 *
 * @param webhooks of the deliveries.
 * @param alongside other statements of the unit that have been sent.
 */
export async function writeOwed(
  tx: Tx,
  owed: Owing,
  webhooks: ReadonlySet<string>,
  sending: Pick<Sending, 'capacity' | 'expect'>,
  now: UnixMs,
  alongside: readonly Promise<unknown>[] = [],
): Promise<readonly Claimed[]> {
  const written = owed.write()
  // As late as can be: claims wait for them, and who settles.
  const taken = takeLanes(tx, webhooks)
  // All of them are waited for together: where the connection is lost each of them is.
  const [lanes, resting] = await Promise.all([taken, restingLanes(tx, webhooks, now), written, ...alongside])
  const { claimed, waiting, plans } = planStraight(owed.due, resting, sending.capacity(), now)
  // Here, so that the claim shares the commit.
  if (waiting.length > 0) sending.expect()
  const others = [...webhooks].filter(webhook => !plans.has(webhook))
  await Promise.all([
    enqueue(tx, waiting.map(dueAt(now))),
    enqueueLeased(tx, claimed),
    planLanes(tx, [...plans]),
    touchLanes(tx, others, now),
  ])
  // Of a webhook that was deleted meanwhile.
  for (const webhook of webhooks) if (!lanes.has(webhook)) await closeLane(tx, webhook, now)
  return claimed
}
