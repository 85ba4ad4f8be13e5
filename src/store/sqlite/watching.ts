import { sha256 } from '../../base/index.ts'
import type { Row, Trigger, Value, Watch, Watching } from '../port.ts'
import { literal, quoted } from '../sql-text.ts'
import { wholeNumber } from '../values.ts'

// Triggers run in the SQLite of whoever writes. One that fails makes the other program's statement fail, so they use core
// functions only. Those for JSON are an error where the program has set trusted_schema off (seen in 3.40), and for a BLOB.
//
// REPLACE takes rows away without firing their delete triggers, unless the writer has recursive_triggers on
// (https://sqlite.org/lang_conflict.html). So what a statement may replace is set aside before it runs, and filed
// once it is seen to be gone.

export const watching: Watching = {
  // In the order of this list, the one made last fires first.
  listTriggers: `select name, tbl_name as "table" from sqlite_schema where type = 'trigger' order by rowid`,
  // The unique indexes. An INTEGER PRIMARY KEY has none. What a partial one holds is not known here.
  describe: `select list.name as key, part.name as "column", part.coll as collation
    from pragma_index_list($1) as list join pragma_index_xinfo(list.name) as part
    where list."unique" = 1 and list.partial = 0 and part.key = 1
    union all
    select '', name, 'BINARY' from pragma_table_xinfo($1)
    where pk > 0 and not exists (select 1 from pragma_index_list($1) where origin = 'pk')`,
  triggers(watch, described) {
    const bodies = Object.entries(bodiesOf(watch, keysOf(described)))
    const version = sha256(JSON.stringify(bodies), 'hex').slice(0, 8)
    return bodies.map(([what, body]): Trigger => {
      const name = `signalbox_${watch.name}_${version}_${what}`
      return { name, create: `create trigger if not exists "${name}" ${body}` }
    })
  },
  readRow,
  dropTrigger: name => `drop trigger if exists "${name}"`,
}

interface KeyPart {
  readonly column: string
  readonly collation: string
}

type Key = readonly KeyPart[]

/** An index over an expression has no name for its column, and is left out. */
function keysOf(described: readonly Row[]): readonly Key[] {
  const keys = Map.groupBy(described, row => row['key'])
  return [...keys.values()]
    .filter(parts => parts.every(part => part['column'] !== null))
    .map(parts =>
      parts.map(part => ({ column: String(part['column']), collation: String(part['collation']) })),
    )
}

function bodiesOf(
  { name, table, columns }: Watch,
  keys: readonly Key[],
): { readonly [what: string]: string } {
  const on = `on ${quoted(table)}`
  const mine = `watch = '${name}'`
  const file = `insert into signalbox_changes (watch, before, data)`
  const parts = [...new Set(keys.flat().map(part => part.column))].map(quoted)
  // A select for each key: SQLite scans the table for some conditions that are joined by `or`.
  const rivals = keys.map(key => `select "id" from ${quoted(table)} where ${conflict(key)}`)
  const exist = (more: string): string => rivals.map(rival => `exists (${rival}${more})`).join(' or ')
  const shown = columns.map(quoted)
  const changes = shown.map(column => `old.${column} is not new.${column} collate binary`)
  const setAside = (more: string): string => `
    delete from signalbox_replaced where ${mine};
    insert into signalbox_replaced (watch, id, before)
      select '${name}', "id", ${filed(columns, quoted(table))} from ${quoted(table)}
      where "id" in (${rivals.join(' union ')})${more};`
  const fileReplaced = (rows: string): string => `${file}
      select watch, before, null from signalbox_replaced where ${mine} and ${rows};`
  const forget = (rows: string): string => `delete from signalbox_replaced where ${mine}${rows};`
  const gone = `not exists (select 1 from ${quoted(table)} as still where still."id" = signalbox_replaced.id collate binary)`
  const another = ` and "id" is not old."id" collate binary`
  return {
    replacing: `before insert ${on}
  when ${exist('')}
  begin${setAside('')}
  end`,
    insert: `after insert ${on}
  begin
    ${fileReplaced(`id is not new."id" collate binary and ${gone}`)}
    ${file} values ('${name}',
      (select before from signalbox_replaced where ${mine} and id = new."id" collate binary), ${filed(columns, 'new')});
    ${forget('')}
  end`,
    moving: `before update of ${parts.join(', ')} ${on}
  when ${exist(another)}
  begin${setAside(another)}
  end`,
    update: `after update ${on}
  when ${chain(changes, ' or ')} or exists (select 1 from signalbox_replaced where ${mine})
  begin
    ${fileReplaced(`id is not old."id" collate binary and (id = new."id" collate binary or ${gone})`)}
    ${file} values ('${name}', ${filed(columns, 'old')}, ${filed(columns, 'new')});
    ${forget('')}
  end`,
    delete: `after delete ${on}
  begin
    ${forget(` and id = old."id" collate binary`)}
    ${file} values ('${name}', ${filed(columns, 'old')}, null);
  end`,
  }
}

/** Rows that cannot stay beside the new one. */
const conflict = (key: Key): string =>
  `(${key.map(({ column, collation }) => `${quoted(column)} = new.${quoted(column)} collate ${quoted(collation)}`).join(' and ')})`

/** SQLite's own limit for a row is a billion bytes, and a change holds two rows, in hexadecimal. */
const MAX_BYTES = 2 ** 24

/** Members of a chain, whose depth SQLite limits to a thousand. */
const CHAIN = 100

/**
 * A row as the text of a JSON object, whose members are strings that need no escaping: the kind of the value, and its
 * digits. What is too large is an empty BLOB, which no schema allows.
 */
function filed(columns: readonly string[], row: string): string {
  const members = columns.map((name, i) => {
    const value = `${row}.${quoted(name)}`
    return `${literal(`${i === 0 ? '' : ','}${JSON.stringify(name)}:"`)} || case typeof(${value})
        when 'text' then case when length(cast(${value} as blob)) > ${MAX_BYTES} then 'b' else 't' || hex(${value}) end
        when 'integer' then 'i' || ${value}
        when 'real' then 'r' || quote(${value})
        when 'blob' then case when length(${value}) > ${MAX_BYTES} then 'b' else 'b' || hex(${value}) end
        else 'n' end || '"'`
  })
  return `'{' || ${chain(members, ' || ')} || '}'`
}

function readRow(text: string): Row {
  const cells = JSON.parse(text) as { readonly [column: string]: string }
  return Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [name, cellValue(cell[0], cell.slice(1))]),
  )
}

function cellValue(kind: string | undefined, digits: string): Value {
  switch (kind) {
    case 't':
      return Buffer.from(digits, 'hex').toString()
    case 'i':
      return wholeNumber(digits)
    case 'r':
      // Infinity is 9.0e+999; 3.40 says Inf.
      return Number(digits.replace('Inf', 'Infinity'))
    case 'b':
      return Buffer.from(digits, 'hex')
    default:
      return null
  }
}

function chain(members: readonly string[], operator: string): string {
  const links: string[] = []
  for (let i = 0; i < members.length; i += CHAIN) {
    links.push(`(${members.slice(i, i + CHAIN).join(operator)})`)
  }
  return links.join(operator)
}
