import type { Api } from '../../src/contract/index.ts'
import type { ServeOptions } from '../../src/runtimes/node/index.ts'
import { sqliteLocation } from '../sqlite-location.ts'
import { type Fixture, fixtureAt } from './fixture-at.ts'

export type { Fixture } from './fixture-at.ts'

/**
 * The same as in fixture.ts, for what is decided above the store, whatever that is: on SQLite always. Files that take it from here
 * are not run once more on another store.
 */
export const startFixture = async (api: Api, options: Partial<ServeOptions> = {}): Promise<Fixture> =>
  fixtureAt(await sqliteLocation(), api, options)
