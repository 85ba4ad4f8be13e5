import { isoTime, type UnixMs } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'

// Cancels what a webhook is owed, some at a time: a million of them hold up nobody.

/** In one unit, of each kind. */
const SLICE = 256

/** `$2`: up to this delivery. `$3`: 1 where also what is being sent. */
const OWED = `from signalbox_queue where webhook_id = $1 and delivery_id <= $2 and sending <= $3
  order by sending, due_at, delivery_id limit ${SLICE}`
/** What waits for an earlier one of its order key. */
const BEHIND = `from signalbox_ordered where webhook_id = $1 and delivery_id <= $2 and due = 0
  order by order_key, place, delivery_id limit ${SLICE}`

const cancelSql = (which: string, at: string): string => `update signalbox_deliveries
  set state = 'canceled', next_attempt_at = null, settled_at = ${at}
  where state = 'pending' and id in (select delivery_id ${which})`
const FORGET_ORDERED = `delete from signalbox_ordered where (webhook_id, order_key, delivery_id) in
  (select webhook_id, order_key, id from signalbox_deliveries
    where order_key is not null and id in (select delivery_id ${OWED}))`
const CANCEL_OWED = cancelSql(OWED, '$4')
const LEAVE = `delete from signalbox_queue where (webhook_id, sending, due_at, delivery_id) in
  (select webhook_id, sending, due_at, delivery_id ${OWED})`
const CANCEL_BEHIND = cancelSql(BEHIND, '$3')
const FORGET_BEHIND = `delete from signalbox_ordered where (webhook_id, order_key, place, delivery_id) in
  (select webhook_id, order_key, place, delivery_id ${BEHIND})`

/** Behind the id of any delivery. */
const ALL = '~'

export interface Canceling {
  /** The last delivery that goes. Default: all do. */
  readonly upTo?: string
  /** Whether those go that are being sent. What comes back is then not recorded. */
  readonly sending: boolean
}

/** Under the webhook's lane. Answers how many rows of the queue went; 0 where nothing is left to cancel. */
export async function cancelSome(
  sql: Pick<Sql, 'run'>,
  webhook: string,
  { upTo = ALL, sending }: Canceling,
  now: UnixMs,
): Promise<number> {
  const owed = [webhook, upTo, Number(sending)] as const
  await sql.run(FORGET_ORDERED, ...owed)
  await sql.run(CANCEL_OWED, ...owed, isoTime(now))
  const left = await sql.run(LEAVE, ...owed)
  await sql.run(CANCEL_BEHIND, webhook, upTo, isoTime(now))
  return left + (await sql.run(FORGET_BEHIND, webhook, upTo))
}
