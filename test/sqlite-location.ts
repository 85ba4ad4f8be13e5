import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../src/store/index.ts'
import { sqlite } from '../src/store/sqlite/index.ts'
import type { Location } from './store-at.ts'

/** A database without anything of an application's. */
export interface FreshLocation extends AsyncDisposable {
  readonly location: Location
  /** A folder that goes with it. */
  readonly folder: string
  remove(): Promise<void>
}

/** One on SQLite, whatever store is tested. */
export async function sqliteLocation(): Promise<FreshLocation> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  return { location: join(folder, 'test.db'), folder, remove, [Symbol.asyncDispose]: remove }
}

let tables: Promise<Uint8Array> | undefined

/**
 * One with Signalbox's own tables and nothing in them, as a start makes them of an empty one. Making them takes a quarter of a start, so
 * they are made once in a process, and copied.
 */
export async function migratedSqlite(): Promise<FreshLocation> {
  const place = await sqliteLocation()
  tables ??= madeTables()
  await writeFile(place.location, await tables)
  return place
}

async function madeTables(): Promise<Uint8Array> {
  await using place = await sqliteLocation()
  const store = await sqlite(place.location)()
  await migrate(store)
  // Brings all of the log into the file.
  await store.close()
  return await readFile(place.location)
}
