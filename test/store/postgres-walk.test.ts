import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createWalk } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { until } from '../e2e/client.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

/** Jobs with their tries, in a database of their own, and a walk that takes away those that were settled. */
async function openJobs() {
  const database = await freshDatabase()
  await database.query('create table jobs (id text primary key, settled_at text)')
  await database.query('create table tries (job_id text, number integer, primary key (job_id, number))')
  const walk = createWalk({
    table: 'jobs',
    key: 'id',
    weight: '1',
    gone: 'old.settled_at <= $3',
    along: [['tries', 'job_id']],
  })
  return { database, walk, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

test('what goes along with an old row stays where the row is taken up again meanwhile', {
  skip: needsPostgres(),
}, async () => {
  await using stack = new AsyncDisposableStack()
  const { database, walk } = stack.use(await openJobs())
  await database.query(`insert into jobs values ('a', '1'), ('b', '1')`)
  await database.query(`insert into tries values ('a', 1), ('b', 1)`)
  const store = await postgres(database.url)()
  stack.defer(() => store.close())
  const other = new pg.Client({ connectionString: database.url })
  await other.connect()
  stack.defer(() => other.end())
  await other.query('begin')
  await other.query(`update jobs set settled_at = null where id = 'a'`)
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

test('a slice finds what goes along by its index, though nobody has counted the rows', {
  skip: needsPostgres(),
}, async () => {
  await using stack = new AsyncDisposableStack()
  const { database, walk } = stack.use(await openJobs())
  const id = `lpad(i::text, 6, '0')`
  await database.query(`insert into jobs select ${id}, '1' from generate_series(1, 3000) as i`)
  await database.query(`insert into tries select ${id}, 1 from generate_series(1, 3000) as i`)
  // Which tells how many rows there are, and nothing of what is in them.
  for (const table of ['jobs', 'tries']) await database.query(`vacuum ${table}`)
  const scans = async (): Promise<readonly [number, number]> => {
    const { rows } = await database.query(
      "select seq_scan::int, idx_scan::int from pg_stat_user_tables where relname = 'tries'",
    )
    return [rows[0]?.seq_scan, rows[0]?.idx_scan]
  }
  const before = await scans()
  const store = await postgres(database.url)()
  while ((await walk(store, { before: 'z', elapsed: 0, values: ['2'] })) > 0);
  // What a connection has read it tells when it ends.
  await store.close()
  const after = await until(scans, ([all, byIndex]) => all + byIndex > before[0] + before[1], 'the count')
  assert.equal(after[0] - before[0], 0, 'it was read as a whole')
  assert.equal((await database.query('select 1 from tries')).rowCount, 0)
})
