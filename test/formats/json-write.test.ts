import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { type JsonSchema, wireOf } from '../../src/contract/index.ts'
import { shapeOf } from '../../src/contract/shape-of.ts'
import { AnswerMismatch, compileJsonWriter, type JsonWriter } from '../../src/formats/index.ts'

const writer = (schema: z.ZodType): JsonWriter =>
  compileJsonWriter(wireOf(schema, 'output', 'here'), 'GET /here')
const writerOf = (jsonSchema: JsonSchema): JsonWriter =>
  compileJsonWriter({ jsonSchema, ...shapeOf(jsonSchema, 'here') }, 'GET /here')

function mismatch(write: JsonWriter, value: unknown): AnswerMismatch {
  try {
    write(value)
  } catch (error) {
    assert.ok(error instanceof AnswerMismatch, String(error))
    return error
  }
  return assert.fail('it was written')
}

test('what is named is written in the order of the schema, the rest is dropped', () => {
  const write = writer(z.object({ id: z.string(), score: z.number(), tags: z.array(z.string()) }))
  assert.equal(
    write({ secret: 1, tags: ['a', 'b'], score: -0, id: 'x' }),
    '{"id":"x","score":0,"tags":["a","b"]}',
  )
})

test('optional members that are undefined are left out, wherever they stand', () => {
  const write = writer(
    z.object({ a: z.string().optional(), b: z.number().optional(), c: z.boolean(), d: z.null().optional() }),
  )
  assert.equal(write({ c: true }), '{"c":true}')
  assert.equal(write({ b: 2, c: true }), '{"b":2,"c":true}')
  assert.equal(write({ a: 'a', b: 2, c: true, d: null }), '{"a":"a","b":2,"c":true,"d":null}')
  const loose = writer(z.object({ a: z.string().optional(), b: z.number().optional() }))
  assert.equal(loose({}), '{}')
  assert.equal(loose({ b: 1 }), '{"b":1}')
})

test('strings are escaped as JSON.stringify escapes them', () => {
  const write = writer(z.string())
  const pieces = [
    'plain',
    '"',
    '\\',
    '\n',
    '\u0000',
    '\u001f',
    '\u007f',
    '\u2028',
    'é',
    '🚂',
    '\ud83d',
    '\ude82',
  ]
  for (const piece of pieces) {
    for (const text of [piece, `${piece}${'x'.repeat(100)}`, `${'x'.repeat(100)}${piece}`]) {
      assert.equal(write(text), JSON.stringify(text))
    }
  }
})

test('names that could break generated code are only names', () => {
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'a"b',
    "a'b",
    'a\nb',
    '\u2028',
    '\x24{x}',
    '`',
    '\\',
    '*/',
    '',
  ]
  const properties = Object.fromEntries(names.map(name => [name, { const: `of ${name}` }]))
  const write = writerOf({ type: 'object', properties, required: names })
  const value = Object.fromEntries(names.map(name => [name, `of ${name}`]))
  assert.equal(write(value), JSON.stringify(value))
  assert.equal(Object.hasOwn(JSON.parse(write(value)), '__proto__'), true)
})

test('a member that every object inherits counts only where the object has it itself', () => {
  const write = writerOf({ type: 'object', properties: { constructor: {}, ['__proto__']: {} } })
  assert.equal(write({}), '{}')
})

test('a mismatch names where, what was expected and the kind received, never the value', () => {
  const write = writer(z.object({ data: z.array(z.object({ 'a/b': z.string().max(5) })) }))
  const error = mismatch(write, { data: [{ 'a/b': 'fine' }, { 'a/b': 'my secret' }] })
  assert.equal(error.pointer, '/data/1/a~1b')
  assert.equal(error.expected, 'a string of at most 5 characters')
  assert.equal(error.received, 'string')
  assert.equal(
    error.message,
    'GET /here: /data/1/a~1b is not what its schema says: expected a string of at most 5 characters, received string',
  )
  assert.doesNotMatch(JSON.stringify(error), /secret/)
})

test('each kind of value is checked', () => {
  const wrong: [z.ZodType, unknown, string, string][] = [
    [z.string(), undefined, 'a string', 'nothing'],
    [z.string(), null, 'a string', 'null'],
    [
      z.iso.datetime(),
      new Date(0),
      'a date-time such as 2026-11-23T08:00:00Z (RFC 3339)',
      'a Date (use its toISOString())',
    ],
    [z.number(), Number.NaN, 'a number', 'a number that is not finite'],
    [z.number(), Number.POSITIVE_INFINITY, 'a number', 'a number that is not finite'],
    [z.number(), 1n, 'a number', 'bigint'],
    [z.int(), 1.5, 'an integer', 'number'],
    [z.number().min(2), 1, 'a number of at least 2', 'number'],
    [z.number().lt(2), 2, 'a number below 2', 'number'],
    [z.boolean(), 'true', 'true or false', 'string'],
    [z.null(), 0, 'null', 'number'],
    [z.enum(['a', 'b']), 'c', 'one of "a", "b"', 'string'],
    [z.array(z.string()), {}, 'an array', 'object'],
    [z.array(z.string()).min(1), [], 'at least 1 item', 'array'],
    [z.tuple([z.string()]), ['a', 'b'], 'at most 1 item', 'array'],
    [z.object({ a: z.string() }), ['a'], 'an object', 'array'],
    [z.object({ a: z.string().optional() }), new Date(0), 'an object', 'a Date (use its toISOString())'],
    [z.string().min(1), '', 'a string that is not empty', 'string'],
    [z.string().regex(/^a+$/), 'b', 'a string that matches ^a+$', 'string'],
    [z.uuid(), 'x', 'a UUID', 'string'],
    [z.union([z.string(), z.number()]), true, 'a string or a number', 'boolean'],
    [z.unknown(), undefined, 'a JSON value', 'nothing'],
    [z.unknown(), () => 1, 'a JSON value', 'function'],
  ]
  for (const [schema, value, expected, received] of wrong) {
    const error = mismatch(writer(schema), value)
    assert.deepEqual([error.pointer, error.expected, error.received], ['', expected, received])
  }
})

test('lengths are counted in code points', () => {
  const write = writer(z.string())
  assert.equal(write('🚂🚂'), '"🚂🚂"')
  const two = writerOf({ type: 'string', minLength: 2, maxLength: 2 })
  assert.equal(two('🚂🚂'), '"🚂🚂"')
  assert.equal(mismatch(two, '🚂').expected, 'a string of at least 2 characters')
  assert.equal(mismatch(two, '🚂🚂🚂').expected, 'a string of at most 2 characters')
})

test('multiples are those of decimal numbers, not of the doubles that stand for them', () => {
  const write = writerOf({ type: 'number', multipleOf: 0.1 })
  assert.equal(write(0.3), '0.3')
  assert.equal(write(1234567.8), '1234567.8')
  assert.equal(mismatch(write, 0.35).expected, 'a multiple of 0.1')
})

test('equal items are found whatever the order of their members', () => {
  const write = writerOf({ type: 'array', items: {}, uniqueItems: true })
  assert.equal(write([1, '1', { a: 1 }, { a: 2 }, [1], null]), '[1,"1",{"a":1},{"a":2},[1],null]')
  assert.equal(
    mismatch(write, [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]).expected,
    'an array without equal items',
  )
  assert.equal(mismatch(write, ['a', 'a']).expected, 'an array without equal items')
})

test('a union with a listed field is told apart by it, and the mismatch is inside the right member', () => {
  const write = writer(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), x: z.number() }),
      z.object({ kind: z.literal(['b', 'c']), y: z.string() }),
    ]),
  )
  assert.equal(write({ y: 'y', kind: 'c' }), '{"kind":"c","y":"y"}')
  assert.equal(mismatch(write, { kind: 'a', x: '1' }).pointer, '/x')
  const error = mismatch(write, { kind: 'd' })
  assert.deepEqual([error.pointer, error.expected], ['/kind', 'one of "a", "b", "c"'])
})

test('of a union without one, the first member that fits is written', () => {
  const write = writer(
    z.union([
      z.object({ a: z.string(), b: z.number() }),
      z.object({ a: z.string() }),
      z.array(z.number()),
      z.array(z.string()),
      z.int(),
      z.number().max(0),
    ]),
  )
  assert.equal(write({ a: 'a', b: 1 }), '{"a":"a","b":1}')
  assert.equal(write({ a: 'a', b: 'no number' }), '{"a":"a"}')
  assert.equal(write(['x']), '["x"]')
  assert.equal(write([]), '[]')
  assert.equal(write(7), '7')
  assert.equal(write(-0.5), '-0.5')
  assert.match(mismatch(write, 0.5).expected, /^an integer or a number in one of the forms/)
  assert.match(mismatch(write, { a: 1 }).expected, /^an object in one of the forms/)
  assert.match(mismatch(write, null).expected, /^an object or an array or an integer or a number$/)
})

test('records are written with every member that fits their names', () => {
  const write = writer(z.record(z.string().regex(/^[a-z"]+$/), z.number()))
  assert.equal(write({ b: 2, 'a"': 1, c: undefined }), '{"b":2,"a\\"":1}')
  assert.equal(mismatch(write, { A: 1 }).pointer, '/A')
  assert.equal(mismatch(write, { 'a"': 'x' }).pointer, '/a"')
  const mixed = writer(z.object({ id: z.string() }).catchall(z.number()))
  assert.equal(mixed({ z: 1, id: 'x' }), '{"id":"x","z":1}')
  const loose = writer(z.looseObject({ id: z.string().optional() }))
  assert.equal(loose({ z: [{}], id: 'x' }), '{"id":"x","z":[{}]}')
  assert.equal(loose({ z: [{}] }), '{"z":[{}]}')
  const bounded = writerOf({ type: 'object', additionalProperties: {}, minProperties: 1, maxProperties: 2 })
  assert.equal(mismatch(bounded, {}).expected, 'at least 1 member')
  assert.equal(mismatch(bounded, { a: 1, b: 2, c: 3 }).expected, 'at most 2 members')
})

test('many listed values are looked up', () => {
  const values = [...Array.from({ length: 20 }, (_, i) => `v${i}`), 7, true, null]
  const write = writerOf({ enum: values })
  assert.deepEqual(
    values.map(write),
    values.map(value => JSON.stringify(value)),
  )
  assert.equal(mismatch(write, 'v20').received, 'string')
})

test('a value that contains itself by its schema may be 64 levels deep, and no circle stops the process', () => {
  const Node = z.object({
    name: z.string(),
    get next() {
      return Node.optional()
    },
  })
  const write = writer(Node)
  const chain = (length: number) => {
    let node: z.infer<typeof Node> = { name: 'last' }
    for (let i = 1; i < length; i++) node = { name: 'n', next: node }
    return node
  }
  assert.deepEqual(JSON.parse(write(chain(64))), chain(64))
  assert.equal(mismatch(write, chain(65)).expected, 'at most 64 levels of arrays and objects')
  const circle: { name: string; next?: object } = { name: 'x' }
  circle.next = circle
  assert.equal(mismatch(write, circle).pointer, '/next'.repeat(64))
  const any: unknown[] = []
  any.push(any)
  assert.equal(mismatch(writer(z.unknown()), any).pointer, '/0'.repeat(64))
  const either = writer(z.union([z.array(Node), z.array(z.number())]))
  assert.equal(mismatch(either, [circle]).pointer, '')
})

test('any value is written as it is, and what JSON would lose is a mismatch', () => {
  const write = writer(z.object({ any: z.unknown() }))
  const value = { any: { b: [1, 'x"', null, { c: true, d: undefined }], '': {} } }
  assert.equal(write(value), JSON.stringify(value))
  assert.equal(mismatch(write, { any: { b: [Number.NaN] } }).pointer, '/any/b/0')
  assert.equal(mismatch(write, { any: { when: new Date(0) } }).pointer, '/any/when')
})
