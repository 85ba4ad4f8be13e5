import type { Sql } from '../contract/index.ts'
import type { Store } from '../store/index.ts'
import type { Environment } from '../unit/index.ts'

// What is owed to a paused webhook: it is pending, without a time. When the webhook goes on, its owner has it sent, or has it
// dropped. Dropping is a mark on the webhook, up to which delivery, set in the unit of the change: from its commit on none of
// them is sent, whatever dies. They are canceled behind it, some at a time, so that a million of them hold up nobody.

/** An attempt under way ends, and is held when it is settled. */
const HOLD = `update signalbox_deliveries set due_at = null, next_attempt_at = null
  where webhook_id = $1 and state = 'pending' and next_attempt_at is not null`
const RELEASE = `update signalbox_deliveries set due_at = $2, next_attempt_at = $3
  where webhook_id = $1 and state = 'pending' and due_at is null`
// By ids, not by times: it is what there is now, whatever the clocks of other processes say.
const DROP = `update signalbox_webhooks
  set drop_to = (select max(id) from signalbox_deliveries where webhook_id = $1) where id = $1`

export async function hold(sql: Pick<Sql, 'run'>, webhook: string): Promise<void> {
  await sql.run(HOLD, webhook)
}

export async function release(sql: Pick<Sql, 'run'>, webhook: string, now: Date): Promise<void> {
  await sql.run(RELEASE, webhook, now.getTime(), now.toISOString())
}

export async function drop(sql: Pick<Sql, 'run'>, webhook: string): Promise<void> {
  await sql.run(DROP, webhook)
}

/** Deliveries in one unit. More would hold up the units of requests. */
const SLICE = 250
/** How long to wait for attempts that were under way when their webhook dropped what it was owed. */
const STRAGGLER_MS = 1_000

const DROPPING = `select id, drop_to from signalbox_webhooks where drop_to is not null order by id limit 100`
// An attempt under way may still deliver.
const CANCEL = `update signalbox_deliveries
  set state = 'canceled', due_at = null, next_attempt_at = null, settled_at = $3
  where id in (select id from signalbox_deliveries where webhook_id = $1 and state = 'pending' and id <= $2
    and (due_at is null or next_attempt_at is not null) order by id limit ${SLICE})`
const LEFT = `select 1 from signalbox_deliveries where webhook_id = $1 and state = 'pending' and id <= $2 limit 1`
// Unless more is to be dropped by now.
const DROPPED = 'update signalbox_webhooks set drop_to = null where id = $1 and drop_to = $2'

/** Cancels some of what is to be dropped. Answers in how many milliseconds there is more to do. */
export async function cancelDropped(store: Store, env: Environment): Promise<number> {
  let idleMs = Number.POSITIVE_INFINITY
  for (const { id = null, drop_to: upTo = null } of await store.peek.all(DROPPING)) {
    const canceled = await store.unit(async tx => {
      const changed = await tx.run(CANCEL, id, upTo, new Date(env.clock.now()).toISOString())
      if ((await tx.get(LEFT, id, upTo)) === undefined) await tx.run(DROPPED, id, upTo)
      return changed
    })
    idleMs = Math.min(idleMs, canceled > 0 ? 0 : STRAGGLER_MS)
  }
  return idleMs
}
