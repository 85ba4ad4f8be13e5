import { test } from 'node:test'
import { describeStore, type Opened } from '../../src/store/conformance.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

async function openFresh(): Promise<Opened> {
  const database = await freshDatabase()
  const open = postgres(database.url)
  const store = await open()
  const opened = [store]
  return {
    store,
    async again() {
      const other = await open()
      opened.push(other)
      return other
    },
    async cleanup() {
      await Promise.all(opened.map(each => each.close()))
      await database[Symbol.asyncDispose]()
    },
  }
}

const skip = needsPostgres()
if (skip === false) describeStore('PostgreSQL', openFresh)
else test('PostgreSQL', { skip }, () => undefined)
