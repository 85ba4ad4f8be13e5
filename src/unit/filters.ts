import type { Value } from '../store/index.ts'
import { type Table, type TableColumn, taken, timeKey } from './table.ts'

/** One thing that rows must meet: a column, an operator, and the values that the column is compared with. */
export interface Filter {
  readonly column: TableColumn
  readonly operator: Operator
  /** One that no row can have is null. */
  readonly values: readonly Value[]
}

const COMPARISONS = { eq: '=', ne: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

type Comparison = keyof typeof COMPARISONS
type Operator = Comparison | 'in' | 'contains' | 'empty' | 'filled' | 'every'

/** @throws Error for a column that the schema does not name, or an operator that is none. */
export function filtersOf(table: Table, where: object): readonly Filter[] {
  const filters: Filter[] = []
  for (const [name, asked] of Object.entries(where)) {
    if (asked === undefined) continue
    const column = table.columns.find(each => each.name === name)
    if (column === undefined) throw new Error(`'${table.resource.name}' has no column '${name}'`)
    if (asked === null) filters.push({ column, operator: 'empty', values: [] })
    else if (isCondition(asked, column)) {
      for (const [operator, value] of Object.entries(asked))
        if (value !== undefined) filters.push(filterOf(table, column, operator, value))
    } else filters.push(filterOf(table, column, 'eq', asked))
  }
  return filters
}

/** Of a column of JSON an object can be the value that is meant, so there a condition is on lists only. */
const isCondition = (asked: unknown, { type, item }: TableColumn): asked is object =>
  typeof asked === 'object' && !Array.isArray(asked) && (type !== 'json' || item !== undefined)

function filterOf(table: Table, column: TableColumn, operator: string, value: unknown): Filter {
  if (operator === 'null') return { column, operator: value === true ? 'empty' : 'filled', values: [] }
  const { item, type } = column
  if (operator === 'contains' && item !== undefined)
    return { column, operator, values: [table.dialect.encode(value, item)] }
  const encode = (each: unknown): Value => {
    const encoded = table.dialect.encode(each, type)
    if (column.time && typeof encoded === 'string') return timeKey(encoded)
    return column.native?.cast === undefined ? (taken(column.native, encoded) ?? null) : encoded
  }
  if (operator === 'in')
    return { column, operator, values: padded((value as readonly unknown[]).map(encode)) }
  if (!(operator in COMPARISONS))
    throw new Error(`'${column.name}' of '${table.resource.name}' cannot be compared by '${operator}'`)
  const encoded = encode(value)
  // What no row can be, all are not.
  if (operator === 'ne' && encoded === null) return { column, operator: 'every', values: [] }
  return { column, operator: operator as Comparison, values: [encoded] }
}

/** Repeats the last value up to a power of two, so that lists of many lengths are few statements. */
export function padded(values: readonly Value[]): readonly Value[] {
  const length = 2 ** Math.ceil(Math.log2(Math.max(1, values.length)))
  return Array.from({ length }, (_, i) => values[Math.min(i, values.length - 1)] ?? null)
}

/** The filter as SQL. `bind` takes a value, and gives what stands for it. */
export function filterSql({ dialect }: Table, filter: Filter, bind: (value: Value) => string): string {
  const { column, operator, values } = filter
  const { key } = column
  const bound = values.map(value => bind(value) + (column.native?.cast ?? ''))
  const [value = 'null'] = bound
  switch (operator) {
    case 'empty':
      return `${key} is null`
    case 'every':
      return 'true'
    case 'filled':
      return `${key} is not null`
    case 'contains':
      return column.native?.contains?.(key, value) ?? dialect.contains(key, value, column.item ?? 'text')
    case 'in':
      return `${key} in (${bound.join(', ')})`
    case 'ne':
      return column.nullable ? `(${key} <> ${value} or ${key} is null)` : `${key} <> ${value}`
    default:
      return `${key} ${COMPARISONS[operator]} ${value}`
  }
}
