import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { DefinitionError } from '../../src/contract/definition-error.ts'
import { type Schema, wireOf } from '../../src/contract/schema.ts'
import type { JsonSchema, ObjectShape, Shape } from '../../src/contract/shape.ts'
import { shapeOf } from '../../src/contract/shape-of.ts'

const read = (schema: JsonSchema): Shape => shapeOf(schema, 'here').shape
const out = (schema: Schema): Shape => wireOf(schema, 'output', 'here').shape
const string = { kind: 'string', patterns: [] } as const
const number = { kind: 'number', integer: false } as const

function fields(shape: Shape): { [name: string]: Shape } {
  assert.equal(shape.kind, 'object')
  return Object.fromEntries(shape.fields.map(field => [field.name, field.shape]))
}

function refuses(schema: JsonSchema, message: RegExp): void {
  assert.throws(
    () => read(schema),
    error => error instanceof DefinitionError && message.test(error.message),
    String(message),
  )
}

test('one object has the same shape whichever library describes it', () => {
  const zod = z.object({ id: z.string(), score: z.number().optional(), state: z.enum(['draft', 'sent']) })
  const valibot = v.object({
    id: v.string(),
    score: v.optional(v.number()),
    state: v.picklist(['draft', 'sent']),
  })
  const arktype = type({ id: 'string', 'score?': 'number', state: "'draft' | 'sent'" })
  const sorted = (shape: Shape) =>
    (shape as ObjectShape).fields.toSorted((a, b) => a.name.localeCompare(b.name))
  const expected = [
    { name: 'id', shape: string, required: true, readOnly: false },
    { name: 'score', shape: number, required: false, readOnly: false },
    { name: 'state', shape: { kind: 'literal', values: ['draft', 'sent'] }, required: true, readOnly: false },
  ]
  for (const schema of [zod, toStandardJsonSchema(valibot), arktype]) {
    assert.deepEqual(sorted(out(schema)), expected)
    assert.equal((out(schema) as ObjectShape).rest, undefined)
  }
})

test('limits, patterns and formats of zod are kept', () => {
  const shape = out(
    z.object({
      short: z.string().min(2).max(5).regex(/^a/).regex(/b$/),
      share: z.number().positive().max(1).multipleOf(0.01),
      count: z.int().min(0),
      site: z.url(),
      tags: z.array(z.string()).min(1).max(3),
      anything: z.unknown(),
    }),
  )
  assert.deepEqual(fields(shape), {
    short: { kind: 'string', minLength: 2, maxLength: 5, patterns: ['^a', 'b$'] },
    share: { kind: 'number', integer: false, maximum: 1, exclusiveMinimum: 0, multipleOf: 0.01 },
    count: { kind: 'number', integer: true, minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    site: { kind: 'string', patterns: [], format: 'uri' },
    tags: { kind: 'array', prefix: [], items: string, minItems: 1, maxItems: 3, uniqueItems: false },
    anything: { kind: 'any' },
  })
})

test('a nullable value is a union with null, and listed values of a union stand together', () => {
  assert.deepEqual(read({ type: ['string', 'null'] }), { kind: 'union', of: [string, { kind: 'null' }] })
  assert.deepEqual(read({ anyOf: [{ const: 'a' }, { type: 'null' }, { const: 'b' }] }), {
    kind: 'union',
    of: [{ kind: 'literal', values: ['a', 'b'] }, { kind: 'null' }],
  })
  assert.deepEqual(read({ anyOf: [{ type: 'string' }, {}] }), { kind: 'any' })
})

test('a tagged union keeps its objects', () => {
  const shape = out(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), x: z.number() }),
      z.strictObject({ kind: z.literal('b') }),
    ]),
  )
  assert.equal(shape.kind, 'union')
  assert.deepEqual(shape.kind === 'union' && shape.of.map(member => Object.keys(fields(member))), [
    ['kind', 'x'],
    ['kind'],
  ])
})

test('what is not named is on the wire only where the schema opens it', () => {
  const rest = (schema: JsonSchema) => (read({ type: 'object', ...schema }) as ObjectShape).rest
  const properties = { a: { type: 'string' } }
  assert.equal(rest({ properties }), undefined)
  assert.equal(rest({ properties: {} }), undefined)
  assert.equal(rest({ properties, additionalProperties: false }), undefined)
  assert.deepEqual(rest({ properties, additionalProperties: true }), { kind: 'any' })
  assert.deepEqual(rest({ properties, additionalProperties: {} }), { kind: 'any' })
  assert.deepEqual(rest({ additionalProperties: { type: 'number' } }), number)
  assert.deepEqual(rest({}), { kind: 'any' })
})

test('a record keeps what its names must be, and names that it requires are fields', () => {
  assert.deepEqual(out(z.record(z.string(), z.number())), { kind: 'object', fields: [], rest: number })
  assert.deepEqual(out(z.record(z.enum(['a']), z.number())), {
    kind: 'object',
    fields: [{ name: 'a', shape: number, required: true, readOnly: false }],
    rest: number,
    names: { kind: 'literal', values: ['a'] },
  })
})

test('allOf merges objects, and limits of a scalar to the strictest', () => {
  const intersection = v.intersect([v.object({ a: v.string() }), v.object({ b: v.number() })])
  assert.deepEqual(fields(out(toStandardJsonSchema(intersection))), { a: string, b: number })
  assert.deepEqual(
    read({
      type: 'number',
      minimum: 1,
      allOf: [
        { minimum: 3, maximum: 9 },
        { type: 'integer', maximum: 10 },
      ],
    }),
    { kind: 'number', integer: true, minimum: 3, maximum: 9 },
  )
  const twice = { properties: { a: { type: 'string', minLength: 2 } } }
  assert.deepEqual(
    fields(read({ type: 'object', properties: { a: { maxLength: 5 } }, allOf: [twice], required: ['a'] })),
    { a: { kind: 'string', minLength: 2, maxLength: 5, patterns: [] } },
  )
})

test('alternatives beside properties are distributed over them', () => {
  const shape = read({
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    anyOf: [{ required: ['a'] }, { required: ['b'] }],
  })
  const required = (member: Shape) => (member as ObjectShape).fields.filter(f => f.required).map(f => f.name)
  assert.deepEqual(shape.kind === 'union' && shape.of.map(required), [['a'], ['b']])
})

test('a schema that contains itself is a reference, in every library', () => {
  const Zod = z.object({
    name: z.string(),
    get kids() {
      return z.array(Zod)
    },
  })
  interface Node {
    name: string
    kids: Node[]
  }
  const Valibot: v.GenericSchema<Node> = v.object({
    name: v.string(),
    kids: v.array(v.lazy(() => Valibot)),
  })
  const arktype = type({ name: 'string', kids: 'this[]' })
  for (const schema of [Zod, toStandardJsonSchema(Valibot), arktype]) {
    const { shape, definitions } = wireOf(schema, 'output', 'here')
    const follow = (at: Shape | undefined): Shape | undefined =>
      at?.kind === 'ref' ? follow(definitions.get(at.name)) : at
    const object = follow(shape)
    assert.ok(object)
    const kids = follow(fields(object)['kids'])
    assert.ok(kids?.kind === 'array')
    const kid = follow(kids.items)
    assert.ok(kid)
    assert.deepEqual(Object.keys(fields(kid)).toSorted(), ['kids', 'name'])
  }
})

test('a reference with more limits beside it is merged with what it names', () => {
  const $defs = { short: { type: 'string', maxLength: 9 } }
  assert.deepEqual(read({ $ref: '#/$defs/short', minLength: 1, $defs }), {
    kind: 'string',
    minLength: 1,
    maxLength: 9,
    patterns: [],
  })
  assert.deepEqual(read({ $ref: '#/$defs/short', description: 'A name', $defs }), {
    kind: 'ref',
    name: '#/$defs/short',
  })
})

test('a tuple has no further items unless the schema gives them', () => {
  const tuple = { kind: 'array', prefix: [string, number], items: undefined, minItems: 2, uniqueItems: false }
  assert.deepEqual(out(toStandardJsonSchema(v.tuple([v.string(), v.number()]))), tuple)
  assert.deepEqual(out(type(['string', 'number'])), tuple)
  assert.deepEqual(out(z.tuple([z.string()], z.number())), {
    ...tuple,
    prefix: [string],
    items: number,
    minItems: 1,
  })
})

test('readOnly is found beside the field and behind its reference', () => {
  const shape = read({
    type: 'object',
    properties: {
      id: { type: 'string', readOnly: true },
      at: { $ref: '#/$defs/at' },
      name: { type: 'string' },
    },
    $defs: { at: { type: 'string', readOnly: true } },
  }) as ObjectShape
  assert.deepEqual(
    shape.fields.map(field => field.readOnly),
    [true, true, false],
  )
})

test('a field called __proto__ is a field like any other', () => {
  const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}') as JsonSchema
  assert.deepEqual((read(schema) as ObjectShape).fields, [
    { name: '__proto__', shape: string, required: false, readOnly: false },
  ])
})

test('a keyword without a form on the wire is refused with its field and a mend', () => {
  for (const keyword of [
    'not',
    'if',
    'patternProperties',
    'dependentSchemas',
    'contains',
    '$dynamicRef',
    'colour',
  ]) {
    const schema = { type: 'object', properties: { list: { type: 'array', items: { [keyword]: {} } } } }
    refuses(
      schema,
      new RegExp(`^here: /list/\\* has '${keyword.replace('$', '\\$')}', .*\\. .*type, properties.*\\.$`),
    )
  }
  assert.deepEqual(
    read({ type: 'string', 'x-colour': 'red', title: 'T', examples: [], deprecated: true }),
    string,
  )
})

test('what no value can satisfy, and what says too little, is refused', () => {
  const property = (schema: unknown): JsonSchema => ({ type: 'object', properties: { 'a/b': schema } })
  refuses(property({ type: 'string', pattern: '(' }), /\/a~1b has a pattern that is no regular expression/)
  refuses(property({ type: 'string', allOf: [{ type: 'number' }] }), /\/a~1b can have no value/)
  refuses(property(false), /\/a~1b can have no value/)
  refuses(property({ minLength: 2 }), /\/a~1b has 'minLength', but no type/)
  refuses(property({ enum: [1, { a: 1 }] }), /\/a~1b lists an object/)
  refuses(property({ enum: [1, 2], minimum: 2 }), /\/a~1b limits listed values by 'minimum'/)
  refuses(property({ type: 'decimal' }), /\/a~1b has the type 'decimal'/)
  refuses(property({ type: 'string', minLength: '2' }), /\/a~1b has no single number as its 'minLength'/)
  refuses(
    property({ $ref: '#/$defs/none' }),
    /\/a~1b refers to '#\/\$defs\/none', which is not in its schema/,
  )
  refuses(property({ $ref: 'https://example.com/schema' }), /refers to 'https/)
})

test('a definition that is only itself is refused, and so are limits within themselves', () => {
  refuses({ $ref: '#' }, /'#' is defined as itself/)
  refuses({ anyOf: [{ type: 'string' }, { $ref: '#' }] }, /'#' is defined as itself/)
  refuses(
    { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    /is defined as itself/,
  )
  const node = { type: 'object', properties: { next: { $ref: '#/$defs/node', required: ['next'] } } }
  refuses({ $ref: '#/$defs/node', $defs: { node } }, /\/next limits '#\/\$defs\/node' within itself/)
})

test('what is said of XML is read where it stands: from the value, what it refers to, or its one form beside null', () => {
  const $defs = { a: { type: 'string', xml: { name: 'inner', namespace: 'urn:a' } } }
  const xml = (schema: JsonSchema) =>
    (read({ type: 'object', properties: { p: schema }, $defs }) as ObjectShape).fields[0]?.shape.xml
  assert.equal(xml({ type: 'string' }), undefined)
  assert.deepEqual(xml({ type: 'string', xml: { attribute: true } }), { node: 'attribute' })
  assert.deepEqual(xml({ type: 'array', items: {}, xml: { wrapped: true } }), { node: 'element' })
  assert.deepEqual(xml({ type: 'string', xml: { nodeType: 'cdata' } }), { node: 'cdata' })
  assert.deepEqual(xml({ $ref: '#/$defs/a' }), { name: 'inner', namespace: 'urn:a' })
  const outer = { name: 'outer', prefix: 'p' }
  assert.deepEqual(xml({ $ref: '#/$defs/a', xml: outer }), { ...outer, namespace: 'urn:a' })
  assert.deepEqual(xml({ anyOf: [{ type: 'string', xml: { name: 'x' } }, { type: 'null' }] }), { name: 'x' })
  const two = [
    { type: 'string', xml: { name: 'x' } },
    { type: 'number', xml: { name: 'y' } },
  ]
  assert.equal(xml({ anyOf: two }), undefined)
  refuses({ type: 'string', xml: { nodeType: 'text', attribute: true } }, /has an `xml` that OpenAPI 3\.2/)
  refuses({ type: 'string', xml: { name: 1 } }, /has an `xml` that OpenAPI 3\.2/)
})

test('a circle of references says nothing of XML twice', () => {
  const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, xml: { name: 'n' } }
  const { shape } = shapeOf({ $ref: '#/$defs/node', $defs: { node } }, 'here')
  assert.deepEqual(shape, { kind: 'ref', name: '#/$defs/node', xml: { name: 'n' } })
})
