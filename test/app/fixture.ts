import type { Api } from '../../src/contract/index.ts'
import type { ServeOptions } from '../../src/runtimes/node/index.ts'
import { freshLocation } from '../database.ts'
import { type Fixture, fixtureAt } from './fixture-at.ts'

export type { Fixture } from './fixture-at.ts'

/** An api served on a free port, over a database of the kind that is tested. */
export const startFixture = async (api: Api, options: Partial<ServeOptions> = {}): Promise<Fixture> =>
  fixtureAt(await freshLocation(), api, options)
