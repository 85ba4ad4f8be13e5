import type { Column, Reader } from '../port.ts'

/** The columns of a table or view, in order; undefined where there is none of this name. */
export async function readColumns(read: Reader, table: string): Promise<readonly Column[] | undefined> {
  const rows = await read.all(COLUMNS, `"${table.replaceAll('"', '""')}"`)
  if (rows.length === 0) return undefined
  return rows.map(row => ({
    name: String(row['name']),
    type: String(row['type']),
    nullable: row['nullable'] === 1,
    hasDefault: row['has_default'] === 1,
    unique: row['is_unique'] === 1,
  }))
}

/** A partial index says nothing of the rows that it leaves out, and one over an expression nothing of a column. */
const COLUMNS = `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
    a.atthasdef or a.attidentity <> '' as has_default,
    exists (select 1 from pg_index i where i.indrelid = a.attrelid and i.indisunique and i.indisvalid and i.indpred is null
      and i.indnkeyatts = 1 and i.indkey[0] = a.attnum) as is_unique
  from pg_attribute a where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`
