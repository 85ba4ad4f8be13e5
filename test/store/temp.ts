import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../src/store/index.ts'
import { type SqliteOptions, sqlite } from '../../src/store/sqlite/index.ts'

/** A folder that goes with its `await using` scope. */
export async function tempFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'signalbox-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export interface TempStore extends AsyncDisposable {
  readonly store: Store
  readonly file: string
}

/** A store that is closed, and whose file is removed, with its `await using` scope. */
export async function tempStore(options: SqliteOptions = {}): Promise<TempStore> {
  const folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  const store = await sqlite(file, options)()
  return {
    store,
    file,
    async [Symbol.asyncDispose]() {
      await store.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}
