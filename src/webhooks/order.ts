import { isoTime, sha256, type UnixMs } from '../base/index.ts'
import { type EventType, fieldOf, resolve, type Sql, wireOf } from '../contract/index.ts'
import type { Tx } from '../store/index.ts'
import type { StoredEvent } from '../unit/index.ts'

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

const EARLIER = `select 1 from signalbox_deliveries
  where webhook_id = $1 and order_key = $2 and state = 'pending' and due_at is not null limit 1`

/** Whether another delivery of the key is to be settled first. */
export const hasEarlier = async (sql: Pick<Sql, 'get'>, webhook: string, key: string): Promise<boolean> =>
  (await sql.get(EARLIER, webhook, key)) !== undefined

const RELEASE = `update signalbox_deliveries set due_at = $3, next_attempt_at = $4 where id =
  (select id from signalbox_deliveries where webhook_id = $1 and order_key = $2 and state = 'pending'
    order by place, id limit 1)
  and due_at is null`

/** One of the key is settled: the next is due. */
export const releaseNext = (tx: Tx, webhook: string, key: string, now: UnixMs): Promise<number> =>
  tx.run(RELEASE, webhook, key, now, isoTime(now))

const RELEASE_FIRST = `update signalbox_deliveries set due_at = $2, next_attempt_at = $3 where id in
  (select id from (
      select id, row_number() over (partition by order_key order by place, id) as number,
        max(due_at) over (partition by order_key) as due
      from signalbox_deliveries where webhook_id = $1 and order_key is not null and state = 'pending'
    ) as waiting where number = 1 and due is null)`

/** Of all keys: the first of each is due where none is. */
export const releaseFirst = (tx: Pick<Sql, 'run'>, webhook: string, now: UnixMs): Promise<number> =>
  tx.run(RELEASE_FIRST, webhook, now, isoTime(now))
