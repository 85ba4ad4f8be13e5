import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { migrate } from '../../src/store/index.ts'
import { dialect } from '../../src/store/sqlite/dialect.ts'
import { type TempStore, tempStore } from './temp.ts'

type Filed = Record<string, unknown> | null

/** A database with a watched table, as another program opens it. */
async function watched(
  create: string,
  columns: readonly string[],
): Promise<AsyncDisposable & { other: DatabaseSync; temp: TempStore; filed(): [Filed, Filed][] }> {
  const temp = await tempStore()
  await migrate(temp.store)
  await temp.store.unit(async tx => {
    await tx.run(create)
    const { describe, triggers } = dialect.watching
    const watch = { name: 'thing_1', table: 'things', columns }
    for (const trigger of triggers(watch, await tx.all(describe, 'things'))) await tx.run(trigger.create)
  })
  const other = new DatabaseSync(temp.file)
  const read = other.prepare('select before, data from signalbox_changes order by rowid')
  const rowOf = (text: unknown): Filed => (typeof text === 'string' ? dialect.watching.readRow(text) : null)
  return {
    other,
    temp,
    filed: () => read.all().map(row => [rowOf(row['before']), rowOf(row['data'])]),
    async [Symbol.asyncDispose]() {
      other.close()
      await temp[Symbol.asyncDispose]()
    },
  }
}

test('no value makes the writer fail, and each is read as it was written, but for one that is too large', async () => {
  await using w = await watched('create table things (id text primary key, v)', ['id', 'v'])
  const shown: [sql: string, filed: unknown][] = [
    ["x'00ff'", Buffer.of(0, 255)],
    ['9e999', Number.POSITIVE_INFINITY],
    ['-9e999', Number.NEGATIVE_INFINITY],
    ['9007199254740992', 2n ** 53n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['9007199254740991', 9_007_199_254_740_991],
    ['-0.0', 0],
    ["'a' || char(0) || 'b'", 'a\0b'],
    ["cast(x'ff41' as text)", '\ufffdA'],
    ["replace(hex(zeroblob(8388609)), '0', 'é')", Buffer.of()],
    ['zeroblob(16777217)', Buffer.of()],
    ['0.1 + 0.2', 0.1 + 0.2],
    ['5e-324', 5e-324],
    ['null', null],
    // Text that a JSON function has just made is text all the same.
    [`json('["x"]')`, '["x"]'],
    [`json_insert('[1]', '$[#]', 2)`, '[1,2]'],
  ]
  for (const [sql] of shown) {
    w.other.exec(
      `insert into things (id, v) values ('a', ${sql}); update things set v = 'other'; delete from things`,
    )
  }
  const filed = w.filed()
  assert.deepEqual(
    filed.filter(([before]) => before === null).map(([, data]) => data?.['v']),
    shown.map(([, value]) => value),
  )
  assert.equal(filed.length, shown.length * 3)
})

test("the writer's own view of its statement is what it is without triggers", async () => {
  await using w = await watched('create table things (n integer primary key, id text unique)', ['id'])
  const insert = w.other.prepare('insert into things (id) values (?)')
  assert.deepEqual({ ...insert.run('a') }, { changes: 1, lastInsertRowid: 1 })
  assert.deepEqual({ ...insert.run('b') }, { changes: 1, lastInsertRowid: 2 })
  const replaced = w.other.prepare("insert or replace into things (n, id) values (2, 'c') returning id").all()
  assert.equal(replaced.length, 1)
  assert.equal(w.other.prepare("update things set id = id || 'x'").run().changes, 2)
  assert.deepEqual(w.filed().slice(2, 4), [
    [{ id: 'b' }, null],
    [null, { id: 'c' }],
  ])
})

test('columns that compare alike and are not the same have changed', async () => {
  await using w = await watched(
    'create table things (id text primary key collate nocase, v text collate nocase)',
    ['id', 'v'],
  )
  w.other.exec(
    "insert into things values ('a', 'x'); update things set v = 'X'; insert or replace into things values ('A', 'X')",
  )
  assert.deepEqual(w.filed().slice(1), [
    [
      { id: 'a', v: 'x' },
      { id: 'a', v: 'X' },
    ],
    [{ id: 'a', v: 'X' }, null],
    [null, { id: 'A', v: 'X' }],
  ])
})

test('a write to a large table costs no more than one to a small table', async () => {
  await using w = await watched(
    'create table things (id text primary key, a integer, b text unique, unique (a, b))',
    ['id', 'a'],
  )
  w.other.exec('pragma synchronous = off')
  const insert = w.other.prepare("insert into things values ('i' || ?1, ?1, 'b' || ?1)")
  const update = w.other.prepare("update things set a = -a, b = b || 'x' where id = 'i' || ?1")
  let next = 0
  /** Milliseconds. */
  const write = (count: number): number => {
    const start = performance.now()
    w.other.exec('begin')
    for (let i = 0; i < count; i++) {
      insert.run(next)
      update.run(next++)
    }
    w.other.exec('commit')
    return performance.now() - start
  }
  write(300)
  const small = Math.min(write(300), write(300))
  w.other.exec(`with recursive n (i) as (select 1000000 union all select i + 1 from n where i < 1030000)
    insert into things select 'i' || i, i, 'b' || i from n`)
  const large = Math.min(write(300), write(300))
  assert.ok(large < small * 10, `${large} ms in a large table, ${small} ms in a small one`)
})

const TABLES: readonly (readonly [create: string, columns: readonly string[]])[] = [
  [
    'create table things (id text primary key, a integer, b text, v integer, unique (a, b))',
    ['id', 'a', 'b', 'v'],
  ],
  // Unique by other rules than those by which the column compares, and by columns that are not watched.
  [
    'create table things (id text primary key, a integer unique, b text, v integer, unique (b collate nocase)) without rowid',
    ['id', 'v'],
  ],
  [
    'create table things (n integer primary key, id text unique on conflict replace, a integer, b text collate nocase, v integer, unique (b collate binary))',
    ['id', 'b', 'v'],
  ],
]

/** Statements of another program that meet each other's rows. */
const statement = (() => {
  const id = fc.constantFrom('p', 'q', 'r', 's')
  const a = fc.constantFrom('1', '2', 'null')
  const b = fc.constantFrom("'x'", "'X'", "'y'", 'null')
  const or = fc.constantFrom('', ' or replace', ' or replace', ' or ignore', ' or fail')
  const row = fc.tuple(id, a, b, fc.nat(3)).map(([i, x, y, v]) => `('${i}', ${x}, ${y}, ${v})`)
  const into = 'into things (id, a, b, v) values'
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(or, fc.array(row, { minLength: 1, maxLength: 3 }))
        .map(([o, rows]) => `insert${o} ${into} ${rows.join(', ')}`),
    },
    {
      weight: 2,
      arbitrary: row.map(
        r => `insert ${into} ${r} on conflict (id) do update set v = excluded.v, a = excluded.a`,
      ),
    },
    { weight: 1, arbitrary: row.map(r => `insert ${into} ${r} on conflict do nothing`) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(or, id, id, a, b)
        .map(([o, i, j, x, y]) => `update${o} things set id = '${j}', a = ${x}, b = ${y} where id = '${i}'`),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(or, a, id).map(([o, x, i]) => `update${o} things set a = ${x} where id > '${i}'`),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(id, fc.nat(3)).map(([i, v]) => `update things set v = ${v} where id = '${i}'`),
    },
    { weight: 1, arbitrary: id.map(i => `delete from things where id = '${i}'`) },
    { weight: 1, arbitrary: fc.constantFrom('savepoint s', 'rollback to s', 'release s') },
  )
})()

for (const [create, columns] of TABLES) {
  for (const recursive of ['off', 'on']) {
    test(`whatever another program does, what is filed leads from each state of the table to the next: ${create}, recursive_triggers ${recursive}`, async () => {
      await using w = await watched(create, columns)
      w.other.exec(`pragma recursive_triggers = ${recursive}; pragma synchronous = off`)
      const table = w.other.prepare(`select ${columns.join(', ')} from things order by id`)
      fc.assert(
        fc.property(fc.array(statement, { maxLength: 12 }), statements => {
          w.other.exec(
            'begin; delete from things; delete from signalbox_changes; delete from signalbox_replaced',
          )
          for (const sql of statements) {
            try {
              w.other.exec(sql)
            } catch {
              // A conflict, which the program would have had as well without triggers.
            }
          }
          const filed = w.filed()
          const rows = table.all().map(row => ({ ...row }))
          w.other.exec('rollback')
          const state = new Map<unknown, Filed>()
          for (const [before, data] of filed) {
            if (before !== null) {
              assert.deepEqual(state.get(before['id']), before)
              state.delete(before['id'])
            }
            if (data !== null) {
              assert.equal(state.get(data['id']), undefined)
              state.set(data['id'], data)
            }
          }
          const replayed = [...state.values()].toSorted((x, y) =>
            String(x?.['id']) < String(y?.['id']) ? -1 : 1,
          )
          assert.deepEqual(replayed, rows)
        }),
        { numRuns: 300 },
      )
    })
  }
}
