import { sha256 } from '../../base/index.ts'
import type { Row, Trigger, Value, Watch, Watching } from '../port.ts'
import { literal, quoted } from '../sql-text.ts'
import { wholeNumber } from '../values.ts'

// A trigger runs with the rights of who made it (SECURITY DEFINER): whoever writes to the table need not know of Signalbox's
// schema. Settings of the writer's session that say how values are written as text are set for its run.

/**
 * Of what a trigger is called on its table. Those of one kind run in the order of their names, and what one of the application's
 * changes must not be filed before what made it run.
 */
const FIRST = '!'

export const watching: Watching = {
  listTriggers: `select ltrim(t.tgname, '${FIRST}') as name, c.relname as "table" from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and pg_table_is_visible(c.oid) order by t.tgname desc`,
  describe: `select attname as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = to_regclass(quote_ident($1)) and attnum > 0 and not attisdropped`,
  triggers(watch, described) {
    const types = new Map(described.map(row => [String(row['name']), String(row['type'])]))
    const body = bodyOf(watch, types)
    const version = sha256(JSON.stringify([watch.table, body]), 'hex').slice(0, 8)
    const name = `signalbox_${cut(watch.name)}_${version}`
    return [{ name, create: creation(name, watch.table, body) }] satisfies Trigger[]
  },
  readRow,
  dropTrigger: (name, table) => `do $do$ begin
    drop trigger if exists ${quoted(FIRST + name)} on ${quoted(table)};
    drop function if exists signalbox.${quoted(name)}();
  end $do$`,
}

/** PostgreSQL cuts names at 63 bytes without a word. The end of a watch's name tells what is filed, and how. */
const cut = (name: string): string => name.slice(-40)

/** A function and its trigger, in one statement. */
const creation = (name: string, table: string, body: string): string => `do $do$ begin
  if not exists (select 1 from pg_trigger where tgname = ${literal(FIRST + name)} and tgrelid = ${literal(quoted(table))}::regclass) then
    execute ${dollars(
      `create or replace function signalbox.${quoted(name)}() returns trigger language plpgsql
      security definer set search_path = pg_catalog, pg_temp set time zone 'UTC' set extra_float_digits = 1 as ${dollars(body, 'body')}`,
      'fn',
    )};
    execute ${dollars(
      `create trigger ${quoted(FIRST + name)} after insert or update or delete on ${quoted(table)}
      for each row execute function signalbox.${quoted(name)}()`,
      'fn',
    )};
  end if;
end $do$`

function bodyOf({ name, columns }: Watch, types: ReadonlyMap<string, string>): string {
  const filed = (row: string): string => rowText(columns, types, row)
  return `
declare was text; is_now text;
begin
  if TG_OP <> 'INSERT' then was := ${filed('OLD')}; end if;
  if TG_OP <> 'DELETE' then is_now := ${filed('NEW')}; end if;
  if was is distinct from is_now then
    insert into signalbox.signalbox_changes (watch, before, data) values (${literal(name)}, was, is_now);
  end if;
  return null;
end `
}

/** A row as the text of a JSON object, whose members are strings: the kind of the value, and the value as text. */
function rowText(columns: readonly string[], types: ReadonlyMap<string, string>, row: string): string {
  const members = columns.map(name => {
    const value = `${row}.${quoted(name)}`
    const cell = `to_json(${cellText(value, types.get(name) ?? 'text')})::text`
    return `${literal(`${JSON.stringify(name)}:`)} || coalesce(${cell}, 'null')`
  })
  return `'{' || array_to_string(array[${members.join(', ')}], ',') || '}'`
}

const INTEGERS: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint'])
const FLOATS: ReadonlySet<string> = new Set(['real', 'double precision'])

/** As `types.ts` reads it. */
function cellText(value: string, type: string): string {
  if (type === 'boolean') return `'i' || ${value}::int::text`
  if (INTEGERS.has(type)) return `'i' || ${value}::text`
  if (FLOATS.has(type)) return `'r' || ${value}::text`
  if (type.startsWith('timestamp with')) {
    return `'t' || regexp_replace(to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '\\.?0+$', '') || 'Z'`
  }
  if (type.endsWith('[]')) return `'t' || array_to_json(${value})::text`
  return `'t' || ${value}::text`
}

function readRow(text: string): Row {
  const cells = JSON.parse(text) as { readonly [column: string]: string | null }
  return Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [name, cell === null ? null : cellValue(cell)]),
  )
}

function cellValue(cell: string): Value {
  const digits = cell.slice(1)
  switch (cell[0]) {
    case 'i':
      return wholeNumber(digits)
    case 'r':
      return Number(digits)
    default:
      return digits
  }
}

/** A text in which nothing needs escaping. Names of tables could hold the tag; what is made of them is not run then. */
function dollars(text: string, tag: string): string {
  if (text.includes(`$${tag}$`)) throw new Error(`a name holds '$${tag}$', which cannot be watched`)
  return `$${tag}$${text}$${tag}$`
}
