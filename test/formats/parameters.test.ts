import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { DefinitionError, wireOf } from '../../src/contract/index.ts'
import { AnswerMismatch, compileParameters, formText } from '../../src/formats/index.ts'

const parameters = (schema: z.ZodType, value: unknown) =>
  compileParameters(wireOf(schema, 'output', 'here'), 'here')(value)

const event = z.object({
  id: z.string(),
  data: z.looseObject({
    score: z.number().nullable(),
    live: z.boolean(),
    author: z.object({ name: z.string() }).optional(),
    tags: z.array(z.string()),
    items: z.array(z.object({ price: z.number(), sizes: z.array(z.int()) })),
    grid: z.array(z.array(z.int())),
    metadata: z.record(z.string(), z.string()),
  }),
})

const data = { score: 12.5, live: true, tags: [], items: [], grid: [], metadata: {} }
const written = (more: object) => parameters(event, { id: 'evt_1', data: { ...data, ...more } }).slice(1)

test('dots lead into objects, and lists of scalars repeat their name', () => {
  assert.deepEqual(written({ author: { name: 'Ann' }, tags: ['a', 'b'] }), [
    ['data.score', '12.5'],
    ['data.live', 'true'],
    ['data.author.name', 'Ann'],
    ['data.tags', 'a'],
    ['data.tags', 'b'],
  ])
  assert.deepEqual(written({ tags: ['a'] })[2], ['data.tags', 'a'])
})

test('null is an empty text; what is absent and what is empty is left out', () => {
  assert.deepEqual(written({ score: null }), [
    ['data.score', ''],
    ['data.live', 'true'],
  ])
})

test('lists of objects and of lists are numbered, and there what is empty holds its place', () => {
  const items = [
    { price: 1, sizes: [4, 5] },
    { price: 1e21, sizes: [] },
  ]
  assert.deepEqual(written({ items, grid: [[1, 2], [], [3]] }).slice(2), [
    ['data.items.0.price', '1'],
    ['data.items.0.sizes', '4'],
    ['data.items.0.sizes', '5'],
    ['data.items.1.price', '1e+21'],
    ['data.grid.0', '1'],
    ['data.grid.0', '2'],
    ['data.grid.1', ''],
    ['data.grid.2', '3'],
  ])
})

test('a name with a dot or a bracket of its own stands in brackets', () => {
  const metadata = Object.fromEntries([
    ['colour', 'red'],
    ['a.b', '1'],
    ['c[d', '2'],
    ['', '3'],
    ['__proto__', '4'],
  ])
  assert.deepEqual(written({ metadata }).slice(2), [
    ['data.metadata.colour', 'red'],
    ['data.metadata[a.b]', '1'],
    ['data.metadata[c[d]', '2'],
    ['data.metadata.', '3'],
    ['data.metadata.__proto__', '4'],
  ])
  assert.deepEqual(parameters(z.record(z.string(), z.int()), { 'a.b': 1, '': 2 }), [
    ['[a.b]', '1'],
    ['', '2'],
  ])
})

test('members that the schema does not name are left out where it is closed, and are sent where it is open', () => {
  assert.deepEqual(written({ more: [{ x: null }] }).at(-1), ['data.more.0.x', ''])
  assert.deepEqual(parameters(z.object({ a: z.int() }), { a: 1, secret: 2 }), [['a', '1']])
})

test('a value that does not fit is refused with its pointer', () => {
  assert.throws(
    () => written({ tags: ['a', 5] }),
    (error: unknown) => error instanceof AnswerMismatch && error.pointer === '/data/tags/1',
  )
})

test('what has no names is refused when it is compiled', () => {
  assert.throws(() => parameters(z.string(), 'a'), DefinitionError)
})

test('a list of 200,000 items does not end the process', () => {
  const tags = Array.from({ length: 200_000 }, () => 'a')
  assert.equal(written({ tags }).length, 200_002)
})

test('form text is application/x-www-form-urlencoded, byte for byte', () => {
  const given = [
    ['a.b', "é +&=%~*'()!-_"],
    ['c[d]', ''],
    ['a.b', '\r\n🚂\ud83d'],
  ] as const
  const text = 'a.b=%C3%A9+%2B%26%3D%25%7E*%27%28%29%21-_&c%5Bd%5D=&a.b=%0D%0A%F0%9F%9A%82%EF%BF%BD'
  assert.equal(formText(given), text)
  assert.equal(formText([]), '')
})
