import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInsert } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

const skip = { skip: needsPostgres() }
const UNITS = 20

/** A store with a table, to which units add a row each. */
async function openAdding() {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const store = await postgres(database.url)()
  stack.defer(() => store.close())
  const run = (sql: string) => store.unit(tx => tx.run(sql))
  await run('create table items (id bigint primary key, n text)')
  const items = createInsert('items', ['id', 'n'])
  let last = 0
  /** Adds rows by units that are asked for at once. Answers by how many statements they came. */
  async function add(): Promise<number> {
    const first = last + 1
    const ids = Array.from({ length: UNITS }, () => ++last)
    await Promise.all(ids.map(id => store.unit(async tx => tx.add(items, id, 'n'), 'one', 'adds')))
    // cmin is the place of a statement among those of its transaction, xmin.
    const seen = await store.read.get(
      'select count(*) as rows, count(distinct (xmin::text, cmin::text)) as statements from items where id >= $1',
      first,
    )
    assert.equal(seen?.['rows'], UNITS)
    return Number(seen['statements'])
  }
  return { store, run, add, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('what units add at once is written by one statement, after the first time', skip, async () => {
  await using at = await openAdding()
  assert.equal(await at.add(), UNITS)
  assert.equal(await at.add(), 1)
  assert.equal(await at.add(), 1)
})

test('where a trigger sees the rows of a table, they come one by one', skip, async () => {
  await using at = await openAdding()
  await at.run(`create function count_items() returns trigger language plpgsql as $$ begin
    new.n := (select count(*) from items); return new; end $$`)
  await at.run('create trigger counted before insert on items for each row execute function count_items()')
  assert.equal(await at.add(), UNITS)
  assert.equal(await at.add(), UNITS)
})
