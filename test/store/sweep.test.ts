import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSweep, type Store } from '../../src/store/index.ts'
import { freshStore } from '../database.ts'

const HOUR = 60 * 60 * 1000
const notes = () => createSweep({ table: 'notes', key: 'id', first: '', past: 'at <= $2', most: 3 })

/** A table with a row for each of the times. */
async function fill(store: Store, at: { readonly [id: string]: string }): Promise<void> {
  await store.unit(async tx => {
    await tx.run(
      `create table if not exists notes (id text primary key, at text not null)${store.dialect.keyed}`,
    )
    for (const [id, time] of Object.entries(at))
      await tx.run('insert into notes (id, at) values ($1, $2)', id, time)
  })
}
const left = async ({ read }: Store): Promise<unknown[]> =>
  (await read.all('select id from notes order by id')).map(row => row['id'])

test('what is past its time goes in slices, up to the first that is not', async () => {
  await using site = await freshStore()
  const { store } = site
  await fill(store, { a: '1', b: '1', c: '2', d: '2', e: '9', f: '1' })
  const sweep = notes()
  assert.equal(await sweep(store, 0, '0'), 0)
  assert.equal(await sweep(store, 0, '2'), 3)
  assert.deepEqual(await left(store), ['d', 'e', 'f'])
  assert.equal(await sweep(store, 0, '2'), 1)
  assert.equal(await sweep(store, 0, '2'), 0)
  assert.deepEqual(await left(store), ['e', 'f'], 'what follows one that stays is looked at with it')
  assert.equal(await sweep(store, 0, '9'), 2)
  assert.deepEqual(await left(store), [])
})

test('what comes behind a sweep is found within the hour', async () => {
  await using site = await freshStore()
  const { store } = site
  await fill(store, { m: '1' })
  const sweep = notes()
  assert.equal(await sweep(store, 0, '2'), 1)
  await fill(store, { a: '1' })
  assert.equal(await sweep(store, HOUR - 1, '2'), 0)
  assert.equal(await sweep(store, HOUR, '2'), 1)
  assert.deepEqual(await left(store), [])
})

test('two sweeps at once take each row away once', async () => {
  await using site = await freshStore()
  const { store } = site
  await fill(store, { a: '1', b: '1', c: '1', d: '1', e: '9' })
  const [one, other] = [notes(), notes()]
  const slices = async (sweep: typeof one): Promise<number> => {
    let rows = 0
    for (let round = 0; round < 3; round++) rows += await sweep(store, 0, '2')
    return rows
  }
  const removed = await Promise.all([slices(one), slices(other)])
  assert.equal(removed[0] + removed[1], 4)
  assert.deepEqual(await left(store), ['e'])
})
