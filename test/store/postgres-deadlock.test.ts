import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tx } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

test('of two units that wait for each other both are done, each once', {
  skip: needsPostgres(),
}, async () => {
  await using database = await freshDatabase()
  // With one connection each: what runs again does so on the one that was the victim's.
  const open = postgres(database.url, { connections: 1 })
  const stores = [await open(), await open()] as const
  try {
    await stores[0].unit(async tx => {
      await tx.run('create table counters (id text primary key, n integer not null)')
      await tx.run("insert into counters values ('a', 0), ('b', 0)")
    })
    const has = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    let runs = 0
    const add = (tx: Tx, id: string): Promise<number> =>
      tx.run('update counters set n = n + 1 where id = $1', id)
    const both = (mine: 0 | 1, first: string, second: string): Promise<void> =>
      stores[mine].unit(async tx => {
        runs++
        await add(tx, first)
        has[mine].resolve()
        // Until the other has its first: a unit awaits its statements alone.
        const other = has[mine === 0 ? 1 : 0].promise
        let isThere = false
        void other.then(() => {
          isThere = true
        })
        while (!isThere) await tx.get('select 1')
        await add(tx, second)
      }, `scope ${mine}`)
    await Promise.all([both(0, 'a', 'b'), both(1, 'b', 'a')])
    // Else nobody was a victim. Who runs again may be quicker than the other wakes, and one of them a victim once more.
    assert.ok(runs >= 3, `${runs} runs`)
    const rows = await stores[0].read.all('select n from counters order by id')
    assert.deepEqual(
      rows.map(row => row['n']),
      [2, 2],
    )
  } finally {
    await Promise.all(stores.map(store => store.close()))
  }
})
