import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createSweep, type Store } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

const ROWS = 10_000

test('a slice costs as much behind all that is gone as at the beginning, also while vacuum is held back', {
  skip: needsPostgres(),
}, async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  await database.query('create table notes (id text primary key) with (autovacuum_enabled = off)')
  await database.query(
    `insert into notes select lpad(i::text, 6, '0') from generate_series(1, ${ROWS}) as i; analyze notes`,
  )
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  stack.defer(() => holder.end())
  await holder.query('begin isolation level repeatable read')
  await holder.query('select count(*) from notes')

  const opened = await postgres(database.url)()
  stack.defer(() => opened.close())
  /** What each look for a slice was asked with. */
  const looks: { readonly text: string; readonly values: readonly unknown[] }[] = []
  const { peek } = opened
  const store: Store = {
    ...opened,
    peek: {
      ...peek,
      until(enough, text, ...values) {
        looks.push({ text, values })
        return peek.until(enough, text, ...values)
      },
    },
  }
  const sweep = createSweep({ table: 'notes', key: 'id', first: '', past: 'id < $2', most: 500 })
  let rows = 0
  for (let more = 1; more > 0; rows += more) more = await sweep(store, 0, 'x')
  assert.equal(rows, ROWS)
  assert.equal(looks.length, ROWS / 500 + 1)

  // Nothing of it has been cleared away: from the beginning all would be passed over once more.
  const pages = async (values: readonly unknown[]): Promise<number> => {
    const explain = `explain (analyze, buffers, format json) ${looks[0]?.text}`
    const [{ Plan }] = (await database.query(explain, values)).rows[0]['QUERY PLAN']
    return Number(Plan['Shared Hit Blocks']) + Number(Plan['Shared Read Blocks'])
  }
  const [first, last] = [looks[0]?.values ?? [], looks.at(-1)?.values ?? []]
  assert.ok((await pages(first)) > 60, 'from the beginning')
  assert.ok((await pages(last)) < 10, 'from where the last has ended')
})
