import type { UnixMs } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import type { Row, Tx } from '../store/index.ts'
import type { Claim } from '../work/index.ts'
import type { Due } from './due.ts'
import { renderAgain } from './payloads.ts'
import type { Ready } from './ready.ts'
import type { Payload } from './render.ts'
import type { StoredOrder } from './stored-order.ts'

/** A claimed delivery with all that its attempt needs. */
export interface Claimed extends Claim {
  /** Changes with the fence. */
  leaseEnds: UnixMs
  /** When it was due. */
  readonly dueAt: UnixMs
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
  /** Attempts that may be under way at once at its webhook. */
  readonly concurrency: number
  /** Whether others of its webhook wait for it to end. */
  readonly awaited: boolean
}

const LARGE_BODY = 'select body from signalbox_payloads where event_id = $1 and format = $2'

const REFORMAT = 'update signalbox_deliveries set format = $2 where id = $1'

/** What the attempt of a row needs that is claimed until `leaseEnds`, but for what the others of its webhook tell. */
export async function claimedOf(
  tx: Tx,
  { id, fence, dueAt, delivery: row }: Due,
  { webhook, lane, order, slow }: Ready,
  leaseEnds: UnixMs,
  typeOf: (name: string) => EventType | undefined,
): Promise<Omit<Claimed, 'awaited'>> {
  const eventId = String(row['event_id'])
  const { format } = order
  if (format !== row['format']) await tx.run(REFORMAT, id, format)
  const body = row['body'] ?? (await tx.get(LARGE_BODY, eventId, format))?.['body']
  return {
    id,
    fence: fence + 1,
    leaseEnds,
    dueAt,
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
    concurrency: lane.concurrency,
  }
}

/** It was claimed again while this process had it: it goes on under the new claim. */
export function goOnUnder(mine: Claimed, { fence, leaseEnds }: Claimed): void {
  mine.fence = fence
  mine.leaseEnds = leaseEnds
}

/** Of its body. */
export const charactersOf = ({ payload }: Pick<Claimed, 'payload'>): number =>
  'body' in payload ? payload.body.length : 0

const textOf = (row: Row, column: string): string | null =>
  typeof row[column] === 'string' ? row[column] : null
