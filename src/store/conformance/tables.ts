import assert from 'node:assert/strict'
import type { ColumnType, Store } from '../port.ts'
import { migrate } from '../schema.ts'
import type { Rule } from './rule.ts'

export function columnRules(rule: Rule): void {
  rule('columns tells names in order, declared types, nulls, defaults and uniqueness', async ({ store }) => {
    await store.unit(async tx => {
      await tx.run(`create table things (
        id text primary key, code varchar(20) not null unique, first integer, second integer default 3, third text not null,
        unique (first, second))`)
      await tx.run('create unique index things_third on things (third) where second > 0')
    })
    const columns = await store.columns('things')
    assert.deepEqual(
      columns?.map(({ name, nullable, hasDefault, unique }) => [name, nullable, hasDefault, unique]),
      [
        ['id', false, false, true],
        ['code', false, false, true],
        ['first', true, false, false],
        ['second', true, true, false],
        ['third', false, false, false],
      ],
    )
    assert.equal(columns?.[0]?.type.toLowerCase(), 'text')
  })

  rule(
    'columns tells what the database makes itself, and that a view cannot tell what is unique',
    async ({ store }) => {
      await store.unit(async tx => {
        await tx.run(
          'create table things (id text primary key, n integer, twice integer generated always as (n * 2) stored)',
        )
        await tx.run('create view seen as select id, n from things')
      })
      const things = await store.columns('things')
      assert.deepEqual(
        things?.map(({ name, generated }) => [name, generated]),
        [
          ['id', false],
          ['n', false],
          ['twice', true],
        ],
      )
      const seen = await store.columns('seen')
      assert.deepEqual(
        seen?.map(({ name, unique }) => [name, unique]),
        [
          ['id', undefined],
          ['n', undefined],
        ],
      )
    },
  )

  rule('a column of integers takes texts of their digits, and no others', async ({ store }) => {
    await store.unit(tx => tx.run('create table counted (id integer primary key)'))
    const [column] = (await store.columns('counted')) ?? []
    const { holds, native } = store.dialect
    assert.equal(holds(column?.type ?? '', 'text'), true)
    const own = native(column?.type ?? '', 'text')
    for (const text of ['0', '-7', '2147483647']) {
      const value = own?.take(text)
      assert.ok(value !== undefined && value !== null)
      await store.unit(tx => tx.run('insert into counted (id) values ($1)', value))
      const row = await store.read.get('select id from counted where id = $1', value)
      assert.equal(String(row?.['id']), text)
    }
    for (const text of ['07', ' 7', '7.0', '7e0', '-0', '', 'x', '9223372036854775808'])
      assert.equal(own?.take(text), undefined, text)
  })

  rule('columns answers undefined for a table that is not there', async ({ store }) => {
    assert.equal(await store.columns('nothing'), undefined)
  })
}

const samples: { readonly [T in ColumnType]: readonly unknown[] } = {
  text: ['', 'plain', 'it\'s "quoted" $1', '007', '1e5', 'ünïcödé 🚦', '2026-11-23T08:00:00.000Z'],
  integer: [0, -1, 42, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  real: [0, 3, 0.1, -2.5e-300, 1.7976931348623157e308],
  boolean: [true, false],
  json: [{ a: [1, 2.5, { b: null }], c: 'ü' }, [], 'text', 5, '5', true, { $1: '1' }],
}
const types = Object.keys(samples) as ColumnType[]

export function dialectRules(rule: Rule): void {
  for (const type of types) {
    rule(`a declared ${type} column gives back what it was given`, async ({ store }) => {
      const { dialect } = store
      await store.unit(tx =>
        tx.run(
          `create table samples (id text primary key, ${dialect.declare('v', type, true)})${dialect.tableOptions}`,
        ),
      )
      for (const [i, sample] of [...samples[type], null, undefined].entries()) {
        await store.unit(tx =>
          tx.run('insert into samples (id, v) values ($1, $2)', `s${i}`, dialect.encode(sample, type)),
        )
        const row = await store.read.get('select v from samples where id = $1', `s${i}`)
        assert.deepEqual(dialect.decode(row?.['v'] ?? null, type), sample ?? null)
      }
    })

    rule(`a declared ${type} column holds ${type}, as columns names it`, async ({ store }) => {
      const { dialect } = store
      await store.unit(tx =>
        tx.run(`create table samples (${dialect.declare('v', type, false)})${dialect.tableOptions}`),
      )
      const [column] = (await store.columns('samples')) ?? []
      assert.equal(column?.nullable, false)
      assert.equal(dialect.holds(column.type, type), true)
    })
  }

  rule('a column declared not null takes no null', async ({ store }) => {
    const { dialect } = store
    await store.unit(tx =>
      tx.run(`create table samples (${dialect.declare('v', 'text', false)})${dialect.tableOptions}`),
    )
    await assert.rejects(store.unit(tx => tx.run('insert into samples (v) values ($1)', null)))
  })

  rule('declared names may be words of SQL, and hold quotes', async ({ store }) => {
    const { dialect } = store
    const names = ['order', 'select', 'say "hi"', 'camelCase']
    const declared = names.map(name => dialect.declare(name, 'boolean', true))
    await store.unit(tx => tx.run(`create table samples (${declared.join(', ')})${dialect.tableOptions}`))
    const columns = await store.columns('samples')
    assert.deepEqual(
      columns?.map(column => column.name),
      names,
    )
  })

  rule(
    'numbers are in the order in which rows are seen, whoever commits, and none is given twice',
    async ({ store, again }) => {
      const other = await again()
      await migrate(store)
      const { commitOrder, tableOptions } = store.dialect
      const next = commitOrder.numbers?.next
      const append = async (by: Store, id: string): Promise<void> => {
        await by.unit(tx => tx.run('insert into facts (id) values ($1)', id), id)
        if (next === undefined) return
        await by.unit(tx => tx.run(`update facts set n = ${next} where n is null`), 'numbering')
      }
      try {
        await store.unit(tx =>
          tx.run(`create table facts (n ${commitOrder.declare}, id text not null)${tableOptions}`),
        )
        const seen: string[] = []
        let last = 0
        const look = async (): Promise<void> => {
          for (const { n, id } of await store.read.all(
            'select n, id from facts where n > $1 order by n',
            last,
          )) {
            seen.push(String(id))
            last = Number(n)
          }
        }
        let writing = true
        const writers = [store, other].map(async (by, w) => {
          for (let i = 0; i < 50; i++)
            await Promise.all(['x', 'y'].map(each => append(by, `${w}${each}${i}`)))
        })
        const written = Promise.all(writers).finally(() => {
          writing = false
        })
        while (writing) await look()
        await written
        await look()
        assert.equal(seen.length, 200)
        assert.equal(new Set(seen).size, 200)
        await other.unit(tx => tx.run('delete from facts'))
        await append(other, 'later')
        await look()
        assert.equal(seen.at(-1), 'later')
      } finally {
        await other.close()
      }
    },
  )

  rule('values that a column cannot hold are refused before they reach it', async ({ store }) => {
    const { encode } = store.dialect
    const wrong: [unknown, ColumnType][] = [
      [Number.NaN, 'real'],
      [Number.POSITIVE_INFINITY, 'real'],
      ['3', 'real'],
      [1.5, 'integer'],
      [2 ** 53, 'integer'],
      [2n ** 63n, 'integer'],
      [1, 'boolean'],
      [5, 'text'],
      [() => 1, 'json'],
    ]
    for (const [value, type] of wrong) assert.throws(() => encode(value, type), TypeError)
  })
}

export function schemaRules(rule: Rule): void {
  rule('migrate can run at every start', async ({ store }) => {
    await migrate(store)
    await store.unit(tx =>
      tx.run("insert into signalbox_accounts (id, name, mode, created_at) values ('a', 'A', 'live', '2026')"),
    )
    await migrate(store)
    assert.equal(Number((await store.read.get('select count(*) as c from signalbox_accounts'))?.['c']), 1)
  })

  rule('migrate can run from several opens at once', async ({ store, again }) => {
    const others = await Promise.all([again(), again()])
    try {
      await Promise.all([store, ...others].map(each => migrate(each)))
      const steps = await store.read.all('select number from signalbox_steps order by number')
      assert.deepEqual(
        steps.map(step => Number(step['number'])),
        steps.map((_, i) => i + 1),
      )
      assert.ok(steps.length > 0)
    } finally {
      await Promise.all(others.map(other => other.close()))
    }
  })
}
