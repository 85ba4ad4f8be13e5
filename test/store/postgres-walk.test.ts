import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createWalk } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { until } from '../e2e/client.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

test('what goes along with an old row stays where the row is taken up again meanwhile', {
  skip: needsPostgres(),
}, async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  await database.query('create table jobs (id text primary key, settled_at text)')
  await database.query('create table tries (job_id text)')
  await database.query(`insert into jobs values ('a', '1'), ('b', '1')`)
  await database.query(`insert into tries values ('a'), ('b')`)
  const store = await postgres(database.url)()
  stack.defer(() => store.close())
  const other = new pg.Client({ connectionString: database.url })
  await other.connect()
  stack.defer(() => other.end())
  await other.query('begin')
  await other.query(`update jobs set settled_at = null where id = 'a'`)
  const walk = createWalk({
    table: 'jobs',
    key: 'id',
    weight: '1',
    gone: 'old.settled_at <= $3',
    along: [['tries', 'job_id']],
  })
  const walked = walk(store, { before: 'z', elapsed: 0, values: ['2'] })
  await until(
    () => database.query(`select 1 from pg_locks where not granted`),
    ({ rows }) => rows.length > 0,
    'the walk to wait',
  )
  await other.query('commit')
  assert.equal(await walked, 2)
  const left = async (sql: string) => (await database.query(sql)).rows.map(row => row.id)
  assert.deepEqual(await left('select id from jobs'), ['a'])
  assert.deepEqual(await left('select job_id as id from tries'), ['a'])
})
