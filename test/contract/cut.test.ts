import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { cutBehind } from '../../src/contract/cut.ts'
import { MOST_ISSUES, type Schema, validate, validateInput, wireOf } from '../../src/contract/index.ts'

const wire = (schema: Schema) => wireOf(schema, 'input', 'test')
const judged = async (schema: Schema, value: unknown) => await validateInput(schema, wire(schema), value)
const many = <T>(item: T, count = 9_900): T[] => Array.from({ length: count }, () => item)

test('of a value with ten thousand faults the library is asked about no more than are told', async () => {
  let told = 0
  const error = () => {
    told++
    return 'wrong'
  }
  const text = z.string({ error }).min(2, { error }).regex(/^a/, { error })
  const row = z.object({ a: text, b: text.optional() }, { error })
  const schemas: readonly (readonly [Schema, unknown])[] = [
    [z.object({ tags: z.array(text), title: z.string() }), { tags: many(1), title: 'a' }],
    [z.object({ tags: z.array(text) }), { tags: many('a') }],
    [z.object({ tags: z.array(text) }), { tags: many('bb') }],
    [z.object({ tags: z.array(text), more: z.array(text) }), { tags: many('aa', 90), more: many(1) }],
    [z.record(z.string(), text), Object.fromEntries(many(1).map((one, i) => [`k${i}`, one]))],
    [z.record(text, z.int()), Object.fromEntries(many(1).map((one, i) => [`k${i}`, one]))],
    [z.array(row), many({})],
    [z.array(row), many({ a: 1, b: 2 })],
    [z.array(z.array(z.int()).min(1, { error })), many([])],
    [z.array(z.union([text, z.null()])), many(false)],
    [
      z.object({
        in: z.discriminatedUnion('kind', [
          row.extend({ kind: z.literal('a') }),
          z.object({ kind: z.literal('b'), list: z.array(text) }),
        ]),
      }),
      { in: { kind: 'b', list: many(1) } },
    ],
    [z.object({ list: z.array(text) }), { list: many(1), list2: many(1) }],
  ]
  for (const [schema, value] of schemas) {
    told = 0
    const result = await judged(schema, value)
    assert.ok('issues' in result)
    assert.equal(result.issues.length, MOST_ISSUES + 1)
    assert.ok(told <= 2 * (MOST_ISSUES + 1), `${told} messages`)
  }
})

test('where a schema takes what its document does not, the whole value is judged', async () => {
  const trimmed = z.object({ tags: z.array(z.string().trim().max(3)) })
  assert.deepEqual(await judged(trimmed, { tags: many('  abc  ', 500) }), {
    value: { tags: many('abc', 500) },
  })
  const result = await judged(trimmed, { tags: [...many('  abc  ', 500), 'abcd'] })
  assert.deepEqual('issues' in result && result.issues.map(({ path }) => path), [['tags', 500]])
})

test('what was cut away is not missed', async () => {
  const schema = z.object({ tags: z.array(z.string()).min(5_000), title: z.string(), rows: z.array(z.int()) })
  const result = await judged(schema, { tags: many(1), title: 'a', rows: [1] })
  assert.ok('issues' in result)
  assert.deepEqual(result.issues.at(-1)?.path, ['tags', MOST_ISSUES])
})

test('what several forms of a union could be is passed over, so that each value is looked at once', () => {
  const node: z.ZodType = z.lazy(() => z.union([z.array(node), z.array(z.array(node)), z.int()]))
  let deep: unknown = 'x'
  for (let i = 0; i < 60; i++) deep = [deep]
  assert.equal(cutBehind(deep, wire(node), 1), undefined)
})

test('what is found wrong is what the library finds wrong, at the same places', async () => {
  const item = z.object({
    id: z.string().min(1),
    n: z.int().max(9).optional(),
    kind: z.enum(['a', 'b']).default('a'),
  })
  const schema = z.object({
    items: z.array(item),
    notes: z.record(z.string().max(3), z.union([z.string(), z.null()])),
  })
  const loose = fc.oneof(fc.constant('a'), fc.integer({ max: 20 }), fc.constant(null), fc.constant(''))
  const one = fc.record({ id: loose, n: loose, kind: loose }, { requiredKeys: [] })
  const value = fc.record(
    {
      items: fc.array(fc.oneof(one, one, one, loose), { maxLength: 200, size: 'max' }),
      notes: fc.dictionary(fc.string({ maxLength: 5 }), loose, { maxKeys: 200, size: 'max' }),
    },
    { requiredKeys: ['items'] },
  )
  let cut = 0
  await fc.assert(
    fc.asyncProperty(value, async given => {
      const { success, error } = schema.safeParse(given)
      const result = await judged(schema, given)
      assert.equal('value' in result, success)
      if ('value' in result) return assert.deepEqual(result, await validate(schema, given))
      const places = new Set(error?.issues.map(({ path, message }) => JSON.stringify([path, message])))
      for (const { path, message } of result.issues) assert.ok(places.has(JSON.stringify([path, message])))
      // A library passes over a few of what a shape shows.
      assert.ok(result.issues.length > 0.9 * Math.min(places.size, MOST_ISSUES))
      if (places.size > MOST_ISSUES) cut++
    }),
    { numRuns: 60, endOnFailure: true },
  )
  assert.ok(cut > 0)
})
