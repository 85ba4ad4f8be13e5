import { isoTime, type NewId, type UnixMs } from '../base/index.ts'
import type { EventType, Sql } from '../contract/index.ts'
import type { Value } from '../store/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { overRows } from './batch.ts'
import { lookAtLane, takeLane } from './lanes.ts'
import { hasEarlier, type Ordered, orderKeyOf, writeOrdered } from './order.ts'
import { keepPayloads } from './payloads.ts'
import { enqueue, type Queued } from './queue.ts'
import { type Format, renderEvent } from './render.ts'

const insertDeliveries = overRows(
  ['text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'bigint'],
  given => `insert into signalbox_deliveries
    (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count, created_at, next_attempt_at,
     traceparent, order_key, place)
    select column1, column2, column3, column4, column5, column6, 'pending', 0, column7, column8, column9, column10, column11
    from ${given} where column1 is not null`,
)

/** Whom a delivery is for. */
export interface Recipient {
  readonly id: string
  readonly account: string
  readonly format: Format
  /** Default: null, no order. */
  readonly order?: string | null
}

/** A delivery that waits for nothing but its being sent. */
export interface Owed {
  readonly id: string
  readonly webhook: string
  readonly account: string
  readonly event: StoredEvent
  readonly orderKey: string | null
  readonly format: Format
  /** Undefined where it is not known to this unit, or could not be rendered. */
  readonly body: string | undefined
}

/** Deliveries that a unit is about to write. */
export interface Owing {
  payload(event: StoredEvent, format: Format, type: EventType | undefined): void
  /** Answers its id. */
  delivery(event: StoredEvent, recipient: Recipient): Promise<string>
  /** Writes all of them, and what they send, but none of the queue. */
  write(): Promise<void>
  /** Those that the queue is to have: all, but what waits for an earlier one of its key. */
  readonly due: readonly Owed[]
}

export function owing(sql: Pick<Sql, 'get' | 'all'>, newId: NewId, now: UnixMs): Owing {
  const at = isoTime(now)
  /** Rows of what could be rendered, by event and format. */
  const payloads = new Map<string, readonly [event: string, format: Format, body: string] | undefined>()
  const deliveries: Value[][] = []
  const due: Owed[] = []
  const ordered: Ordered[] = []
  /** Of these keys one is among them. */
  const keys = new Set<string>()
  return {
    payload(event, format, type) {
      const key = `${event.id} ${format}`
      if (payloads.has(key)) return
      const payload = renderEvent(event, format, type)
      payloads.set(key, 'body' in payload ? [event.id, format, payload.body] : undefined)
    },
    async delivery(event, { id: webhook, account, format, order = null }) {
      const id = newId('dlv')
      const key = orderKeyOf(order, event)
      // Where there is an earlier one of its key, it waits for that.
      const waits = key !== null && (keys.has(webhook + key) || (await hasEarlier(sql, webhook, key)))
      const { traceparent = null, position = 0 } = event
      if (key !== null) {
        keys.add(webhook + key)
        ordered.push({ webhook, key, place: position, id, due: !waits })
      }
      const body = payloads.get(`${event.id} ${format}`)?.[2]
      if (!waits) due.push({ id, webhook, account, event, orderKey: key, format, body })
      deliveries.push([
        id,
        account,
        webhook,
        event.id,
        event.type,
        format,
        at,
        waits ? null : at,
        traceparent,
        key,
        position,
      ])
      return id
    },
    async write() {
      const rendered = [...payloads.values()].filter(row => row !== undefined)
      await Promise.all([
        keepPayloads(sql, rendered),
        insertDeliveries(sql, deliveries),
        writeOrdered(sql, ordered),
      ])
    },
    due,
  }
}

/** One event, whose payload is kept, owed to one webhook, and due at once. Answers the delivery's id. */
export async function writeDelivery(
  sql: Pick<Sql, 'get' | 'all' | 'run'>,
  newId: NewId,
  event: StoredEvent,
  recipient: Recipient,
  now: UnixMs,
): Promise<string> {
  await takeLane(sql, recipient.id)
  const owed = owing(sql, newId, now)
  const id = await owed.delivery(event, recipient)
  await Promise.all([owed.write(), enqueue(sql, owed.due.map(dueAt(now)))])
  await lookAtLane(sql, recipient.id, now)
  return id
}

/** Its row of the queue, where it waits to be claimed. */
export const dueAt =
  (now: UnixMs) =>
  ({ id, webhook }: Owed): Queued => ({ webhook, id, dueAt: now, fence: 0 })
