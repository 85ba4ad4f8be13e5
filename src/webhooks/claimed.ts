import { isoTime } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import type { Row, Tx } from '../store/index.ts'
import type { Environment } from '../unit/index.ts'
import type { Claim } from '../work/index.ts'
import { orderOf, type StoredOrder } from './order.ts'
import { renderAgain } from './payloads.ts'
import type { Format, Payload } from './render.ts'

/** A claimed delivery with all that its attempt needs. */
export interface Claimed extends Claim {
  readonly eventId: string
  /** Made before this one. */
  readonly attempts: number
  /** As its webhook is now: what is still to be delivered goes where, and as, its owner wants it now. Its secrets are as stored. */
  readonly order: StoredOrder
  readonly payload: Payload
  readonly eventType: string
  /** What recorded the event, where traces are kept. */
  readonly traceparent: string | null
}

const LOAD = `select d.id, d.fence, d.event_id, d.event_type, d.attempt_count, d.format as format_before, d.traceparent,
    w.url, w.method, w.format, w.signature, w.secret, w.previous_secret, w.previous_secret_until, w.headers, w."authorization",
    w.hidden, w.paused, case when d.id <= w.drop_to then 1 else 0 end as dropped, p.body
  from signalbox_deliveries d
  join signalbox_webhooks w on w.id = d.webhook_id
  left join signalbox_payloads p on p.event_id = d.event_id and p.format = w.format
  where d.id = $1`
const CANCEL = `update signalbox_deliveries set state = 'canceled', due_at = null, settled_at = $2 where id = $1`
const HOLD = 'update signalbox_deliveries set due_at = null, next_attempt_at = null where id = $1'
const REFORMAT = 'update signalbox_deliveries set format = $2 where id = $1'

/** What the attempt of a claimed row needs. Undefined where there is nobody to send it to, or nobody now. */
export async function loadClaimed(
  env: Environment,
  { id = null }: Row,
  tx: Tx,
  typeOf: (name: string) => EventType | undefined,
): Promise<Claimed | undefined> {
  const row = await tx.get(LOAD, id)
  if (row === undefined || Number(row['dropped']) !== 0) {
    await tx.run(CANCEL, id, isoTime(env.clock.now()))
    return undefined
  }
  if (Number(row['paused']) !== 0) {
    await tx.run(HOLD, id)
    return undefined
  }
  const format = String(row['format']) as Format
  const eventId = String(row['event_id'])
  if (format !== row['format_before']) await tx.run(REFORMAT, id, format)
  return {
    id: String(row['id']),
    fence: Number(row['fence']),
    eventId,
    attempts: Number(row['attempt_count']),
    order: orderOf(row),
    eventType: String(row['event_type']),
    traceparent: typeof row['traceparent'] === 'string' ? row['traceparent'] : null,
    payload:
      typeof row['body'] === 'string'
        ? { body: row['body'] }
        : await renderAgain(tx, eventId, format, typeOf),
  }
}
