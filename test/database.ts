import { type Dialect, migrate, type Store } from '../src/store/index.ts'
import { dialect as postgresDialect } from '../src/store/postgres/dialect.ts'
import { dialect as sqliteDialect } from '../src/store/sqlite/dialect.ts'
import { migratedDatabase } from './postgres.ts'
import { type FreshLocation, sqliteLocation } from './sqlite-location.ts'
import { type Location, storeAt } from './store-at.ts'

// Tests of what stands above the store run on each: `TEST_STORE=postgres` takes the place of SQLite.

export const onPostgres = process.env['TEST_STORE'] === 'postgres'

export const dialect: Dialect = onPostgres ? postgresDialect : sqliteDialect

async function migrated(url: string): Promise<void> {
  const store = await storeAt(url)()
  await migrate(store)
  await store.close()
}

/** A database of the kind that is tested, without anything of an application's. */
export async function freshLocation(): Promise<FreshLocation> {
  const sqlite = await sqliteLocation()
  if (!onPostgres) return sqlite
  const database = await migratedDatabase(migrated)
  const remove = async (): Promise<void> => {
    await database[Symbol.asyncDispose]()
    await sqlite.remove()
  }
  return { location: database.url, folder: sqlite.folder, remove, [Symbol.asyncDispose]: remove }
}

export interface FreshStore extends AsyncDisposable {
  readonly store: Store
  readonly location: Location
}

/** An open store in one. */
export async function freshStore(): Promise<FreshStore> {
  const { location, remove } = await freshLocation()
  const store = await storeAt(location)()
  return {
    store,
    location,
    async [Symbol.asyncDispose]() {
      await store.close()
      await remove()
    },
  }
}
