import type { OpenStore } from '../src/store/index.ts'
import { postgres } from '../src/store/postgres/index.ts'
import { sqlite } from '../src/store/sqlite/index.ts'

/** Where a database is: the path of a file, or an address that begins with `postgres:`. */
export type Location = string

export const storeAt = (location: Location): OpenStore =>
  location.startsWith('postgres:') ? postgres(location) : sqlite(location)
