import type { Column, Reader, Row } from '../port.ts'

/** The columns of a table or view, in order; undefined where there is none of this name. */
export async function readColumns(read: Reader, table: string): Promise<readonly Column[] | undefined> {
  const [columns, unique, kind] = await Promise.all([
    read.all(COLUMNS, table),
    read.all(UNIQUE_COLUMNS, table),
    read.get(KIND, table),
  ])
  if (columns.length === 0) return undefined
  const uniqueNames = new Set(unique.map(row => row['name']))
  const keys = columns.filter(row => Number(row['pk']) > 0)
  const soleKey = keys.length === 1 ? keys[0] : undefined
  const rowid = kind?.['wr'] === 0 && isInteger(soleKey) ? soleKey : undefined
  return columns.map(row => ({
    name: String(row['name']),
    type: String(row['type']),
    nullable: row['notnull'] === 0 && row['pk'] === 0,
    hasDefault: row['dflt_value'] !== null || row['hidden'] !== NOT_HIDDEN || row === rowid,
    generated: row['hidden'] !== NOT_HIDDEN,
    unique: kind?.['type'] === 'view' ? undefined : row === soleKey || uniqueNames.has(String(row['name'])),
  }))
}

/**
 * Exactly `INTEGER`: such a key is the rowid, which SQLite chooses
 * (https://sqlite.org/lang_createtable.html#rowid).
 */
const isInteger = (key: Row | undefined): boolean => String(key?.['type']).toUpperCase() === 'INTEGER'

const NOT_HIDDEN = 0
/** 1 would be a hidden column of a virtual table; 2 and 3 are generated columns. */
const COLUMNS = `select name, type, "notnull", dflt_value, pk, hidden from pragma_table_xinfo($1) where hidden <> 1`
/** A partial index says nothing of the rows it leaves out; an index over an expression has no name here. */
const UNIQUE_COLUMNS = `select max(part.name) as name
  from pragma_index_list($1) as list join pragma_index_info(list.name) as part
  where list."unique" = 1 and list.partial = 0 group by list.name having count(*) = 1`
const KIND = `select type, wr from pragma_table_list($1) where schema = 'main'`
