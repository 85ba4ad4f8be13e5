import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askChoices, pickedOf } from '../../../src/cli/init/ask.ts'
import type { Catalog, FoundColumn } from '../../../src/cli/init/catalog.ts'
import { type Flags, readFlags } from '../../../src/cli/init/choices.ts'

const column = (name: string, type: string): FoundColumn => ({
  name,
  type,
  nullable: false,
  default: undefined,
  generated: false,
  values: undefined,
  minimum: undefined,
  comment: undefined,
})
const rest = { comment: undefined, primaryKey: ['id'], unique: ['id'], indexed: [], references: [] }
const catalog: Catalog = {
  engine: 'postgres',
  hidden: ['archive.old'],
  tables: [
    {
      name: 'orders',
      kind: 'table',
      columns: [
        column('id', 'integer'),
        column('customer_id', 'bigint'),
        column('photo', 'bytea'),
        column('at', 'date'),
      ],
      ...rest,
    },
    { name: 'keyless', kind: 'table', columns: [column('a', 'text')], ...rest, primaryKey: [], unique: [] },
    { name: 'totals', kind: 'view', columns: [column('id', 'text')], ...rest },
  ],
}

/** Answers with one line after the other, and then there are no more. */
async function conversation(...lines: readonly string[]) {
  const said: string[] = []
  const left = [...lines]
  const choices = await askChoices(catalog, {
    say: text => said.push(text),
    answer: question => {
      said.push(question)
      return Promise.resolve(left.shift())
    },
  })
  return { choices, said: said.join('\n'), left }
}

test('nothing is chosen by empty answers, nor by none', async () => {
  assert.deepEqual((await conversation('')).choices, [])
  assert.deepEqual((await conversation()).choices, [])
  assert.deepEqual((await conversation('orders', '')).choices, [])
  assert.deepEqual((await conversation('orders', 'id', '')).choices, [])
  assert.deepEqual((await conversation('orders', 'id')).choices, [])
})

test('tables, columns and owners are chosen by number and name, and asked for again until they are understood', async () => {
  const { choices, said, left } = await conversation(
    '9',
    'order',
    '1-3',
    'nothing',
    '1,at',
    'at',
    '7',
    '2',
    'yes',
    'id',
    'shared',
  )
  assert.deepEqual(choices, [
    { name: 'orders', columns: ['id', 'at'], owner: { column: 'customer_id' }, write: true },
    { name: 'totals', columns: ['id'], owner: 'shared', write: false },
  ])
  assert.deepEqual(left, [])
  assert.match(said, /photo {2}bytea, cannot be shown: its type is bytea/)
  assert.match(said, /'at' cannot hold ids of accounts. These can: id, customer_id/)
  assert.match(said, /Not on the search path.*archive.old/)
  assert.match(said, /There is no 'order'/)
  assert.match(said, /table 'keyless': it has no column 'id' and no key/)
})

test('an answer is numbers, ranges and names', () => {
  const names = ['a', 'b', 'c', 'd e']
  assert.deepEqual(pickedOf('3, 1-2,a,d e', names), { picked: ['c', 'a', 'b', 'd e'] })
  for (const wrong of ['0', '5', '2-9', '3-2', 'x', 'a b'])
    assert.ok('fault' in pickedOf(wrong, names), wrong)
})

const flags: Flags = { table: [], owner: [], shared: [], write: [] }

test('flags name tables and columns, in quotes where names need them', () => {
  assert.deepEqual(
    readFlags({
      table: ['orders:id,total', '"a: b":"say ""hi""",c d'],
      owner: ['orders."customer.id"'],
      shared: ['"a: b"'],
      write: ['orders'],
    }),
    [
      { name: 'orders', columns: ['id', 'total'], owner: { column: 'customer.id' }, write: true },
      { name: 'a: b', columns: ['say "hi"', 'c d'], owner: 'shared', write: false },
    ],
  )
  assert.deepEqual(readFlags(flags), [])
})

test('flags that say nothing, or too much, are refused with the mend', () => {
  const wrong: readonly (readonly [Partial<Flags>, RegExp])[] = [
    [{ table: ['orders'] }, /say which columns are to be shared: --table orders:id/],
    [{ table: ['orders:'] }, /say which columns|write --table/],
    [{ table: ['orders:id,,x'] }, /write --table orders:id,total/],
    [{ table: ['orders:id,id'], shared: ['orders'] }, /'id' is named twice/],
    [{ table: ['orders:id', 'orders:at'] }, /chosen twice/],
    [{ table: ['orders:id'] }, /whose rows are those of 'orders'/],
    [{ table: ['orders:id'], shared: ['orders'], owner: ['orders.x'] }, /is said twice/],
    [{ table: ['orders:id'], owner: ['orders'] }, /name a table and its column/],
    [{ table: ['orders:id'], shared: ['orders', 'other'] }, /there is no --table other/],
    [{ table: ['orders:id'], shared: ['orders'], write: ['other'] }, /there is no --table other/],
    [{ shared: ['orders'] }, /there is no --table orders/],
  ]
  for (const [given, told] of wrong) assert.throws(() => readFlags({ ...flags, ...given }), told)
})
