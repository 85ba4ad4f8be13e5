import type { Store } from '../../store/index.ts'
import type { Table } from '../table.ts'
import { checkTable } from '../tables.ts'
import { makeTriggers, unwatched } from './triggers.ts'

/**
 * Looks whether another program has dropped watched tables, and their triggers with them, and makes these anew on the
 * tables that have taken their place.
 *
 * @param failed told of each such table, and once of one that cannot be watched any more.
 */
export function createMender(
  store: Store,
  tables: readonly Table[],
  failed: (error: unknown) => void,
): () => Promise<void> {
  const told = new Set<string>()
  return async () => {
    for (const table of await unwatched(store, tables)) {
      try {
        if (await renew(store, table)) failed(new Error(renewed(table)))
      } catch (error) {
        if (!told.has(String(error))) failed(error)
        told.add(String(error))
      }
    }
  }
}

const renewed = ({ resource }: Table): string =>
  `the table '${resource.table}' was made anew by another program, without its triggers. They are there again; what was changed in between has no event`

/** False where there is no such table (yet). @throws DefinitionError where it does not fit any more. */
async function renew(store: Store, table: Table): Promise<boolean> {
  const columns = await store.columns(table.resource.table)
  if (columns === undefined) return false
  checkTable(table, columns, store.dialect)
  await store.unit(tx => makeTriggers(tx, store, table))
  return true
}
