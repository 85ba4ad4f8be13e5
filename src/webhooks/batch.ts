import { later } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'
import type { Tx, Value } from '../store/index.ts'

// One statement for many rows: what a statement costs by itself is then paid once. A text is prepared once for each size, and
// what is left of the last is filled with nulls, which no condition meets.

/** Few, so that few texts are prepared. */
const SIZES = [1, 4, 16, 64]

/** A row that a statement returned. */
export interface Found {
  readonly [column: string]: unknown
}

type ColumnType = 'text' | 'bigint' | 'double precision'

/** The rows as `(values …) as given`, whose columns are `column1`, `column2` … in every store. */
function given(types: readonly ColumnType[], rows: number): string {
  const row = (first: number): string =>
    // The first row tells the types of the columns.
    `(${types.map((type, i) => (first === 0 ? `cast($${i + 1} as ${type})` : `$${first + i + 1}`)).join(', ')})`
  return `(values ${Array.from({ length: rows }, (_, i) => row(i * types.length)).join(', ')}) as given`
}

/** Where `concurrent` is missing it is false. */
export type RowsSql = Pick<Sql, 'all'> & Partial<Pick<Tx, 'concurrent'>>

/**
 * That the first column of a key is that of a given row, as SQL; on PostgreSQL so that nothing but the key's index leads from the one to the
 * other. It keeps a plan, and of a queue that was empty when its rows were counted last that is to walk all of it for any of the given
 * rows. By this operator tables cannot be merged or hashed, so that no order of theirs is of any use.
 */
export const isKey = (column: string, concurrent: boolean): string =>
  concurrent ? `${column} = any(array[given.column1])` : `${column} = given.column1`

/**
 * A statement over rows of values.
 *
 * @param types of a row's columns. The first is never null.
 * @param write the statement around `(values …) as given`. It must do nothing for a row whose first column is null. `concurrent`: as of
 * a `Tx`.
 */
export function overRows(
  types: readonly ColumnType[],
  write: (given: string, concurrent: boolean) => string,
) {
  const textsOf = (concurrent: boolean) =>
    new Map(SIZES.map(size => [size, write(given(types, size), concurrent)]))
  const texts = { alone: later(() => textsOf(false)), concurrent: later(() => textsOf(true)) }
  /** Answers what the statement returns, of all rows. */
  return async (sql: RowsSql, rows: readonly (readonly Value[])[]): Promise<readonly Found[]> => {
    if (rows.length === 0) return []
    const bySize = texts[sql.concurrent === true ? 'concurrent' : 'alone']()
    // None waits for the answer to the one before.
    const parts = [...partsOf(rows)].map(({ size, values }) => sql.all(bySize.get(size) ?? '', ...values))
    return (await Promise.all(parts)).flat()
  }

  function* partsOf(rows: readonly (readonly Value[])[]) {
    const most = SIZES.at(-1) ?? 1
    for (let at = 0; at < rows.length; at += most) {
      const part = rows.slice(at, at + most)
      const size = SIZES.find(each => each >= part.length) ?? most
      const values = part.flat()
      while (values.length < size * types.length) values.push(null)
      yield { size, values }
    }
  }
}
