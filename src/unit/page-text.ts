import type { Reader, Row, Value } from '../store/index.ts'

/**
 * The text in the rows of a page, in characters, as the store has it: a page ends early where its next row would go beyond.
 * One row it has, however long. To read, hold and write a page takes time and memory for its text, however few its rows are.
 */
export const PAGE_TEXT = 2 ** 20

/** What is no text is short. */
const SHORT = 8

/** Characters of a row. */
export function textOf(row: Row): number {
  let length = 0
  for (const name in row) {
    const value = row[name]
    length += typeof value === 'string' ? value.length : SHORT
  }
  return length
}

/** The first rows that a page has room for, and whether there is another behind them. `sql` asks for one more than `most`. */
export async function readPage(
  reader: Reader,
  most: number,
  sql: string,
  values: readonly Value[],
): Promise<{ readonly rows: readonly Row[]; readonly more: boolean }> {
  let length = 0
  let fits = 0
  const read = await reader.until(
    row => {
      length += textOf(row)
      if (fits > 0 && length > PAGE_TEXT) return true
      fits++
      return false
    },
    sql,
    ...values,
  )
  const rows = read.slice(0, Math.min(fits, most))
  return { rows, more: read.length > rows.length }
}
