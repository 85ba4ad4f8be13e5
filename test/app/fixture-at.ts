import { join } from 'node:path'
import type { Api } from '../../src/contract/index.ts'
import { folder as keptIn } from '../../src/files/folder/index.ts'
import { type ServeOptions, type Serving, serve } from '../../src/runtimes/node/index.ts'
import { client, type Send } from '../e2e/client.ts'
import type { FreshLocation } from '../sqlite-location.ts'
import { storeAt } from '../store-at.ts'

export interface Fixture extends AsyncDisposable {
  readonly serving: Serving
  readonly url: string
  readonly account: string
  readonly key: string
  /** Calls the api with the key of `account`. */
  readonly send: Send
  /** What was reported as our own fault. */
  readonly faults: unknown[]
  /** A client of one more account. */
  another(): Promise<Send>
  /** Where `storeAt` finds it. */
  readonly database: string
  /** The folder in which files are kept. */
  readonly files: string
}

/** An api served on a free port, over a database that goes with it. */
export async function fixtureAt(
  { location: database, folder, remove }: FreshLocation,
  api: Api,
  options: Partial<ServeOptions>,
): Promise<Fixture> {
  const faults: unknown[] = []
  const serving = await serve(api, {
    store: storeAt(database),
    files: keptIn(join(folder, 'files')),
    port: 0,
    signals: false,
    egress: { open: ['loopback'] },
    failed: error => faults.push(error),
    ...options,
  })
  const { app, url } = serving
  const issue = async (name: string) => {
    const account = await app.accounts.create(name)
    return { account, key: (await app.accounts.issueKey(account, 'test')).key }
  }
  const { account, key } = await issue('first')
  return {
    serving,
    url,
    account,
    key,
    faults,
    database,
    files: join(folder, 'files'),
    send: client(url, key),
    another: async () => client(url, (await issue('other')).key),
    async [Symbol.asyncDispose]() {
      await serving.close()
      await remove()
    },
  }
}
