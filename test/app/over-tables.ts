import { type Api, api } from '../../src/contract/index.ts'
import type { Store } from '../../src/store/index.ts'
import { client, type Send } from '../e2e/client.ts'
import { storeAt } from '../store-at.ts'
import { type Fixture, startFixture } from './fixture.ts'

export interface OverTables extends AsyncDisposable {
  readonly over: Fixture
  /** What another program has of the database. */
  readonly store: Store
  /** As the account `7`, whose id a number can be. */
  readonly send: Send
}

/** An api over tables of an application, which were there before it. */
export async function startOver(definition: Api, statements: readonly string[]): Promise<OverTables> {
  const empty = await startFixture(api({ title: 'Empty', version: '1' }))
  const store = await storeAt(empty.database)()
  for (const statement of statements) await store.unit(tx => tx.run(statement))
  const over = await startFixture(definition, { store: storeAt(empty.database) })
  const { accounts } = over.serving.app
  await accounts.create('seven', '7')
  const { key } = await accounts.issueKey('7', 'test')
  return {
    over,
    store,
    send: client(over.url, key),
    async [Symbol.asyncDispose]() {
      await store.close()
      await over[Symbol.asyncDispose]()
      await empty[Symbol.asyncDispose]()
    },
  }
}
