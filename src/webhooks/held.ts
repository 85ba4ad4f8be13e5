import type { UnixMs } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'
import type { Store, Tx } from '../store/index.ts'
import type { Environment } from '../unit/index.ts'
import { cancelSome } from './cancel.ts'
import { startLane, takeLane } from './lanes.ts'
import { releaseFirst } from './order.ts'
import { SENDING } from './queue.ts'

// What is owed to a paused webhook waits in its lane, which is stopped. When the webhook goes on, its owner has it sent, or has it
// dropped. Dropping is a mark on the webhook, up to which delivery, set in the unit of the change: the lane does not start while the
// mark is there, so that from its commit on none of them is sent, whatever dies. They are canceled behind it, some at a time, so
// that a million of them hold up nobody; then the lane starts.

// By ids, not by times: it is what there is now, whatever the clocks of other processes say.
const DROP = `update signalbox_webhooks
  set drop_to = (select max(id) from signalbox_deliveries where webhook_id = $1) where id = $1`

export async function drop(sql: Pick<Sql, 'run'>, webhook: string): Promise<void> {
  await sql.run(DROP, webhook)
}

/** How long to wait for attempts that were under way when their webhook dropped what it was owed. */
const STRAGGLER_MS = 1_000

const DROPPING = `select id, drop_to from signalbox_webhooks where drop_to is not null order by id limit 100`
/** An attempt under way may still deliver. */
const UNDER_WAY = `select 1 from signalbox_queue where ${SENDING} and delivery_id <= $2 limit 1`
// Unless more is to be dropped by now.
const DROPPED = 'update signalbox_webhooks set drop_to = null where id = $1 and drop_to = $2'

/** Cancels some of what is to be dropped. Answers in how many milliseconds there is more to do. */
export async function cancelDropped(store: Store, env: Environment): Promise<number> {
  let idleMs = Number.POSITIVE_INFINITY
  for (const { id = null, drop_to: upTo = null } of await store.peek.all(DROPPING)) {
    const canceled = await store.unit(async tx => {
      const now = env.clock.now()
      await takeLane(tx, String(id))
      const changed = await cancelSome(tx, String(id), { upTo: String(upTo), sending: false }, now)
      if (changed > 0 || (await tx.get(UNDER_WAY, id, upTo)) !== undefined) return changed
      if ((await tx.run(DROPPED, id, upTo)) > 0) await goOn(tx, String(id), now)
      return 1
    })
    idleMs = Math.min(idleMs, canceled > 0 ? 0 : STRAGGLER_MS)
  }
  return idleMs
}

const GOES_ON = `select 1 from signalbox_webhooks where id = $1 and paused = 0 and state <> 'disabled'`

/** Sends what was written since the drop, unless the webhook is to be sent nothing. */
async function goOn(tx: Tx, webhook: string, now: UnixMs): Promise<void> {
  await releaseFirst(tx, webhook, now)
  if ((await tx.get(GOES_ON, webhook)) !== undefined) await startLane(tx, webhook, now)
}
