import type { Sql } from '../contract/index.ts'
import type { Value } from '../store/index.ts'

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

/**
 * A statement over rows of values.
 *
 * @param types of a row's columns. The first is never null.
 * @param write the statement around `(values …) as given`. It must do nothing for a row whose first column is null.
 */
export function overRows(types: readonly ColumnType[], write: (given: string) => string) {
  const texts = new Map(SIZES.map(size => [size, write(given(types, size))]))
  /** Answers what the statement returns, of all rows. */
  return async (sql: Pick<Sql, 'all'>, rows: readonly (readonly Value[])[]): Promise<readonly Found[]> => {
    // None waits for the answer to the one before.
    const parts = [...partsOf(rows)].map(({ size, values }) => sql.all(texts.get(size) ?? '', ...values))
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
