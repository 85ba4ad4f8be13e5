import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import type { Tx } from '../../src/store/index.ts'
import { connect } from '../../src/store/sqlite/connection.ts'
import { createUnits } from '../../src/store/sqlite/units.ts'
import { seeded } from '../e2e/seeded.ts'
import { tempStore } from './temp.ts'

test('a unit that asks nothing of the database waits for no flush; one that only reads does', async () => {
  await using temp = await tempStore()
  const connection = connect(temp.file, 'write')
  let flushes = 0
  const units = createUnits({
    connection,
    flusher: { flush: async () => void flushes++, pending: undefined },
    clock: systemClock,
    random: systemRandom,
    patienceMs: 5_000,
    mayWrite: () => true,
    onCommit: () => undefined,
  })
  assert.equal(await units.run(async () => 7), 7)
  await assert.rejects(
    units.run(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(flushes, 0)
  // Another process may have committed what it sees, and not flushed it yet.
  await units.run(tx => tx.get('select 1'))
  assert.equal(flushes, 1)
  await Promise.all([units.run(async () => 1), units.run(tx => tx.run('create table a (id integer)'))])
  assert.equal(flushes, 2)
  await units.close()
  connection.close()
})

const table = 'create table a (id integer primary key)'

test('a unit that fails after a change is undone alone, and what it has seen of its neighbours was committed', async () => {
  await using temp = await tempStore()
  const { store } = temp
  await store.unit(tx => tx.run(table))
  const add = (id: number) => store.unit(tx => tx.run('insert into a values ($1)', id))
  const first = add(1)
  const taken = store.unit(async tx => {
    await tx.run('insert into a values (3)')
    if ((await tx.get('select 1 from a where id = 1')) !== undefined) throw new Error('1 is there')
  })
  const refused = assert.rejects(taken, /1 is there/)
  const seen = store.unit(tx => tx.all('select id from a order by id'))
  await Promise.all([first, refused, add(2)])
  assert.deepEqual(
    (await seen).map(row => row['id']),
    [1],
  )
  assert.deepEqual(
    (await store.read.all('select id from a order by id')).map(row => row['id']),
    [1, 2],
  )
})

test('a foreign await is not done twice, whatever its unit had changed before', async () => {
  await using temp = await tempStore()
  const { store } = temp
  await store.unit(tx => tx.run(table))
  let calls = 0
  const foreign = async (tx: Tx, id: number) => {
    await tx.run('insert into a values ($1)', id)
    calls++
    await new Promise(resolve => setImmediate(resolve))
  }
  const outcomes = await Promise.allSettled([
    store.unit(tx => tx.run('insert into a values (1)')),
    store.unit(tx => foreign(tx, 2)),
    store.unit(tx => tx.nested(() => foreign(tx, 3))),
    store.unit(tx => tx.run('insert into a values (4)')),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  assert.equal(calls, 2)
  assert.equal((await store.read.get('select sum(id) as n from a'))?.['n'], 5)
})

test('where many units fail after a change, they and their neighbours soon run once each', async () => {
  await using temp = await tempStore()
  const { store } = temp
  await store.unit(tx => tx.run(table))
  let runs = 0
  const unit = (id: number): Promise<unknown> =>
    store.unit(async tx => {
      runs++
      await tx.run('insert into a values ($1)', id)
      if (id % 3 === 0) throw new Error('every third')
    })
  const units = 900
  const outcomes = await Promise.allSettled(Array.from({ length: units }, (_, i) => unit(i)))
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, units / 3)
  assert.equal((await store.read.get('select count(*) as n from a'))?.['n'], (units * 2) / 3)
  // The first fails where nothing was before it; the second takes two along.
  assert.ok(runs <= units + 4, `${runs} runs of ${units} units`)
})

test('whatever units do and however they end, what they changed is there if and only if they were told so', async t => {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31))
  t.diagnostic(`SEED=${seed}`)
  const fraction = seeded(seed)
  const below = (n: number): number => Math.floor(fraction() * n)
  await using temp = await tempStore()
  const { store } = temp
  await store.unit(tx => tx.run(table))
  const steps = (id: number) => ({
    add: (tx: Tx) => tx.run('insert into a values ($1)', id),
    look: (tx: Tx) => tx.get('select 1 from a'),
    again: (tx: Tx) => tx.run('insert into a values ($1)', id).catch(() => 0),
    inner: (tx: Tx) => tx.nested(() => tx.run('insert into a values ($1)', -id)).catch(() => 0),
    undone: (tx: Tx) =>
      tx
        .nested(async () => {
          await tx.run('insert into a values ($1)', -id)
          throw new Error('inner')
        })
        .catch(() => 0),
    open: (tx: Tx) => void tx.nested(() => new Promise(resolve => setImmediate(resolve))).catch(() => 0),
    stuck: (tx: Tx) => tx.nested(() => new Promise<void>(resolve => setImmediate(resolve))),
    fail: () => Promise.reject(new Error('outer')),
  })
  const names = ['add', 'add', 'look', 'look', 'again', 'inner', 'undone', 'open', 'stuck', 'fail'] as const
  const kept: number[] = []
  const one = async (id: number): Promise<void> => {
    const plan = Array.from({ length: 1 + below(4) }, () => names[below(names.length)] ?? 'look')
    const mine: number[] = []
    await store.unit(async tx => {
      for (const name of plan) await steps(id)[name](tx)
      for (const row of await tx.all('select id from a where abs(id) = $1', id)) mine.push(Number(row['id']))
    })
    kept.push(...new Set(mine))
  }
  for (let round = 0; round < 20; round++) {
    // Long after the last failure, and soon after one.
    await Promise.all(
      Array.from({ length: round % 4 === 0 ? 1_200 : 0 }, () => store.unit(tx => tx.get('select 1'))),
    )
    const from = 1 + round * 20
    await Promise.allSettled(Array.from({ length: 20 }, (_, i) => one(from + i)))
    const there = (await store.read.all('select id from a')).map(row => Number(row['id']))
    assert.deepEqual(new Set(there), new Set(kept), `round ${round}`)
  }
  assert.ok(kept.length > 0)
})
