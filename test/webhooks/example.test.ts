import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { wireOf } from '../../src/contract/index.ts'
import { exampleOf } from '../../src/webhooks/example.ts'

const example = (schema: z.ZodType): unknown => exampleOf(wireOf(schema, 'output', 'test'), 'test')

test('an example has what the schema gives as an example or a default, and else plain values', () => {
  const Article = z.object({
    headline: z.string().meta({ examples: ['Rain stops'] }),
    score: z.number().default(7),
    state: z.enum(['draft', 'live']),
    count: z.int(),
    open: z.boolean(),
    summary: z.string().nullable(),
    note: z.string().optional(),
    tags: z.array(z.string()),
    at: z.iso.datetime(),
    titles: z.record(z.string(), z.string()),
  })
  const made = example(Article)
  assert.deepEqual(made, {
    headline: 'Rain stops',
    score: 7,
    state: 'draft',
    count: 1,
    open: true,
    summary: 'summary',
    note: 'note',
    tags: ['tags'],
    at: '2026-11-23T08:00:00.000Z',
    titles: { name: 'name' },
  })
})

test('an example that does not fit its own schema is passed over', () => {
  assert.equal(
    example(
      z
        .string()
        .max(3)
        .meta({ examples: ['too long', 'fit'] }),
    ),
    'fit',
  )
  assert.equal(example(z.int().meta({ examples: ['one'] })), 1)
})

test('a schema that contains itself has an example that ends', () => {
  const Comment = z.object({
    text: z.string(),
    get reply() {
      return Comment.nullable()
    },
    get replies() {
      return z.array(Comment)
    },
  })
  assert.ok(Comment.safeParse(example(Comment)).success)
})

test('a pattern for which nothing fits has no example, rather than a wrong one', () => {
  assert.equal(example(z.object({ code: z.string().regex(/^[QX]{7}-\d{3}$/) })), undefined)
  assert.deepEqual(
    example(
      z.object({
        code: z
          .string()
          .regex(/^[QX]{7}-\d{3}$/)
          .meta({ examples: ['QQQQQQQ-001'] }),
      }),
    ),
    { code: 'QQQQQQQ-001' },
  )
})

const leaf = fc.oneof(
  fc.constantFrom(
    z.email(),
    z.uuid(),
    z.url(),
    z.ipv4(),
    z.ipv6(),
    z.iso.date(),
    z.iso.datetime(),
    z.iso.duration(),
    z.boolean(),
    z.null(),
    z.enum(['a', 'b']),
    z.literal(3),
    z.unknown(),
  ),
  fc.tuple(fc.nat(20), fc.nat(20)).map(([least, more]) =>
    z
      .string()
      .min(least)
      .max(least + more),
  ),
  fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.nat(100)).map(([from, more]) =>
    z
      .int()
      .min(from)
      .max(from + more),
  ),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map(from => z.number().gt(from)),
  fc.integer({ min: 1, max: 50 }).map(of => z.int().multipleOf(of).min(7)),
)
const { schema: schemas } = fc.letrec<{ schema: z.ZodType }>(tie => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc
      .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('schema'), { maxKeys: 4 })
      .map(fields => z.object(fields)),
    fc.tuple(tie('schema'), fc.nat(3)).map(([item, least]) => z.array(item).min(least)),
    tie('schema').map(inner => z.union([inner, z.null()])),
    tie('schema').map(inner => z.record(z.string(), inner)),
    fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => z.tuple([a, b])),
  ),
}))

test('whatever the schema, its example is valid', () => {
  fc.assert(
    fc.property(schemas, schema => {
      const made = example(schema)
      assert.notEqual(made, undefined)
      assert.ok(schema.safeParse(made).success, JSON.stringify(made))
    }),
    { numRuns: 300 },
  )
})
