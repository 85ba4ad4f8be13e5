import type { EventType } from '../contract/index.ts'
import type { Row, Tx } from '../store/index.ts'
import type { Claim } from '../work/index.ts'
import { renderAgain } from './payloads.ts'
import type { Ready } from './ready.ts'
import type { Payload } from './render.ts'
import type { StoredOrder } from './stored-order.ts'

/** A claimed delivery with all that its attempt needs. */
export interface Claimed extends Claim {
  readonly webhook: string
  readonly account: string
  readonly eventId: string
  /** Made before this one. */
  readonly attempts: number
  /** As its webhook is now: what is still to be delivered goes where, and as, its owner wants it now. Its secrets are as stored. */
  readonly order: StoredOrder
  readonly payload: Payload
  readonly eventType: string
  /** Those of one key are sent one after another; null where it has none. */
  readonly orderKey: string | null
  /** What recorded the event, where traces are kept. */
  readonly traceparent: string | null
  /** Whether its webhook's attempts took long of late. */
  readonly slow: boolean
  /** Whether it is made to find out whether its receiver is back. */
  readonly probe: boolean
  /** Whether others of its webhook wait for it to end. */
  readonly awaited: boolean
}

/** Bytes of a body that is read with the claim: a webhook's concurrency of them is a megabyte. */
const SMALL_BODY = 16_384
/** What `claimedOf` reads of a delivery that is updated, its body in the format `$1` included where it is small. */
export const CLAIMED_COLUMNS = `id, account_id, fence, event_id, event_type, attempt_count, format, order_key, traceparent,
  (select p.body from signalbox_payloads p where p.event_id = signalbox_deliveries.event_id and p.format = $1
    and octet_length(p.body) <= ${SMALL_BODY}) as body`
const LARGE_BODY = 'select body from signalbox_payloads where event_id = $1 and format = $2'

const REFORMAT = 'update signalbox_deliveries set format = $2 where id = $1'

/** What the attempt of a claimed row needs, but for what the others of its webhook tell. */
export async function claimedOf(
  tx: Tx,
  row: Row,
  { webhook, lane, order, slow }: Ready,
  typeOf: (name: string) => EventType | undefined,
): Promise<Omit<Claimed, 'awaited'>> {
  const id = String(row['id'])
  const eventId = String(row['event_id'])
  const { format } = order
  if (format !== row['format']) await tx.run(REFORMAT, id, format)
  const body = row['body'] ?? (await tx.get(LARGE_BODY, eventId, format))?.['body']
  return {
    id,
    fence: Number(row['fence']),
    webhook,
    account: String(row['account_id']),
    eventId,
    attempts: Number(row['attempt_count']),
    order,
    eventType: String(row['event_type']),
    orderKey: textOf(row, 'order_key'),
    traceparent: textOf(row, 'traceparent'),
    payload: typeof body === 'string' ? { body } : await renderAgain(tx, eventId, format, typeOf),
    slow,
    probe: lane.probing,
  }
}

const textOf = (row: Row, column: string): string | null =>
  typeof row[column] === 'string' ? row[column] : null
