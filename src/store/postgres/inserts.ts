import { type Insert, insertInto } from '../insert.ts'
import type { Value } from '../port.ts'
import { quoted } from '../sql-text.ts'
import type { Result } from './connection.ts'
import { textArray } from './text-array.ts'

// Rows that several units add to one table are written by one statement, which takes the values of each column as an array: that
// costs both ends less than half of as many statements. What they are converted to is asked of the server, which has
// found it out for the statement that adds one row.

export type Ask = (text: string, values: readonly Value[]) => Promise<Result>

/** How a store adds many rows at once: found out with the first of their kind, and known for as long as it is open. */
export interface Inserts {
  /** Sends the statements that add these rows. @param ask sees to what fails. */
  send(insert: Insert, rows: readonly (readonly Value[])[], ask: Ask): void
}

/**
 * The types of the values that a statement takes. None where a trigger of somebody's could see rows of later units, or where the
 * statement was not prepared.
 */
const ABOUT = `select array(
    select pg_catalog.format_type(type, -1) from unnest(p.parameter_types) with ordinality as t (type, n) order by n
  ) as types
  from pg_catalog.pg_prepared_statements as p where p.statement = $1 and not exists (
    select from pg_catalog.pg_trigger where tgrelid = pg_catalog.to_regclass($2) and not tgisinternal
  ) limit 1`

export function createInserts(): Inserts {
  /** The statement for many rows; undefined where there is to be none. */
  const known = new WeakMap<Insert, string | undefined>()

  async function learn(insert: Insert, ask: Ask): Promise<void> {
    const [row] = (await ask(ABOUT, [insert.one, quoted(insert.table)])).rows
    known.set(
      insert,
      row === undefined ? undefined : manyOf(insert, JSON.parse(String(row['types'])) as string[]),
    )
  }
  return {
    send(insert, rows, ask) {
      const many = known.get(insert)
      if (many !== undefined && rows.length > 1) {
        const columns = insert.columns.map((_, i) => textArray(rows.map(row => row[i] ?? null)))
        void ask(many, columns)
        return
      }
      for (const row of rows) void ask(insert.one, row)
      // Where it fails, the next that comes asks again.
      if (!known.has(insert)) learn(insert, ask).catch(() => undefined)
    },
  }
}

/** @param types of the columns. */
function manyOf(insert: Insert, types: readonly string[]): string {
  const added = (column: string): string => `added.${quoted(column)}`
  const values = insert.columns.map((column, i) => `${added(column)}::${types[i]}`)
  const computed = Object.values(insert.computed).map(compute => compute(added))
  const arrays = insert.columns.map((_, i) => `$${i + 1}::text[]`)
  return `${insertInto(insert)} select ${[...values, ...computed].join(', ')}
    from unnest(${arrays.join(', ')}) as added (${insert.columns.map(quoted).join(', ')})`
}
