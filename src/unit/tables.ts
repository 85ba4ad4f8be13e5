import { DefinitionError, type Resource } from '../contract/index.ts'
import { type Column, type Dialect, quoted, type Store } from '../store/index.ts'
import type { Table } from './table.ts'
import { prepareWatches } from './watch/triggers.ts'

/** The columns of those tables that are there, by their names. */
export async function existingTables(
  store: Store,
  resources: readonly Resource[],
): Promise<ReadonlyMap<string, readonly Column[]>> {
  const found = await Promise.all(
    resources.map(async ({ table }) => [table, await store.columns(table)] as const),
  )
  return new Map(found.flatMap(([table, columns]) => (columns === undefined ? [] : [[table, columns]])))
}

/**
 * Makes every resource's table ready: created where it is missing, otherwise held against the schema, and watched where
 * its resource says so.
 *
 * @param existing the columns of those that are known to be there.
 * @throws DefinitionError that names the table, the column and the mend.
 */
export async function prepareTables(
  store: Store,
  tables: Iterable<Table>,
  existing: ReadonlyMap<string, readonly Column[]>,
): Promise<void> {
  const all = [...tables]
  for (const table of all) {
    const name = table.resource.table
    const columns = existing.get(name) ?? (await store.columns(name))
    if (columns === undefined) await createTable(store, table)
    else checkTable(table, columns, store.dialect)
  }
  await prepareWatches(store, all)
}

/** The statements that make a table, whose constraints prove what its columns hold. */
function creation(table: Table, dialect: Dialect): readonly string[] {
  const { resource, columns } = table
  const name = `"${resource.table}"`
  const owned = resource.owner !== 'shared'
  const lines = columns.map(({ name, type, nullable }) =>
    name === 'id'
      ? `${dialect.declare(name, type, false)} primary key`
      : dialect.declare(name, type, nullable),
  )
  if (owned) lines.push(dialect.declare(resource.owner, 'text', false))
  const create = `create table if not exists ${name} (\n  ${lines.join(',\n  ')}\n)${dialect.tableOptions}`
  const index = `create index if not exists "${resource.table}_${resource.owner}" on ${name} ("${resource.owner}", "id")`
  return [create, ...(owned ? [index] : []), ...listIndexes(table, dialect), ...referenceIndexes(table)]
}

/** One for each column that lists are filtered or sorted by, in the order in which they are walked. What a list contains has none. */
function listIndexes({ resource, columns }: Table, { nullsFirst }: Dialect): readonly string[] {
  const owner = resource.owner === 'shared' ? '' : `"${resource.owner}", `
  const listed = new Set([...resource.filter, ...resource.sort])
  return columns
    .filter(({ name, item }) => name !== 'id' && listed.has(name) && item === undefined)
    .map(({ name, key, nullable }) => {
      const by = `${key}${nullable ? nullsFirst : ''}`
      const index = quoted(`${resource.table}_by_${name}`)
      return `create index if not exists ${index} on "${resource.table}" (${owner}${by}, "id")`
    })
}

/** For what is asked when a shared row is deleted: whether a row of any account refers to it. */
const referenceIndexes = ({ resource }: Table): readonly string[] =>
  Object.values(resource.relations)
    .filter(({ to }) => to.owner === 'shared' && resource.owner !== 'shared')
    .map(({ by }) => {
      const index = quoted(`${resource.table}_referring_by_${by}`)
      return `create index if not exists ${index} on "${resource.table}" (${quoted(by)})`
    })

async function createTable(store: Store, table: Table): Promise<void> {
  await store.unit(async tx => {
    for (const statement of creation(table, store.dialect)) await tx.run(statement)
  })
}

/** @throws DefinitionError for the first thing that would fail or lose something later. */
export function checkTable(table: Table, existing: readonly Column[], dialect: Dialect): void {
  const { resource } = table
  const place = `resource '${resource.name}', table '${resource.table}'`
  const found = new Map(existing.map(column => [column.name, column]))
  for (const { name, type, nullable } of table.columns) {
    const column = found.get(name)
    if (column === undefined) {
      const has = existing.map(c => c.name).join(', ')
      throw new DefinitionError(
        place,
        `there is no column '${name}' (it has ${has})`,
        `Run: alter table "${resource.table}" add column ${dialect.declare(name, type, true)}`,
      )
    }
    if (!dialect.holds(column.type, type)) {
      throw new DefinitionError(
        place,
        `the column '${name}' is ${column.type || 'untyped'}, and the schema says ${type}`,
        'Change one to match the other',
      )
    }
    if (nullable && !column.nullable && !column.hasDefault) {
      throw new DefinitionError(
        place,
        `the column '${name}' is never null, but the schema lets it be absent`,
        `Make '${name}' required, or the column nullable`,
      )
    }
  }
  if (resource.owner !== 'shared' && !found.has(resource.owner)) {
    throw new DefinitionError(
      place,
      `there is no owner column '${resource.owner}'`,
      "Name the column that holds the account's id, or set owner: 'shared'",
    )
  }
  const owner = found.get(resource.owner)
  if (owner !== undefined && !dialect.holds(owner.type, 'text')) {
    throw new DefinitionError(
      place,
      `the owner column '${resource.owner}' is ${owner.type || 'untyped'}, and accounts' ids are text`,
      "Make it a text column, and give accounts your own ids: accounts.create('name', 'your id')",
    )
  }
  if (found.get('id')?.unique === false) {
    throw new DefinitionError(place, "the column 'id' is not unique", "Make it the table's primary key")
  }
  if (table.makesIds && found.get('id')?.hasDefault === false && resource.methods.includes('create')) {
    throw new DefinitionError(
      place,
      `the column 'id' is ${found.get('id')?.type}, and has no default that makes one`,
      "Give it a default, or leave 'create' out of methods",
    )
  }
  const known = new Set([...table.columns.map(c => c.name), resource.owner])
  const unfilled = existing.find(c => !known.has(c.name) && !c.nullable && !c.hasDefault)
  if (unfilled !== undefined && resource.methods.includes('create')) {
    throw new DefinitionError(
      place,
      `the column '${unfilled.name}' must have a value, and the schema does not give it one`,
      `Add '${unfilled.name}' to the schema, give the column a default, or leave 'create' out of methods`,
    )
  }
}
