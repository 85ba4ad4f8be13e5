import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createInsert, type Tx } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { lockOf, lockOfSeveral } from '../../src/store/postgres/scope.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

const skip = { skip: needsPostgres() }
const items = createInsert('items', ['scope', 'name'])

/** A store with a table in which each row tells what its scope is, and another store on the same database. */
async function openScopes() {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const open = postgres(database.url)
  const store = await open()
  stack.defer(() => store.close())
  const other = await open()
  stack.defer(() => other.close())
  await store.unit(tx => tx.run('create table items (scope text, name text, unique (scope, name))'))
  /** Adds a row in a unit of its scope. */
  const add = (scope: string, name: string, on = store): Promise<unknown> =>
    on.unit(async tx => tx.add(items, scope, name), scope, 'adds')
  const addAll = (scopes: readonly string[], name: string): Promise<unknown[]> =>
    Promise.all(scopes.map(scope => add(scope, name)))
  /** The transactions that wrote the rows of this name. */
  const transactions = async (name: string): Promise<{ readonly [scope: string]: string }> => {
    const rows = await store.read.all('select scope, xmin::text as id from items where name = $1', name)
    return Object.fromEntries(rows.map(row => [String(row['scope']), String(row['id'])]))
  }
  const owned = stack.move()
  return {
    store,
    other,
    database,
    add,
    addAll,
    transactions,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const distinct = (transactions: { readonly [scope: string]: string }): number =>
  new Set(Object.values(transactions)).size

/** Holds the lock of a scope, as another process would. */
async function hold(url: string, scope: string): Promise<AsyncDisposable> {
  const client = await connected(url)
  const { text, values } = lockOf(scope)
  await client.query('begin')
  await client.query(text, [...values])
  return client
}

async function connected(url: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('select pg_backend_pid() as pid')
  return {
    pid: Number(rows[0].pid),
    query: (text: string, values?: unknown[]): Promise<pg.QueryResult> => client.query(text, values),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

const scopes = Array.from({ length: 16 }, (_, i) => `scope ${i}`)

test('units that add in several scopes share a transaction', skip, async () => {
  await using at = await openScopes()
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map(name => at.addAll(scopes, name)))
  for (const name of names) assert.equal(Object.keys(await at.transactions(name)).length, 16)
  const all = await at.store.read.get('select count(distinct xmin::text) as n from items')
  assert.equal(all?.['n'], 1)
})

test(
  'locks of several scopes are taken in one order, in whatever order they are asked for',
  skip,
  async () => {
    await using at = await openScopes()
    const numbers = scopes.map(scope => Number(lockOf(scope).values[2])).toSorted((a, b) => a - b)
    const middle = scopes.find(scope => lockOf(scope).values[2] === numbers[8]) ?? ''
    const locksOf = async (pid: number, granted: boolean): Promise<unknown[]> => {
      const { rows } = await at.database.query(
        `select objid::int as id from pg_locks where locktype = 'advisory' and pid = $1 and granted = $2 order by 1`,
        [pid, granted],
      )
      return rows.map(row => row.id)
    }
    for (const order of [scopes, scopes.toReversed()]) {
      const holding = await hold(at.database.url, middle)
      await using client = await connected(at.database.url)
      await client.query('begin')
      const { text, values } = lockOfSeveral(order)
      const locking = client.query(text, [...values])
      while ((await locksOf(client.pid, false)).length === 0);
      // Zero is what all share.
      assert.deepEqual(await locksOf(client.pid, true), [0, ...numbers.slice(0, 8)])
      await holding[Symbol.asyncDispose]()
      await locking
      assert.deepEqual(await locksOf(client.pid, true), [0, ...numbers])
    }
  },
)

test('a scope whose lock another process holds waits for it by itself', skip, async () => {
  await using at = await openScopes()
  const [held = '', ...free] = scopes
  let isFree = false
  const holding = await hold(at.database.url, held)
  const waits = at.add(held, 'a').then(() => assert.ok(isFree))
  // They end although it waits.
  await at.addAll(free, 'a')
  // Nor does it hold up, or divide, what comes then.
  await at.addAll(free, 'b')
  assert.equal(distinct(await at.transactions('b')), 1)
  isFree = true
  await holding[Symbol.asyncDispose]()
  await waits
  // It is one of them again.
  await at.addAll(scopes, 'c')
  assert.equal(distinct(await at.transactions('c')), 1)
})

const failures: { readonly [what: string]: (tx: Tx) => unknown } = {
  'is thrown': tx => {
    tx.add(items, 'scope 0', 'thrown')
    throw new Error('no')
  },
  'is that of a row which nobody waits for': tx => tx.add(items, 'scope 0', 'taken'),
  'is that of a statement': tx => tx.run("insert into items values ('scope 0', 'taken')"),
}
for (const [what, fail] of Object.entries(failures)) {
  test(`where a failure ${what}, its unit alone is undone, and its scope stays apart`, skip, async () => {
    await using at = await openScopes()
    const [bad = '', ...good] = scopes
    await at.add(bad, 'taken')
    const outcomes = await Promise.allSettled([
      ...[at.add(bad, 'a'), at.store.unit(async tx => fail(tx), bad, 'adds'), at.add(bad, 'b')],
      ...good.map(scope => at.add(scope, 'a')),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      outcomes.map((_, i) => (i === 1 ? 'rejected' : 'fulfilled')),
    )
    const rows = await at.store.read.all("select name from items where scope = 'scope 0' order by name")
    assert.deepEqual(
      rows.map(row => row['name']),
      ['a', 'b', 'taken'],
    )
    assert.equal(Object.keys(await at.transactions('a')).length, 16)
    await at.addAll(scopes, 'c')
    const { [bad]: apart, ...together } = await at.transactions('c')
    assert.equal(distinct(together), 1)
    assert.ok(!Object.values(together).includes(apart ?? ''))
  })
}

test('what waits behind units that add has its turn, however many wait in other scopes', skip, async () => {
  await using at = await openScopes()
  const many = Array.from({ length: 70 }, (_, i) => `other ${i}`)
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`)
  let done = 0
  const others = many.flatMap(scope => names.map(name => at.add(scope, name).then(() => done++)))
  const mine = names.map(name => at.add('mine', name))
  const seen = await at.store.unit(
    tx => tx.get("select count(*) as n from items where scope = 'mine'"),
    'mine',
  )
  assert.equal(seen?.['n'], 20)
  assert.ok(done < others.length / 2, `${done} of ${others.length} had been done before`)
  await Promise.all([...mine, ...others])
})

test(
  'of two processes that add in the same scopes each sees what the other has committed',
  skip,
  async () => {
    await using at = await openScopes()
    const find = createInsert('found', ['scope', 'name'])
    await at.store.unit(tx => tx.run('create table found (scope text, name text)'))
    /** As a request with an Idempotency-Key: it looks for what was done by it. Nothing but the lock keeps two from finding nothing. */
    const once = (store: typeof at.store, scope: string, name: string): Promise<void> =>
      store.unit(
        async tx => {
          const known = await tx.get('select 1 from found where scope = $1 and name = $2', scope, name)
          if (known === undefined) tx.add(find, scope, name)
        },
        scope,
        'adds',
      )
    for (let round = 0; round < 30; round++) {
      const names = [`${round} a`, `${round} b`]
      const units = (store: typeof at.store, order: readonly string[]): Promise<void>[] =>
        order.flatMap(scope => names.map(name => once(store, scope, name)))
      await Promise.all([...units(at.store, scopes), ...units(at.other, scopes.toReversed())])
    }
    const rows = await at.store.read.get(
      'select count(*) as n, count(distinct (scope, name)) as different from found',
    )
    assert.deepEqual(rows, { n: 16 * 30 * 2, different: 16 * 30 * 2 })
  },
)

test('a connection that is lost costs none of its scopes a unit, and none is done twice', skip, async () => {
  await using at = await openScopes()
  let runs = 0
  const units = scopes.map(scope =>
    at.store.unit(
      async tx => {
        runs++
        tx.add(items, scope, 'a')
        if (runs <= scopes.length) await tx.get('select pg_terminate_backend(pg_backend_pid())')
      },
      scope,
      'adds',
    ),
  )
  await Promise.all(units)
  assert.equal(runs, 2 * scopes.length)
  assert.equal(Object.keys(await at.transactions('a')).length, 16)
})
