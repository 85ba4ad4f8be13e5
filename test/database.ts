import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from './postgres.ts'
import type { Location } from './store-at.ts'

// Tests of what stands above the store run on each: `TEST_STORE=postgres` takes the place of SQLite.

const onPostgres = process.env['TEST_STORE'] === 'postgres'

export interface FreshLocation {
  readonly location: Location
  /** A folder that goes with it. */
  readonly folder: string
  remove(): Promise<void>
}

/** An empty database of the kind that is tested. */
export async function freshLocation(): Promise<FreshLocation> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  const database = onPostgres ? await freshDatabase() : undefined
  return {
    location: database?.url ?? join(folder, 'test.db'),
    folder,
    async remove() {
      await database?.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
