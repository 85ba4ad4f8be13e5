import { resolve } from 'node:path'
import type { OpenStore } from '../port.ts'
import { openStore, type SqliteOptions } from './store.ts'

export type { SqliteOptions } from './store.ts'

/**
 * A store in one SQLite file, made with its folder where it is missing. Other processes may use the file at
 * the same time.
 *
 * Opening it throws an Error that names the file and the mend where it cannot be used.
 */
export function sqlite(file: string, options: SqliteOptions = {}): OpenStore {
  if (file === '' || file === ':memory:') {
    throw new Error(
      `sqlite('${file}') would lose everything with the process. Name a file; in tests one in a temporary folder`,
    )
  }
  return () => openStore(resolve(file), options)
}
