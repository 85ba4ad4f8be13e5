import type { OpenStore } from '../port.ts'
import { openStore, type PostgresOptions } from './store.ts'

export type { PostgresOptions } from './store.ts'

/**
 * A store in a PostgreSQL database, from version 14 on: `postgres('postgres://user:password@host/database')`. Signalbox's own
 * tables are in the schema `signalbox`; any number of processes may use it.
 *
 * Opening it throws an Error that names the database and the mend where it cannot be used.
 */
export const postgres =
  (url: string, options: PostgresOptions = {}): OpenStore =>
  () =>
    openStore(url, options)
