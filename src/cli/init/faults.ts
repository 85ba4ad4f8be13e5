import { type Catalog, columnOf, type FoundColumn, type FoundTable } from './catalog.ts'
import type { ChosenTable } from './choices.ts'
import type { Chosen } from './chosen.ts'

// A resource needs a column `id` that identifies its rows, and a table with a plain name. What cannot work is told before
// anything is written.

/** What keeps a table from being one of an api, as it was chosen. */
export function faultsOf(catalog: Catalog, { name, columns, owner }: ChosenTable): readonly string[] {
  const table = catalog.tables.find(each => each.name === name)
  if (table === undefined) return [missing(catalog, name)]
  const place = `${table.kind} '${name}'`
  const faults: string[] = []
  if (!PLAIN.test(name)) {
    faults.push(
      `${place}: the name is not plain letters, digits and underscores. Make a view of it: create view ${plainName(name)} as select * from ${quoted(name)}`,
    )
  }
  for (const column of columns) {
    if (columnOf(table, column) === undefined) {
      const has = table.columns.map(each => each.name).join(', ')
      faults.push(`${place}: there is no column '${column}'. It has ${has}`)
    }
  }
  if (owner !== 'shared' && columnOf(table, owner.column) === undefined)
    faults.push(`${place}: there is no column '${owner.column}' that could hold its owner`)
  const fault = idFault(catalog.engine, table)
  return fault === undefined ? faults : [...faults, `${place}: ${fault}`]
}

/** Accounts' ids are text, and so are those that a column can hold by their digits. */
export function ownerFaults(
  engine: Catalog['engine'],
  { choice, table }: Pick<Chosen, 'choice' | 'table'>,
): readonly string[] {
  const column = choice.owner === 'shared' ? undefined : columnOf(table, choice.owner.column)
  if (column === undefined) return []
  const place = `${table.kind} '${table.name}'`
  if (!isKey(engine, column))
    return [
      `${place}: the owner column '${column.name}' is ${column.type}. Ids of accounts are texts, uuids or integers`,
    ]
  if (!PLAIN.test(column.name))
    return [
      `${place}: the name of the owner column '${column.name}' is not plain letters, digits and underscores. Make a view that calls it otherwise`,
    ]
  if (column.name === 'id')
    return [
      `${place}: the id of a row is not its owner. Where each account has one row, make a view with the id twice`,
    ]
  return []
}

function missing({ tables, hidden }: Catalog, name: string): string {
  const elsewhere = hidden.find(each => each === name || each.endsWith(`.${name}`))
  if (elsewhere !== undefined) {
    const schema = elsewhere.slice(0, elsewhere.indexOf('.'))
    return `table '${elsewhere}': its schema is not on the search path, so statements do not find it. Put it there: alter role … set search_path = public, ${schema}`
  }
  const near = tables.filter(each => each.name.toLowerCase() === name.toLowerCase()).map(each => each.name)
  const has = near.length > 0 ? near : tables.slice(0, 40).map(each => each.name)
  const more =
    near.length === 0 && tables.length > has.length ? ` and ${tables.length - has.length} more` : ''
  return `There is no table '${name}'. There ${has.length === 1 ? 'is' : 'are'} ${has.join(', ') || 'none'}${more}`
}

function idFault(engine: Catalog['engine'], table: FoundTable): string | undefined {
  const { primaryKey, unique } = table
  const id = columnOf(table, 'id')
  const view = `create view ${plainName(table.name)}_api as select`
  if (id === undefined) {
    const [only, another] = primaryKey
    const from = `from ${quoted(table.name)}`
    if (only === undefined)
      return `it has no column 'id' and no key. Add one that identifies its rows: alter table ${quoted(table.name)} add column id …`
    if (another === undefined)
      return `its key is '${only}', and that of a resource is called 'id'. Make a view, which can be read: ${view} ${quoted(only)} as id, … ${from}`
    const parts = primaryKey.map(quoted).join(` || '-' || `)
    return `its key is several columns (${primaryKey.join(', ')}), and that of a resource is one, 'id'. Make a view, which can be read: ${view} ${parts} as id, … ${from}`
  }
  if (!isKey(engine, id))
    return `the column 'id' is ${id.type || 'untyped'}. Ids are texts, uuids or integers`
  const alone = primaryKey.length === 1 && primaryKey[0] === 'id'
  if (table.kind === 'table' && !alone && !unique.includes('id'))
    return `the column 'id' does not identify a row by itself${primaryKey.length > 1 ? `: its key is (${primaryKey.join(', ')})` : ''}. Make it unique`
  if (table.kind === 'table' && id.nullable) return `the column 'id' can be null. Make it not null`
  return undefined
}

/** Whether a column can hold ids: those are text to callers. */
export function isKey(engine: Catalog['engine'], { type }: FoundColumn): boolean {
  if (engine === 'postgres')
    return /^(?:text|citext|uuid|smallint|integer|bigint|character varying(?:\(\d+\))?)$/.test(type)
  return /INT|CHAR|CLOB|TEXT/i.test(type)
}

/** Names that resources take as they are. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_]{0,62}$/

const plainName = (name: string): string =>
  name.replaceAll(/[^A-Za-z0-9_]+/g, '_').replace(/^[^A-Za-z]+/, '') || 'rows'
const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
