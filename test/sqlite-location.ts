import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
