/**
 * Says `ack` whenever something may be relied on: a unit has resolved, or a read has answered. Traced from
 * outside, which shows what came to the disk before. Argument: the file.
 */
import { writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { sqlite } from '../../../src/store/sqlite/index.ts'

const [file = ''] = process.argv.slice(2)
const store = await sqlite(file)()
await store.unit(tx => tx.run('create table a (id text primary key)'))
const other = new DatabaseSync(file)
other.exec('pragma synchronous = off')

async function seen(id: string): Promise<void> {
  while ((await store.read.get('select id from a where id = $1', id)) === undefined) {
    await new Promise(resolve => setImmediate(resolve))
  }
  writeSync(1, 'ack read\n')
}
for (let i = 0; i < 10; i++) {
  await store.unit(tx => tx.run('insert into a (id) values ($1)', `unit ${i}`))
  writeSync(1, 'ack unit\n')

  const unit = store.unit(tx => tx.run('insert into a (id) values ($1)', `read ${i}`))
  await seen(`read ${i}`)
  await unit

  // Nobody has synced this one.
  other.prepare('insert into a (id) values (?)').run(`foreign ${i}`)
  await seen(`foreign ${i}`)
}
other.close()
await store.close()
