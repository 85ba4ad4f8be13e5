import type { Reader, Store, Trigger, Tx } from '../../store/index.ts'
import type { Table } from '../table.ts'
import { watchedResource } from './name.ts'

/** A trigger that there is. Names of tables are compared in lower case. */
interface Standing {
  readonly name: string
  readonly table: string
}

interface Wanted extends Trigger {
  readonly table: string
}

/**
 * Makes the triggers of watched tables, and takes away those that this definition does not ask for. What an earlier one
 * has filed is adopted, or dropped where it is no longer asked for.
 */
export async function prepareWatches(store: Store, tables: readonly Table[]): Promise<void> {
  const { watching } = store.dialect
  await store.unit(async tx => {
    const standing = await listTriggers(tx, store)
    const wanted = (await Promise.all(tables.map(table => triggersOf(tx, store, table)))).flat()
    const kept = keptOf(standing, wanted)
    for (const { name, table } of standing) {
      if (isOurs(name) && !kept.has(name)) await tx.run(watching.dropTrigger(name, table))
    }
    for (const { create } of wanted) await tx.run(create)
    await adoptChanges(tx, tables)
  })
}

/** Makes the triggers of one table anew. Earlier ones may be elsewhere now, with a table that was renamed. */
export async function makeTriggers(tx: Tx, store: Store, table: Table): Promise<void> {
  const earlier = `signalbox_${table.watch?.name}_`
  for (const { name, table: on } of await listTriggers(tx, store)) {
    if (name.startsWith(earlier)) await tx.run(store.dialect.watching.dropTrigger(name, on))
  }
  for (const { create } of await triggersOf(tx, store, table)) await tx.run(create)
}

/** The watched tables that have no trigger of any version. */
export async function unwatched(store: Store, tables: readonly Table[]): Promise<readonly Table[]> {
  const standing = await listTriggers(store.peek, store)
  const watched = new Set(standing.filter(({ name }) => isOurs(name)).map(({ table }) => table))
  return tables.filter(({ watch }) => watch !== undefined && !watched.has(watch.table.toLowerCase()))
}

async function triggersOf(tx: Tx, store: Store, { watch }: Table): Promise<readonly Wanted[]> {
  if (watch === undefined) return []
  const { describe, triggers } = store.dialect.watching
  const table = watch.table.toLowerCase()
  return triggers(watch, await tx.all(describe, watch.table)).map(trigger => ({ ...trigger, table }))
}

async function listTriggers(read: Reader, { dialect }: Store): Promise<readonly Standing[]> {
  const rows = await read.all(dialect.watching.listTriggers)
  return rows.map(row => ({ name: String(row['name']), table: String(row['table']).toLowerCase() }))
}

/**
 * Those that are as they should be. Where the application has made a trigger later, it runs before ours, and what it
 * changes would be filed before what made it run: so ours are made again.
 */
function keptOf(standing: readonly Standing[], wanted: readonly Wanted[]): ReadonlySet<string> {
  const tables = new Map(wanted.map(({ name, table }) => [name, table]))
  const lastOther = new Map(standing.flatMap(({ name, table }, i) => (isOurs(name) ? [] : [[table, i]])))
  const kept = standing.filter(
    ({ name, table }, i) => tables.get(name) === table && i > (lastOther.get(table) ?? -1),
  )
  return new Set(kept.map(({ name }) => name))
}

async function adoptChanges(tx: Tx, tables: readonly Table[]): Promise<void> {
  const names = new Map(tables.flatMap(({ watch, resource }) => (watch ? [[resource.name, watch.name]] : [])))
  for (const { watch } of await tx.all('select distinct watch from signalbox_changes')) {
    const name = names.get(watchedResource(String(watch)))
    if (name === undefined) await tx.run('delete from signalbox_changes where watch = $1', String(watch))
    else if (name !== watch) {
      await tx.run('update signalbox_changes set watch = $1 where watch = $2', name, String(watch))
    }
  }
  // Of statements that have long ended.
  await tx.run('delete from signalbox_replaced')
}

const isOurs = (trigger: string): boolean => trigger.startsWith('signalbox_')
