import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { postgresPrograms, startCluster } from '../../scripts/postgres.ts'
import { createMemory, type Reader } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { needsPostgres } from '../postgres.ts'

const skip = { skip: needsPostgres() }
/** Longer than it takes to settle after a commit. */
const CALM_MS = 40

// Of a server of its own: whoever commits in another database of one is a reason to ask anew.
const server = postgresPrograms() === undefined ? undefined : await startCluster(['fsync=off'])
after(() => server?.[Symbol.asyncDispose]())
let databases = 0

async function openCounting() {
  const stack = new AsyncDisposableStack()
  const administrator = new pg.Client({ connectionString: server?.url })
  await administrator.connect()
  stack.defer(() => administrator.end())
  const name = `counting_${++databases}`
  await administrator.query(`create database ${name}`)
  const url = new URL(`/${name}`, server?.url).href
  const store = await postgres(url)()
  stack.defer(() => store.close())
  await store.unit(tx => tx.run('create table a (id integer generated always as identity)'))
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  stack.defer(() => other.end())
  // What is made is a text, so that nothing is also something.
  const memory = createMemory<string>(1_000, key => key.length)
  const count = async (reader: Reader): Promise<string> =>
    `n${String((await reader.get('select count(*) as n from a'))?.['n'])}`
  let made = 0
  const recall = (meanwhile?: () => Promise<unknown>): Promise<string> =>
    store.read.recall(memory, 'count', async () => {
      made++
      const counted = await count(store.read)
      await meanwhile?.()
      return counted
    })
  /** Asks until it is remembered, so that the next who asks need not make it. */
  const remember = async (): Promise<string> => {
    for (;;) {
      await sleep(CALM_MS)
      const before = made
      const recalled = await recall()
      if (made === before) return recalled
    }
  }
  return {
    store,
    other,
    recall,
    remember,
    made: () => made,
    insert: () => other.query('insert into a default values'),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('what was made is recalled until somebody commits, another program or a unit', skip, async () => {
  await using at = await openCounting()
  const { store, remember, recall, made, insert } = at
  const commits = [insert, () => store.unit(tx => tx.run('insert into a default values'))]
  for (const [i, commit] of [...commits, ...commits].entries()) {
    assert.equal(await remember(), `n${i}`)
    const before = made()
    assert.deepEqual(await Promise.all([recall(), recall(), recall()]), [`n${i}`, `n${i}`, `n${i}`])
    assert.equal(made(), before)
    await commit()
    assert.equal(await recall(), `n${i + 1}`)
  }
})

test('those who ask in one turn share what is made, among commits as well', skip, async () => {
  await using at = await openCounting()
  for (let i = 1; i <= 5; i++) {
    await at.insert()
    const before = at.made()
    const recalled = await Promise.all([at.recall(), at.recall(), at.recall()])
    assert.deepEqual(recalled, [`n${i}`, `n${i}`, `n${i}`])
    assert.equal(at.made(), before + 1)
  }
})

test('what is not committed yet is not seen, and is once it is', skip, async () => {
  await using at = await openCounting()
  const { other, remember, recall, made, insert } = at
  await remember()
  await other.query('begin')
  await insert()
  assert.equal(await remember(), 'n0')
  const before = made()
  assert.equal(await recall(), 'n0')
  assert.equal(made(), before)
  await other.query('commit')
  assert.equal(await recall(), 'n1')
})

test('what was made while somebody committed is not remembered', skip, async () => {
  await using at = await openCounting()
  const { remember, recall, insert } = at
  await remember()
  await insert()
  assert.equal(await recall(insert), 'n1')
  for (let again = 0; again < 3; again++) {
    assert.equal(await recall(), 'n2')
    await sleep(CALM_MS)
  }
})

test('who asks after a commit is answered sees it, whatever others have remembered', skip, async () => {
  await using at = await openCounting()
  const { store, recall, insert } = at
  let inserted = 0
  let over = false
  const readers = Array.from({ length: 8 }, async () => {
    let recalled = 0
    while (!over) {
      const least = inserted
      const counted = Number((await recall()).slice(1))
      assert.ok(counted >= least, `${counted} of ${least}`)
      recalled++
    }
    return recalled
  })
  for (let i = 0; i < 40; i++) {
    await (i % 2 === 0 ? insert() : store.unit(tx => tx.run('insert into a default values')))
    inserted++
    // Long enough to be remembered, at times.
    if (i % 4 === 0) await sleep(CALM_MS + 20)
  }
  over = true
  for (const recalled of await Promise.all(readers)) assert.ok(recalled > 0)
})

test('what was remembered of a server is forgotten when a connection to it is lost', skip, async () => {
  await using at = await openCounting()
  const { other, remember, recall, made } = at
  await remember()
  await other.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'signalbox' and datname = current_database()",
  )
  await sleep(CALM_MS)
  const before = made()
  assert.equal(await recall(), 'n0')
  assert.equal(made(), before + 1)
})
