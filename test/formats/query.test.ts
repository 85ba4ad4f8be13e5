import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { DefinitionError, wireOf } from '../../src/contract/index.ts'
import { compileQueryReader } from '../../src/formats/index.ts'

const reader = (schema: z.ZodType) => compileQueryReader(wireOf(schema, 'input', 'here'), 'here')

const read = reader(
  z.object({
    q: z.string().min(2).optional(),
    limit: z.int().min(1).max(100).default(20),
    score: z.number().optional(),
    featured: z.boolean().optional(),
    sort: z.enum(['asc', 'desc']).optional(),
    tags: z.array(z.string()).max(3).optional(),
    ids: z.array(z.int()).optional(),
    version: z.literal([1, 2]).optional(),
    nullable: z.number().nullable().optional(),
    either: z.union([z.int(), z.string()]).optional(),
    since: z.iso.date().optional(),
  }),
)

test('texts become values of the types that the shape gives', () => {
  assert.deepEqual(
    read('q=two+words&limit=5&score=-1.5e2&featured=false&sort=asc&tags=a&tags=b&ids=7&version=2'),
    {
      value: {
        q: 'two words',
        limit: 5,
        score: -150,
        featured: false,
        sort: 'asc',
        tags: ['a', 'b'],
        ids: [7],
        version: 2,
      },
    },
  )
  assert.deepEqual(read('nullable=1&either=5&since=2026-11-23'), {
    value: { nullable: 1, either: 5, since: '2026-11-23' },
  })
  assert.deepEqual(read('either=five'), { value: { either: 'five' } })
})

test('an absent optional parameter is absent, and an empty query is empty', () => {
  for (const query of ['', '?', '&&']) assert.deepEqual(read(query), { value: {} })
})

test('names and texts are percent-encoded UTF-8', () => {
  assert.deepEqual(read('?%71=%C3%A9%2B%26'), { value: { q: 'é+&' } })
  for (const broken of ['q=%', 'q=%zz', 'q=%ff', 'q=a%C3']) {
    assert.deepEqual(read(broken), {
      errors: [{ parameter: 'q', detail: 'It is not percent-encoded UTF-8' }],
    })
  }
})

test('what is not of the type or beyond its limits is told without its text', () => {
  const wrong: [string, string, string][] = [
    ['limit=abc', 'limit', 'It must be an integer'],
    ['limit=', 'limit', 'It must be an integer'],
    ['limit=0x10', 'limit', 'It must be an integer'],
    ['limit=1.5', 'limit', 'It must be an integer'],
    ['limit=101', 'limit', 'It must be an integer of at most 100'],
    ['ids=9007199254740993', 'ids', 'It must be an integer'],
    ['score=NaN', 'score', 'It must be a number'],
    ['score=1e999', 'score', 'It must be a number'],
    ['featured=1', 'featured', 'It must be true or false'],
    ['featured', 'featured', 'It must be true or false'],
    ['sort=up', 'sort', 'It must be one of "asc", "desc"'],
    ['version=3', 'version', 'It must be one of 1, 2'],
    ['q=a', 'q', 'It must be a string of at least 2 characters'],
    ['since=2026-02-29', 'since', 'It must be a date such as 2026-11-23'],
    ['tags=a&tags=b&tags=c&tags=d', 'tags', 'It must be at most 3 items'],
    ['q=ab&q=cd', 'q', 'It is given more than once, and may be given once'],
  ]
  for (const [query, parameter, detail] of wrong)
    assert.deepEqual(read(query), { errors: [{ parameter, detail }] })
})

test('a parameter that is not declared is refused with the list of those that are', () => {
  const few = reader(z.object({ a: z.string().optional(), b: z.string().optional() }))
  assert.deepEqual(few('a=1&c=2&__proto__=3'), {
    errors: [
      { parameter: 'c', detail: 'It is not declared. Declared are: a, b' },
      { parameter: '__proto__', detail: 'It is not declared. Declared are: a, b' },
    ],
  })
  assert.deepEqual(reader(z.object({}))('a'), {
    errors: [{ parameter: 'a', detail: 'It is not declared. No parameters are' }],
  })
})

test('all errors are told, but no more than 20', () => {
  const strict = reader(z.object({ a: z.string(), b: z.int() }))
  assert.deepEqual(strict('b=x'), {
    errors: [
      { parameter: 'a', detail: 'It is required' },
      { parameter: 'b', detail: 'It must be an integer' },
    ],
  })
  const many = strict(Array.from({ length: 1000 }, (_, i) => `x${i}=1`).join('&'))
  assert.equal('errors' in many && many.errors.length, 20)
})

test('a parameter called __proto__ is nothing but a parameter', () => {
  const wire = {
    jsonSchema: {},
    shape: {
      kind: 'object',
      fields: [
        { name: '__proto__', shape: { kind: 'string', patterns: [] }, required: true, readOnly: false },
      ],
      rest: undefined,
    },
    definitions: new Map(),
  } as const
  const reading = compileQueryReader(wire, 'here')('__proto__=x')
  assert.ok('value' in reading)
  assert.deepEqual(Object.entries(reading.value), [['__proto__', 'x']])
})

test('what a query cannot spell is refused when it is compiled', () => {
  const refused: z.ZodType[] = [
    z.object({ nested: z.object({ a: z.string() }) }),
    z.object({ nested: z.array(z.array(z.string())) }),
    z.object({ nested: z.array(z.object({})) }),
    z.object({ nested: z.union([z.string(), z.array(z.string())]) }),
    z.object({ nested: z.unknown() }),
    z.object({ nested: z.null() }),
  ]
  for (const schema of refused) {
    assert.throws(
      () => reader(schema),
      (error: unknown) =>
        error instanceof DefinitionError &&
        error.message.startsWith("here: the parameter 'nested' cannot be spelled"),
    )
  }
  for (const schema of [z.string(), z.record(z.string(), z.string()), z.looseObject({ a: z.string() })]) {
    assert.throws(() => reader(schema), /here: its input is not an object with named members/)
  }
})
