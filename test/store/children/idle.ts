/** Writes for as long as a copy of the log takes to begin, and leaves the store open. Argument: the file. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sqlite } from '../../../src/store/sqlite/index.ts'

const [file = ''] = process.argv.slice(2)
const store = await sqlite(file)()
await store.unit(tx => tx.run('create table a (id integer primary key)'))
await sleep(200)
await store.unit(tx => tx.run('insert into a (id) values (1)'))
