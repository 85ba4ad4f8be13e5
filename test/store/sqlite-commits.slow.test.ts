import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ForeignAwait } from '../../src/store/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { startChild } from './child.ts'
import { tempFolder, tempStore } from './temp.ts'

test('a unit whose trigger ends the transaction fails alone: its neighbours run again', async () => {
  await using temp = await tempStore()
  const { store } = temp
  await store.unit(async tx => {
    await tx.run('create table a (id integer primary key) strict')
    await tx.run(`create trigger no_sevens before insert on a when new.id % 7 = 0
      begin select raise(rollback, 'no sevens'); end`)
  })
  const runs = new Map<number, number>()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, i) =>
      store.unit(async tx => {
        runs.set(i, (runs.get(i) ?? 0) + 1)
        await tx.run('insert into a (id) values ($1)', i).catch((error: unknown) => {
          // Going on as if nothing had happened must not help.
          if (i % 2 === 0) throw error
        })
        await tx.get('select 1').catch(() => undefined)
      }),
    ),
  )
  for (const [i, outcome] of outcomes.entries()) {
    assert.equal(outcome.status, i % 7 === 0 ? 'rejected' : 'fulfilled', `unit ${i}`)
    if (outcome.status === 'rejected') assert.match(outcome.reason.message, /no sevens/)
  }
  assert.equal((await store.read.all('select id from a')).length, 42)
  assert.ok(Math.max(...runs.values()) > 1)
})

test('what is not the store is foreign however fast it comes, so luck plays no part', async () => {
  await using temp = await tempStore()
  const { store } = temp
  await assert.rejects(
    store.unit(() => new Promise<void>(resolve => process.nextTick(resolve))),
    ForeignAwait,
  )
  assert.equal(await store.unit(async () => 1), 1)
})

test('a deferred foreign key that fails the commit fails its own unit only', async () => {
  await using temp = await tempStore()
  const { store } = temp
  await store.unit(async tx => {
    await tx.run('create table parents (id integer primary key)')
    await tx.run(`create table children (id integer primary key,
      parent integer references parents (id) deferrable initially deferred)`)
  })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) =>
      store.unit(async tx => {
        await tx.run('insert into children (id, parent) values ($1, $1)', i)
        if (i !== 11 && i !== 30) await tx.run('insert into parents (id) values ($1)', i)
      }),
    ),
  )
  const refused = outcomes.flatMap((outcome, i) => (outcome.status === 'rejected' ? [i] : []))
  assert.deepEqual(refused, [11, 30])
  assert.equal((await store.read.all('select id from children')).length, 38)
})

test('the log stays bounded under sustained writes', async t => {
  const walBytes = 2 ** 20
  await using temp = await tempStore({ walBytes })
  const { store, file } = temp
  await store.unit(tx => tx.run('create table a (id integer primary key, filler text)'))
  const filler = 'x'.repeat(10_000)
  const total = 48 * 2 ** 20
  let written = 0
  let peak = 0
  const client = async (): Promise<void> => {
    while (written < total) {
      written += filler.length
      await store.unit(tx => tx.run('insert into a (filler) values ($1)', filler))
      peak = Math.max(peak, statSync(`${file}-wal`).size)
    }
  }
  await Promise.all(Array.from({ length: 32 }, client))
  t.diagnostic(`${written} bytes written, the log had ${peak} at most`)
  // Twice the limit, and what comes in while a busy machine holds a copy up.
  assert.ok(peak < 12 * 2 ** 20, `the log had ${peak} bytes`)
})

/**
 * Waits until the log's pages are in the database file: the work of the worker, since the writer copies none
 * this early.
 */
async function copied(file: string): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (statSync(file).size > 100_000) return true
    await sleep(25)
  }
  return false
}

test('a short log is not copied, and takes no thread, until the store is closed', async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  const threads = () => readdirSync('/proc/self/task').length
  const store = await sqlite(file)()
  await store.unit(tx => tx.run('create table a (filler text)'))
  const before = threads()
  await store.unit(tx => tx.run('insert into a (filler) values ($1)', 'x'.repeat(200_000)))
  // Three times as long as the log of a busier store waits.
  await sleep(600)
  assert.ok(statSync(file).size < 100_000)
  assert.equal(threads(), before)
  await store.close()
  assert.ok(statSync(file).size > 200_000)
})

// Of the packed package test/scripts/package.slow.test.ts shows it.
test('a worker copies the log', async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  const store = await sqlite(file)()
  try {
    await store.unit(tx => tx.run('create table a (filler text)'))
    await store.unit(tx => tx.run('insert into a (filler) values ($1)', 'x'.repeat(5_000_000)))
    assert.ok(await copied(file))
  } finally {
    await store.close()
  }
})

test('a store that is left open does not keep the process', { timeout: 20_000 }, async () => {
  await using folder = await tempFolder()
  const file = join(folder.path, 'test.db')
  assert.equal(await startChild('idle', [file]).ended, 0)
  const store = await sqlite(file)()
  assert.equal((await store.read.all('select id from a')).length, 1)
  await store.close()
})

test('close may come at any moment of a copy', async () => {
  await using folder = await tempFolder()
  for (let i = 0; i < 16; i++) {
    const store = await sqlite(join(folder.path, `${i}.db`), { walBytes: 4096 })()
    await store.unit(tx => tx.run('create table a (filler text)'))
    // The copy begins 20 ms after the commit, and first starts a thread.
    await sleep(14 + i * 4)
    const last = store.unit(tx => tx.run('insert into a (filler) values ($1)', 'x'.repeat(100_000)))
    await store.close()
    assert.equal(await last, 1)
  }
})
