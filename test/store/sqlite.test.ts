import { describeStore } from '../../src/store/conformance.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { tempStore } from './temp.ts'

describeStore('the store on SQLite', async () => {
  const temp = await tempStore()
  return {
    store: temp.store,
    again: sqlite(temp.file),
    cleanup: async () => await temp[Symbol.asyncDispose](),
  }
})
