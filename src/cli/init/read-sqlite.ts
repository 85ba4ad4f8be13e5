import { DatabaseSync } from 'node:sqlite'
import type { Catalog, FoundColumn, FoundTable } from './catalog.ts'
import { readCheck } from './checks.ts'

type Row = { readonly [name: string]: string | number | null }

/** Five queries, whatever the number of tables. @throws Error of SQLite. */
export function readSqlite(file: string): Catalog {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const all = (sql: string): ReadonlyMap<string, readonly Row[]> =>
      Map.groupBy(db.prepare(sql).all() as Row[], row => String(row['of']))
    const [columns, indexes, references] = [all(COLUMNS), all(INDEXES), all(REFERENCES)]
    const tables = db.prepare(TABLES).all() as Row[]
    return {
      engine: 'sqlite',
      hidden: [],
      tables: tables.map(row => {
        const name = String(row['name'])
        return tableOf(row, columns.get(name) ?? [], indexes.get(name) ?? [], references.get(name) ?? [])
      }),
    }
  } finally {
    db.close()
  }
}

function tableOf(
  row: Row,
  columns: readonly Row[],
  indexes: readonly Row[],
  references: readonly Row[],
): FoundTable {
  const sql = String(row['sql'] ?? '')
  const checks = [...sql.matchAll(CHECK)].flatMap(([, check = '']) => readCheck(check) ?? [])
  const keys = columns.filter(column => Number(column['pk']) > 0)
  const primaryKey = keys.toSorted((a, b) => Number(a['pk']) - Number(b['pk'])).map(nameOf)
  const byIndex = Map.groupBy(indexes, index => String(index['index']))
  const whole = [...byIndex.values()].filter(parts => parts[0]?.['partial'] === 0)
  return {
    name: nameOf(row),
    kind: row['type'] === 'view' ? 'view' : 'table',
    comment: undefined,
    columns: columns.map((column): FoundColumn => {
      const name = nameOf(column)
      const checked = checks.filter(check => check.column.toLowerCase() === name.toLowerCase())
      return {
        name,
        type: String(column['type']),
        nullable: column['notnull'] === 0 && column['pk'] === 0,
        default: column['default'] === null ? undefined : String(column['default']),
        generated: Number(column['hidden']) > 0,
        values: checked.find(({ values }) => values !== undefined)?.values,
        minimum: checked.find(({ minimum }) => minimum !== undefined)?.minimum,
        comment: undefined,
      }
    }),
    primaryKey,
    unique: [
      ...(primaryKey.length === 1 ? primaryKey : []),
      ...whole
        .filter(parts => parts.length === 1 && parts[0]?.['unique'] === 1)
        .flatMap(parts => columnsIn(parts)),
    ],
    indexed: [
      ...new Set([...primaryKey.slice(0, 2), ...whole.flatMap(parts => columnsIn(parts).slice(0, 2))]),
    ],
    references: [...Map.groupBy(references, reference => reference['id']).values()].flatMap(parts => {
      const [only, another] = parts
      if (only === undefined || another !== undefined) return []
      // Without a column it is the primary key that is meant.
      return [
        { column: String(only['from']), table: String(only['table']), target: String(only['to'] ?? 'id') },
      ]
    }),
  }
}

const nameOf = (row: Row): string => String(row['name'])
const columnsIn = (parts: readonly Row[]): readonly string[] =>
  parts.flatMap(part => (part['column'] === null ? [] : [String(part['column'])]))

/** The checks in the text of a table that hold no parentheses but those of a list. */
const CHECK = /\bcheck\s*(\((?:[^()']|'(?:[^']|'')*'|\((?:[^()']|'(?:[^']|'')*')*\))*\))/gi

const TABLES = `select l.name, l.type, s.sql from pragma_table_list l join sqlite_schema s on s.name = l.name
  where l.schema = 'main' and l.type in ('table', 'view') and l.name not like 'sqlite\\_%' escape '\\'
    and l.name not like 'signalbox\\_%' escape '\\' order by l.name`
/** Hidden columns of virtual tables are none. */
const COLUMNS = `select s.name as of, c.name, c.type, c."notnull", c.dflt_value as "default", c.pk, c.hidden
  from sqlite_schema s join pragma_table_xinfo(s.name) c
  where s.type in ('table', 'view') and c.hidden <> 1 order by s.name, c.cid`
const INDEXES = `select s.name as of, l.name as "index", l."unique", l.partial, i.name as "column"
  from sqlite_schema s join pragma_index_list(s.name) l join pragma_index_info(l.name) i
  where s.type = 'table' order by s.name, l.seq, i.seqno`
const REFERENCES = `select s.name as of, k.id, k."table", k."from", k."to"
  from sqlite_schema s join pragma_foreign_key_list(s.name) k where s.type = 'table' order by s.name, k.id, k.seq`
