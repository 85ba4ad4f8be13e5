import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { migrate } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { createNumbering, DISPATCHING } from '../../src/webhooks/number.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

const INSERT = `insert into signalbox.signalbox_events (id, account_id, type, created_at, data, dispatched)
  values ($1, 'acc', 'thing.happened', '2026-11-23T00:00:00.000Z', '{}', 0)`

async function openNumbering() {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const store = await postgres(database.url)()
  stack.defer(() => store.close())
  await migrate(store)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  stack.defer(() => client.end())
  let now = 0
  const numbering = createNumbering(store, { now: () => now, elapsed: () => now })
  const owned = stack.move()
  return {
    /** Somebody's own connection. */
    client,
    /** An event that is there at once. */
    add: (id: string) => database.query(INSERT, [id]),
    /** Looks, some seconds later, and numbers what is found. Answers to how many. */
    async look(): Promise<number> {
      now += 5_000
      return (await numbering.isDue()) ? store.unit(numbering.some, DISPATCHING) : 0
    },
    /** Numbers all, some seconds later, as before the log is read. */
    async read(): Promise<void> {
      now += 5_000
      await numbering.all()
    },
    order: async () =>
      (
        await database.query('select id from signalbox.signalbox_events order by position nulls last')
      ).rows.map(row => row.id),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const skip = { skip: needsPostgres() }

test(
  'an event that was written before others and committed after them is numbered, however often was looked meanwhile',
  skip,
  async () => {
    await using at = await openNumbering()
    await at.client.query('begin')
    await at.client.query(INSERT, ['early'])
    await at.add('late')
    assert.equal(await at.look(), 1)
    for (let round = 0; round < 5; round++) assert.equal(await at.look(), 0)
    await at.client.query('commit')
    assert.equal(await at.look(), 1)
    assert.deepEqual(await at.order(), ['late', 'early'])
    for (let round = 0; round < 3; round++) assert.equal(await at.look(), 0)
    await at.add('last')
    assert.equal(await at.look(), 1)
    assert.deepEqual(await at.order(), ['late', 'early', 'last'])
  },
)

test(
  'a row that was taken back, and a transaction that does something else, hold up nothing',
  skip,
  async () => {
    await using at = await openNumbering()
    await at.client.query('begin')
    await at.client.query(INSERT, ['never'])
    await at.client.query('rollback')
    await at.client.query('begin')
    await at.client.query('create table other (n int)')
    for (const id of ['a', 'b', 'c']) {
      await at.add(id)
      assert.equal(await at.look(), 1)
      assert.equal(await at.look(), 0)
    }
    assert.deepEqual(await at.order(), ['a', 'b', 'c'])
  },
)

test(
  'what appears below, as behind a switch to another server, is found within some minutes',
  skip,
  async () => {
    await using at = await openNumbering()
    for (const id of ['a', 'b']) await at.add(id)
    assert.equal(await at.look(), 2)
    for (let round = 0; round < 3; round++) assert.equal(await at.look(), 0)
    await at.client.query(`update signalbox.signalbox_events set position = null where id = 'a'`)
    let found = 0
    for (let round = 0; found === 0 && round < 60; round++) found = await at.look()
    assert.equal(found, 1)
  },
)

test('who only reads the log does not look at what was numbered long ago either', skip, async () => {
  await using at = await openNumbering()
  for (const id of ['a', 'b']) await at.add(id)
  for (let round = 0; round < 4; round++) await at.read()
  assert.deepEqual(await at.order(), ['a', 'b'])
  await at.client.query(`update signalbox.signalbox_events set position = null where id = 'a'`)
  await at.add('c')
  await at.read()
  assert.deepEqual(await at.order(), ['b', 'c', 'a'])
  const { rows } = await at.client.query(`select position from signalbox.signalbox_events where id = 'a'`)
  assert.equal(rows[0].position, null, 'nobody has looked there')
  for (let round = 0; round < 60; round++) await at.read()
  const later = await at.client.query(`select position from signalbox.signalbox_events where id = 'a'`)
  assert.notEqual(later.rows[0].position, null, 'now and then somebody does')
})
