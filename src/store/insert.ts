import { quoted } from './sql-text.ts'

/** Rows of one table that are added alike: made once, and given with the values of each row. */
export interface Insert {
  readonly table: string
  /** What a row is given values for, in their order. */
  readonly columns: readonly string[]
  /** Columns whose values follow from those. */
  readonly computed: { readonly [column: string]: Compute }
  /** The statement that adds one row. */
  readonly one: string
}

/** SQL that makes a value of others of its row. `value` answers what stands for that of a column. */
export type Compute = (value: (column: string) => string) => string

export function createInsert(
  table: string,
  columns: readonly string[],
  computed: Insert['computed'] = {},
): Insert {
  const place = (column: string): string => `$${columns.indexOf(column) + 1}`
  const values = [...columns.map(place), ...Object.values(computed).map(compute => compute(place))]
  return {
    table,
    columns,
    computed,
    one: `${insertInto({ table, columns, computed })} values (${values.join(', ')})`,
  }
}

/** What an insert begins with: the table, and all columns that are written. */
export const insertInto = ({ table, columns, computed }: Omit<Insert, 'one'>): string =>
  `insert into ${quoted(table)} (${[...columns, ...Object.keys(computed)].map(quoted).join(', ')})`
