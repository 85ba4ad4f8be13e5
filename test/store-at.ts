import type { Clock } from '../src/base/index.ts'
import type { OpenStore } from '../src/store/index.ts'
import { postgres } from '../src/store/postgres/index.ts'
import { sqlite } from '../src/store/sqlite/index.ts'

/** Where a database is: the path of a file, or an address that begins with `postgres:`. */
export type Location = string

interface StoreAtOptions {
  readonly clock?: Clock
  /** How long a unit waits for a lock. */
  readonly patienceMs?: number
}

export const isPostgres = (location: Location): boolean => location.startsWith('postgres:')

export const storeAt = (location: Location, options: StoreAtOptions = {}): OpenStore =>
  isPostgres(location) ? postgres(location, options) : sqlite(location, options)
