import assert from 'node:assert/strict'
import { createInsert, type Insert } from '../insert.ts'
import type { Store, Value } from '../port.ts'
import { ids, insert, type Rule } from './rule.ts'

/** Adds rows in units of their own, some times: a store may write those that come later in another way than the first. */
async function addAll(store: Store, into: Insert, rows: readonly (readonly Value[])[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROUND) {
    await Promise.all(
      rows
        .slice(from, from + ROUND)
        .map(values => store.unit(async tx => tx.add(into, ...values), 'one', 'adds')),
    )
  }
}
const ROUND = 20

export function rowRules(rule: Rule): void {
  const items = createInsert('items', ['id', 'n'])

  rule('rows that units add are there for what follows in them', async ({ store }) => {
    const add = (id: string): Promise<unknown> =>
      store.unit(
        async tx => {
          tx.add(items, id, 1)
          const row = await tx.get('select n from items where id = $1', id)
          return row?.['n']
        },
        'one',
        'adds',
      )
    for (const round of ['a', 'b', 'c']) {
      const seen = await Promise.all(Array.from({ length: 20 }, (_, i) => add(`${round}${i}`)))
      assert.deepEqual(new Set(seen), new Set([1]))
    }
    assert.equal((await ids(store)).length, 60)
  })

  rule('one that fails takes its unit along, and no other', async ({ store }) => {
    await store.unit(tx => insert(tx, 'taken'))
    for (const round of ['a', 'b', 'c']) {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 30 }, (_, i) =>
          store.unit(
            async tx => {
              tx.add(items, `${round}${i}`, i)
              tx.add(items, i % 10 === 0 ? 'taken' : `${round}${i} again`, null)
            },
            'one',
            'adds',
          ),
        ),
      )
      const refused = outcomes.flatMap((outcome, i) => (outcome.status === 'rejected' ? [i] : []))
      assert.deepEqual(refused, [0, 10, 20])
    }
    assert.equal((await ids(store)).length, 1 + 3 * 27 * 2)
  })

  rule('each value is stored as one row alone has it', async ({ store }) => {
    const { dialect } = store
    const types = ['text', 'integer', 'real', 'boolean', 'json'] as const
    const columns = types.map(type => dialect.declare(type, type, true))
    await store.unit(tx => tx.run(`create table things (id text primary key, ${columns.join(', ')})`))
    const things = createInsert('things', ['id', ...types])
    const texts = [
      '',
      'NULL',
      'null',
      '{}',
      '{"a,b"}',
      'it\'s \\ "so"',
      'größer 🚢',
      '\\x41',
      ' \t\n ',
      '\ud800',
    ]
    const wholes = [0, -1, Number.MAX_SAFE_INTEGER, 2n ** 40n]
    const reals = [0, -0.1, 1e300, 5e-324, 1 / 3]
    const json = [[], {}, { a: ["'", '"', '\\', null] }, 'text', 7]
    const rows = Array.from({ length: 100 }, (_, i): Value[] => [
      `i${String(i).padStart(3, '0')}`,
      ...[texts, wholes, reals, [true, false], json].map((values, column) => {
        const value = values[i % (values.length + 1)]
        return dialect.encode(value, types[column] ?? 'text')
      }),
    ])
    const read = (): Promise<unknown[]> => store.read.all('select * from things order by id')
    await store.unit(async tx => {
      for (const row of rows) await tx.run(things.one, ...row)
    })
    const alone = await read()
    await store.unit(tx => tx.run('delete from things'))
    await addAll(store, things, rows)
    assert.equal(alone.length, 100)
    assert.deepEqual(await read(), alone)
  })

  rule('rows may refer to those that were added before them', async ({ store }) => {
    await store.unit(tx =>
      tx.run('create table parts (id text primary key, item text not null references items (id))'),
    )
    const parts = createInsert('parts', ['id', 'item'])
    for (const round of ['a', 'b', 'c']) {
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.unit(
            async tx => {
              tx.add(items, `${round}${i}`, i)
              tx.add(parts, `${round}${i}`, `${round}${i}`)
            },
            'one',
            'adds',
          ),
        ),
      )
    }
    const rows = await store.read.all('select id from parts')
    assert.equal(rows.length, 60)
  })

  rule('a column may follow from others of its row', async ({ store }) => {
    await store.unit(tx => insert(tx, 'known', 7))
    const follows = createInsert('items', ['id'], {
      n: value => `(select n from items where items.id = substr(${value('id')}, 1, 5))`,
    })
    const names = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? `known ${i}` : `other ${i}`))
    await addAll(
      store,
      follows,
      names.map(name => [name]),
    )
    const rows = await store.read.all("select id, n from items where id <> 'known' order by id")
    assert.deepEqual(
      rows.map(row => [row['id'], row['n']]),
      names.toSorted().map(name => [name, name.startsWith('known') ? 7 : null]),
    )
  })
}
