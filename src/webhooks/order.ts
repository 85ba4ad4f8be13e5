import { isoTime, sha256, type UnixMs } from '../base/index.ts'
import { type EventType, fieldOf, resolve, type Sql, wireOf } from '../contract/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { overRows } from './batch.ts'
import { expectAt, INTO_QUEUE } from './queue.ts'

// A webhook with an `order` is sent the events of one key one after another: the next once the one before is settled, delivered
// or given up. Only the first of a key is due, so that what waits behind it costs the queue nothing. The first is that of the first
// event in the log: ids are made by the clocks of several processes.

/** Longer keys are told apart by their hash, and those that hold U+0000, which not every store has room for. */
const LONGEST_KEY = 100

/** The field of the row, or of what was emitted, that orders are by: `data.id`. */
export const ORDER_FORM = /^data\.[A-Za-z_][A-Za-z0-9_]{0,62}$/

const fieldIn = (order: string): string => order.slice('data.'.length)

/** The key of an event by a webhook's order; null where it has none: no two such events are of one key. */
export function orderKeyOf(order: string | null, { data, before }: StoredEvent): string | null {
  const row = order === null ? null : (data ?? before)
  if (order === null || row === null) return null
  const value = (JSON.parse(row) as { readonly [field: string]: unknown } | null)?.[fieldIn(order)]
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null
  const key = String(value)
  return key.length > LONGEST_KEY || key.includes('\u0000') ? sha256(key) : key
}

/** Why events of a type cannot be ordered so; undefined where they can. */
export function orderFault(order: string, type: EventType): string | undefined {
  const wire = wireOf(type.schema, 'output', `event '${type.name}'`)
  const field = fieldOf(wire, fieldIn(order))
  if (field === undefined) return `'${type.name}' has no ${order}`
  const kinds = (field.kind === 'union' ? field.of.map(each => resolve(each, wire)) : [field]).map(
    each => each.kind,
  )
  return kinds.every(kind => SCALARS.has(kind))
    ? undefined
    : `${order} of '${type.name}' is not one plain value`
}

const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'literal', 'null'])

/** One of a key whose delivery is not settled. */
export interface Ordered {
  readonly webhook: string
  readonly key: string
  /** The position of its event. */
  readonly place: number
  readonly id: string
  /** Whether it is in the queue. */
  readonly due: boolean
}

/** What each statement begins with that puts rows among them. */
export const INTO_ORDERED = 'insert into signalbox_ordered (webhook_id, order_key, place, delivery_id, due)'

const insert = overRows(
  ['text', 'text', 'bigint', 'text', 'bigint'],
  given =>
    `${INTO_ORDERED} select column1, column2, column3, column4, column5 from ${given} where column1 is not null`,
)

export const writeOrdered = async (sql: Pick<Sql, 'all'>, rows: readonly Ordered[]): Promise<void> => {
  await insert(
    sql,
    rows.map(({ webhook, key, place, id, due }) => [webhook, key, place, id, Number(due)]),
  )
}

const DUE = `from signalbox_ordered where webhook_id = $1 and order_key = $2 and due = 1 limit 1`
const EARLIER = `select 1 ${DUE}`

/** Whether another delivery of the key is to be settled first. */
export const hasEarlier = async (sql: Pick<Sql, 'get'>, webhook: string, key: string): Promise<boolean> =>
  (await sql.get(EARLIER, webhook, key)) !== undefined

const FORGET = `delete from signalbox_ordered where (webhook_id, order_key, place, delivery_id) in
  (select webhook_id, order_key, place, delivery_id ${DUE})`
const OF_KEY = `select order_key, place, delivery_id from signalbox_ordered where webhook_id = $1 and order_key = $2
  order by place, delivery_id limit 1`
/** Of all keys of which none is due. */
const OF_ALL = `select order_key, place, delivery_id from
  (select order_key, place, delivery_id, row_number() over (partition by order_key order by place, delivery_id) as number,
    max(due) over (partition by order_key) as due from signalbox_ordered where webhook_id = $1) as waiting
  where number = 1 and due = 0`

/** Puts those into the queue that `first` finds, whose values are the first of the statement's; the next is when they are due. */
const releases = (first: string, next: number): readonly [show: string, enqueue: string, mark: string] => [
  `update signalbox_deliveries set next_attempt_at = $${next} where id in (select delivery_id from (${first}) as first)`,
  `${INTO_QUEUE}
    select $1, 0, cast($${next} as bigint), delivery_id, 0 from (${first}) as first`,
  `update signalbox_ordered set due = 1 where webhook_id = $1 and (order_key, place, delivery_id) in (${first})`,
]
const NEXT = releases(OF_KEY, 3)
const FIRST = releases(OF_ALL, 2)

async function release(
  sql: Pick<Sql, 'run'>,
  [show, enqueue, mark]: typeof NEXT,
  values: readonly [webhook: string, ...key: string[]],
  now: UnixMs,
): Promise<void> {
  await sql.run(show, ...values, isoTime(now))
  await sql.run(enqueue, ...values, now)
  await expectAt(sql, values[0], now)
  await sql.run(mark, ...values)
}

/** The one of the key that was due is settled: the next is due. */
export async function releaseNext(
  sql: Pick<Sql, 'run'>,
  webhook: string,
  key: string,
  now: UnixMs,
): Promise<void> {
  await sql.run(FORGET, webhook, key)
  await release(sql, NEXT, [webhook, key], now)
}

/** Of all keys: the first of each is due where none is. */
export const releaseFirst = (sql: Pick<Sql, 'run'>, webhook: string, now: UnixMs): Promise<void> =>
  release(sql, FIRST, [webhook], now)
