import type { Column, Reader } from '../port.ts'
import { quoted } from '../sql-text.ts'

/** The columns of a table or view, in order; undefined where there is none of this name. */
export async function readColumns(read: Reader, table: string): Promise<readonly Column[] | undefined> {
  const rows = await read.all(COLUMNS, quoted(table))
  if (rows.length === 0) return undefined
  return rows.map(row => ({
    name: String(row['name']),
    type: String(row['type']),
    nullable: row['nullable'] === 1,
    hasDefault: row['has_default'] === 1,
    generated: row['generated'] === 1,
    unique: row['of_view'] === 1 ? undefined : row['is_unique'] === 1,
  }))
}

/** As declared, of the column `a` and its type `t`: of a domain what it is made of, and an enum is said to be one. */
const DECLARED_TYPE = `case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod)
    when 'e' then 'enum ' || format_type(t.oid, null) else format_type(a.atttypid, a.atttypmod) end`

/** A partial index says nothing of the rows that it leaves out, and one over an expression nothing of a column. */
const COLUMNS = `select a.attname as name, ${DECLARED_TYPE} as type, not a.attnotnull as nullable,
    a.atthasdef or a.attidentity <> '' as has_default, a.attgenerated <> '' or a.attidentity = 'a' as generated, c.relkind = 'v' as of_view,
    exists (select 1 from pg_index i where i.indrelid = a.attrelid and i.indisunique and i.indisvalid and i.indpred is null
      and i.indnkeyatts = 1 and i.indkey[0] = a.attnum) as is_unique
  from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_class c on c.oid = a.attrelid
  where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`
