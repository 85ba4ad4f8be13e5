import type { UnixMs } from '../base/index.ts'
import type { Row, Tx } from '../store/index.ts'
import { SENDING, type Standing, WAITING } from './queue.ts'
import type { Ready } from './ready.ts'

/** Bytes of a body that is read with the claim: those of one look are two megabytes at most. */
const SMALL_BODY = 16_384
/** Of a delivery `d`, its body in the format `$2` included where it is small. */
const CLAIMED_COLUMNS = `d.account_id, d.event_id, d.event_type, d.attempt_count, d.format, d.order_key, d.traceparent,
  (select p.body from signalbox_payloads p where p.event_id = d.event_id and p.format = $2
    and octet_length(p.body) <= ${SMALL_BODY}) as body`
/** With an unknown `id` where the delivery was erased. */
const dueSql = (
  which: string,
): string => `select q.webhook_id, q.sending, q.due_at, q.delivery_id, q.fence, d.id, ${CLAIMED_COLUMNS}
  from (select * from signalbox_queue where ${which} and due_at <= $3 and due_at >= $5 order by due_at, delivery_id limit $4) as q
  left join signalbox_deliveries d on d.id = q.delivery_id order by q.due_at, q.delivery_id`
const DUE = dueSql(WAITING)
/** What a process that died had begun. */
const LAPSED = dueSql(SENDING)
const firstSql = (which: string): string => `(select min(due_at) from signalbox_queue where ${which})`
const LATER = `select ${firstSql(`${WAITING} and due_at >= $2`)} as next_due,
  ${firstSql(`${SENDING} and due_at >= $3`)} as lease_ends`

/** A row of the queue that may be claimed, with its delivery. */
export interface Due extends Standing {
  readonly delivery: Row
}

/** A lane, and how many deliveries of it are begun at most. */
export interface Look {
  readonly ready: Ready
  readonly most: number
}

export interface Found {
  /** One more than may be begun, where there are as many. */
  readonly due: readonly Due[]
  /** Whether there are others, which were not asked for. */
  readonly more: boolean
  /** When the first of the others is due. */
  readonly nextDue: UnixMs | null
  /** When the first lease that holds ends. */
  readonly lapses: UnixMs | null
}

/** Its statements are all sent before the first is answered. */
export async function lookAt(tx: Tx, { ready, most }: Look, now: UnixMs): Promise<Found> {
  const { webhook, order, waitsFrom, leasedFrom, lapsed } = ready
  const ask = (sql: string, from: UnixMs): Promise<readonly Row[]> =>
    tx.all(sql, webhook, order.format, now, most + 1, from)
  const isFull = most === 0
  const [again, waiting, later] = await Promise.all([
    isFull || lapsed === 0 ? [] : ask(LAPSED, leasedFrom),
    isFull ? [] : ask(DUE, waitsFrom),
    tx.get(LATER, webhook, Math.max(waitsFrom, isFull ? 0 : now + 1), Math.max(leasedFrom, now + 1)),
  ])
  return {
    due: [...again, ...waiting].map(dueIn),
    more: isFull && lapsed > 0,
    nextDue: timeIn(later, 'next_due'),
    lapses: timeIn(later, 'lease_ends'),
  }
}

const dueIn = (row: Row): Due => ({
  webhook: String(row['webhook_id']),
  id: String(row['delivery_id']),
  dueAt: Number(row['due_at']),
  fence: Number(row['fence']),
  sending: Number(row['sending']) === 1,
  delivery: row,
})

const timeIn = (row: Row | undefined, column: string): UnixMs | null =>
  row?.[column] == null ? null : Number(row[column])
