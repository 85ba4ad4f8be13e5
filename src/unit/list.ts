import { createHash } from 'node:crypto'
import type { ListQuery, Page, Selection } from '../contract/index.ts'
import { decodeCursor, encodeCursor } from '../http/index.ts'
import type { Reader, Row, Value } from '../store/index.ts'
import { fail } from './failure.ts'
import { type Filter, filterSql, filtersOf } from './filters.ts'
import { readPage } from './page-text.ts'
import { keyText, selectSql, storedTimeKey, type Table, type TableColumn, taken } from './table.ts'

// A list is walked by keys: a page is the rows beyond the keys of the last row before it. Rows that are added meanwhile
// move nothing. The id is the last key, so that no two rows have the same place.

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

/** A column of the order. Rows without a value count as the least. */
interface SortKey {
  readonly column: TableColumn
  readonly descending: boolean
}

/** A place in a list: the keys of a row, and whether it goes on before it or behind it. */
interface Place {
  readonly keys: readonly Value[]
  readonly backward: boolean
}

/** What is shown of rows: of as many of the first as there is room for, one at the least. */
type Show = (rows: readonly Row[]) => Promise<readonly object[]>

/** One page of a resource's rows. `mine` holds the account's id where rows have an owner. */
export async function listRows(
  reader: Reader,
  table: Table,
  query: ListQuery<object> & Selection,
  mine: readonly Value[],
  show: Show = rows => Promise.resolve(rows.map(table.decode)),
): Promise<Page<object>> {
  const { limit = DEFAULT_LIMIT, cursor, where = {}, sort = [] } = query
  const size = Math.min(Math.max(1, Math.trunc(limit)), MAX_LIMIT)
  const filters = filtersOf(table, where)
  const order = orderOf(table, sort)
  const mark = markOf(filters, sort)
  const place = cursor === undefined ? undefined : placeOf(table, order, mark, cursor)
  const { sql, values } = listSql(table, { query, filters, order, place, mine })
  // One more than is shown tells whether there is a further page.
  const page = await readPage(reader, size, sql, [...values, size + 1])
  const data = [...(await show(page.rows))]
  const rows = page.rows.slice(0, data.length)
  const more = page.more || rows.length < page.rows.length
  const { backward } = place ?? { backward: false }
  if (backward) {
    rows.reverse()
    data.reverse()
  }
  const cursorAt = (row: Row | undefined, direction: '<' | '>'): string | null =>
    row === undefined
      ? null
      : encodeCursor([table.resource.name, direction + mark, ...order.map(key => keyOf(row, key))])
  return {
    data,
    next: backward || more ? cursorAt(rows.at(-1), '>') : null,
    prev: (backward ? more : place !== undefined) ? cursorAt(rows[0], '<') : null,
  }
}

/** The columns to sort by, the id last; it goes the way of the one before it, so that one index serves both. */
function orderOf(table: Table, sort: readonly string[]): readonly SortKey[] {
  const keys = sort.map(text => {
    const descending = text.startsWith('-')
    return { column: columnOf(table, descending ? text.slice(1) : text), descending }
  })
  const at = keys.findIndex(({ column }) => column.name === 'id')
  if (at !== -1) return keys.slice(0, at + 1)
  return [...keys, { column: columnOf(table, 'id'), descending: keys.at(-1)?.descending ?? true }]
}

function columnOf({ columns, resource }: Table, name: string): TableColumn {
  const column = columns.find(each => each.name === name)
  if (column === undefined) throw new Error(`'${resource.name}' has no column '${name}'`)
  return column
}

/** Tells the cursors of one list from those of the same rows filtered or sorted otherwise. */
function markOf(filters: readonly Filter[], sort: readonly string[]): string {
  if (filters.length + sort.length === 0) return ''
  const tests = filters.map(({ column, operator, values }) => [column.name, operator, ...values.map(String)])
  const text = JSON.stringify([sort, tests.map(test => JSON.stringify(test)).toSorted()])
  return createHash('sha256').update(text).digest('base64url').slice(0, 11)
}

function placeOf(table: Table, order: readonly SortKey[], mark: string, cursor: string): Place {
  const [list, marked, ...keys] = decodeCursor(cursor) ?? []
  const backward = marked === `<${mark}`
  const own = list === table.resource.name && (backward || marked === `>${mark}`)
  const fits =
    keys.length === order.length && order.every(({ column }, i) => couldBe(column, keys[i] ?? null))
  if (!own || !fits) fail('invalid-cursor')
  return { keys: order.map(({ column }, i) => taken(column.native, keys[i] ?? null) ?? null), backward }
}

function couldBe({ type, nullable, native }: TableColumn, key: Value): boolean {
  if (key === null) return nullable
  return (type === 'text') === (typeof key === 'string') && taken(native, key) !== undefined
}

function keyOf(row: Row, { column }: SortKey): string | number | null {
  const value = row[column.name] ?? null
  if (column.native !== undefined && column.type === 'text') return keyText(value) ?? null
  if (typeof value === 'string') return column.time ? storedTimeKey(value) : value
  return value === null ? null : Number(value)
}

interface Listing {
  readonly query: Selection
  readonly filters: readonly Filter[]
  readonly order: readonly SortKey[]
  readonly place: Place | undefined
  readonly mine: readonly Value[]
}

/** Made of fixed parts and `$n` only. The last value, which is yet to be given, is how many rows. */
function listSql(
  table: Table,
  { query, filters, order, place, mine }: Listing,
): { sql: string; values: Value[] } {
  const values: Value[] = []
  const bind = (value: Value): string => `$${values.push(value)}`
  const conditions = mine.map(account => `"${table.resource.owner}" = ${bind(account)}`)
  for (const filter of filters) conditions.push(filterSql(table, filter, bind))
  const backward = place?.backward === true
  const walk = backward ? order.map(key => ({ ...key, descending: !key.descending })) : order
  if (place !== undefined) conditions.push(beyond(walk, place.keys.map(bindable(bind))))
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
  const by = walk.map(wayOf)
  const keys = order.map(({ column }) => column.name)
  return {
    sql: `${selectSql(table, query, keys)}${where} order by ${by.join(', ')} limit $${values.length + 1}`,
    values,
  }
}

/** Rows without a value are the least, whatever the database takes them for. */
function wayOf({ column: { key, nullable }, descending }: SortKey): string {
  const nulls = nullable ? ` nulls ${descending ? 'last' : 'first'}` : ''
  return `${key} ${descending ? 'desc' : 'asc'}${nulls}`
}

/** SQL that stands for a key; undefined where the row has no value, which no comparison finds. */
const bindable =
  (bind: (value: Value) => string) =>
  (key: Value): string | undefined =>
    key === null ? undefined : bind(key)

/** What rows behind a place meet: greater by the first key, or equal and behind by the others. */
function beyond(
  [first, ...rest]: readonly SortKey[],
  [value, ...others]: readonly (string | undefined)[],
): string {
  if (first === undefined) return 'false'
  const { column, descending } = first
  const { key, nullable } = column
  const within = rest.length === 0 ? undefined : beyond(rest, others)
  if (value === undefined) {
    const same = `${key} is null${within === undefined ? '' : ` and ${within}`}`
    return descending ? `(${same})` : `(${key} is not null or ${same})`
  }
  const operator = descending ? '<' : '>'
  const further = `${key} ${operator} ${value}${descending && nullable ? ` or ${key} is null` : ''}`
  if (within === undefined) return `(${further})`
  const either = `(${further} or ${key} = ${value} and ${within})`
  // Says nothing new, but is what an index can be entered by.
  return descending && nullable ? either : `${key} ${operator}= ${value} and ${either}`
}
