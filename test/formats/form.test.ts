import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { type Field, type Shape, wireOf } from '../../src/contract/index.ts'
import { compileFormReader } from '../../src/formats/index.ts'

const bytes = (form: string): Uint8Array => new TextEncoder().encode(form)

/** Reads forms as bodies of one schema. */
function reader(schema: z.ZodType, depth = 64) {
  const read = compileFormReader(wireOf(schema, 'input', 'here'), 'here')
  return (form: string | Uint8Array) => read(typeof form === 'string' ? bytes(form) : form, { depth })
}

const tree = z.object({
  name: z.string(),
  get next() {
    return tree.optional()
  },
})

const read = reader(
  z.object({
    headline: z.string().optional(),
    score: z.number().nullable().optional(),
    count: z.int().optional(),
    featured: z.boolean().optional(),
    state: z.enum(['draft', 'live']).nullable().optional(),
    at: z.iso.datetime().nullable().optional(),
    note: z.string().nullable().optional(),
    tags: z.array(z.string()).optional(),
    ids: z.array(z.int()).optional(),
    grid: z.array(z.array(z.int())).optional(),
    author: z.object({ name: z.string(), age: z.int().optional() }).nullable().optional(),
    items: z.array(z.object({ price: z.number(), sizes: z.array(z.int()).optional() })).optional(),
    metadata: z.record(z.string(), z.number()).optional(),
    tree: tree.optional(),
    open: z.unknown().optional(),
  }),
)

function problem(form: string | Uint8Array, of = read): string {
  const reading = of(form)
  if ('value' in reading) return assert.fail('it was read')
  return `${reading.problem.position.line}:${reading.problem.position.column} ${reading.problem.detail}`
}

test('texts become values of the types that the shape gives', () => {
  assert.deepEqual(read('headline=a+b%2B%C3%A9+é😀&&score=-1.5e2&count=5&featured=true&state=live'), {
    value: { headline: 'a b+é é😀', score: -150, count: 5, featured: true, state: 'live' },
  })
  assert.deepEqual(read('headline=é'), { value: { headline: 'é' } })
  for (const nothing of ['', '&&', '\ufeff']) assert.deepEqual(read(nothing), { value: {} })
})

test('JSON that was sent as a form is named, and a form that begins with a bracket is read', () => {
  for (const json of ['{"headline":"a"}', ' [{"headline":"a"}]', '["a"]'])
    assert.match(problem(json), /^1:1 This is JSON, .* send Content-Type: application\/json$/)
  assert.deepEqual(read('[headline]=a&%7B=b'), { value: { headline: 'a', '{': 'b' } })
})

test('a list is a repeated name, [] or numbers in any order, one item a list too', () => {
  assert.deepEqual(read('tags=a&ids=7'), { value: { tags: ['a'], ids: [7] } })
  for (const form of ['ids=1&count=3&ids=2', 'ids[]=1&ids[]=2&count=3', 'ids[1]=2&ids.0=1&count=3']) {
    assert.deepEqual(read(form), { value: { ids: [1, 2], count: 3 } })
  }
  assert.deepEqual(read('grid[0]=1&grid[0]=2&grid[1][]=3&grid.2.0=4'), {
    value: { grid: [[1, 2], [3], [4]] },
  })
})

test('brackets and dots lead into objects', () => {
  const form =
    'author[name]=Ann&author.age=40&items[1][price]=2&items.0.price=1&items[0].sizes=4&items[0][sizes]=5'
  assert.deepEqual(read(form), {
    value: { author: { name: 'Ann', age: 40 }, items: [{ price: 1, sizes: [4, 5] }, { price: 2 }] },
  })
  assert.deepEqual(read('metadata[a.b]=1&metadata.c=2&metadata.=3&[metadata][0]=4'), {
    value: { metadata: { 'a.b': 1, c: 2, '': 3, 0: 4 } },
  })
  assert.deepEqual(read('tree[next][next][name]=5'), { value: { tree: { next: { next: { name: '5' } } } } })
})

test('a dot does not separate where a name of the schema has one', () => {
  const dotted = reader(z.object({ 'a.b': z.int(), a: z.object({ b: z.string() }).optional() }))
  assert.deepEqual(dotted('a.b=1&a[b]=2'), { value: { 'a.b': 1, a: { b: '2' } } })
  assert.match(problem('a[b].c=1', dotted), /text after a bracket/)
})

test('an empty text is null where null may be and an empty text may not', () => {
  assert.deepEqual(read('score=&state=&at=&author=&note=&headline='), {
    value: { score: null, state: null, at: null, author: null, note: '', headline: '' },
  })
  const short = reader(z.object({ name: z.string().min(1).nullable(), either: z.union([z.null(), z.int()]) }))
  assert.deepEqual(short('name=&either='), { value: { name: null, either: null } })
})

test('an empty text is an empty list where no item is an empty text', () => {
  assert.deepEqual(read('ids=&tags='), { value: { ids: [], tags: [''] } })
  assert.deepEqual(reader(z.object({ a: z.array(z.int().nullable()) }))('a='), { value: { a: [null] } })
})

test('a required list or record of which nothing is given is empty', () => {
  const needed = reader(
    z.object({ tags: z.array(z.string()), map: z.record(z.string(), z.int()), name: z.string() }),
  )
  assert.deepEqual(needed(''), { value: { tags: [], map: {} } })
})

test('of a union it is the first member that the text fits', () => {
  const either = reader(
    z.object({
      a: z.union([z.iso.date(), z.int(), z.boolean()]),
      b: z.union([z.string(), z.array(z.string())]),
    }),
  )
  assert.deepEqual(either('a=5&b=x'), { value: { a: 5, b: 'x' } })
  assert.deepEqual(either('a=2026-11-23&b=x&b=y'), { value: { a: '2026-11-23', b: ['x', 'y'] } })
  assert.deepEqual(either('a=true&b[]=x'), { value: { a: true, b: ['x'] } })
  assert.deepEqual(either('a=neither&b[c]=1'), { value: { a: 'neither', b: { c: '1' } } })
})

test('of several objects it is the one that a listed field names, else the first whose members are given', () => {
  const told = reader(
    z.discriminatedUnion('v', [
      z.object({ v: z.literal(1), a: z.int() }),
      z.object({ v: z.literal('x'), a: z.boolean() }),
    ]),
  )
  assert.deepEqual(told('v=1&a=1'), { value: { v: 1, a: 1 } })
  assert.deepEqual(told('a=true&v=x'), { value: { a: true, v: 'x' } })
  const untold = reader(z.union([z.object({ a: z.int(), b: z.int() }), z.object({ a: z.int(), c: z.int() })]))
  assert.deepEqual(untold('a=1&c=2'), { value: { a: 1, c: 2 } })
  assert.deepEqual(untold('d=1'), { value: { d: '1' } })
  const more = reader(z.union([z.object({ a: z.int() }), z.object({ a: z.int(), c: z.int().optional() })]))
  assert.deepEqual(more('a=1&c=2'), { value: { a: 1, c: 2 } })
  const most = reader(z.union([z.object({ a: z.int(), b: z.int() }), z.object({ a: z.boolean() })]))
  assert.deepEqual(most('a=true&z=1'), { value: { a: true, z: '1' } })
})

test('what does not read as its type, or is not declared, is passed on as text', () => {
  const form =
    'score=abc&count=1.5&featured=1&ids=1&ids=x&other=1&more=1&more=2&deep[a]=1&open=1&open=2&author=Ann&tags[a]=1&headline[]=x'
  assert.deepEqual(read(form), {
    value: {
      score: 'abc',
      count: '1.5',
      featured: '1',
      ids: [1, 'x'],
      other: '1',
      more: ['1', '2'],
      deep: { a: '1' },
      open: ['1', '2'],
      author: 'Ann',
      tags: { a: '1' },
      headline: ['x'],
    },
  })
  assert.deepEqual(read('count=9007199254740993&open[0]=1'), {
    value: { count: '9007199254740993', open: { 0: '1' } },
  })
  assert.deepEqual(reader(z.array(z.int()))('[]=1&[]=2'), { value: [1, 2] })
  assert.deepEqual(reader(z.string())('a=1'), { value: { a: '1' } })
})

test('a problem names the field', () => {
  const wrong: [string | Uint8Array, string][] = [
    ['count=%zz', "1:1 The field 'count' is not percent-encoded UTF-8"],
    ['tags=a&count=%ff', "1:8 The field 'count' is not percent-encoded UTF-8"],
    ['%C3=a', "1:1 The field '%C3' is not percent-encoded UTF-8"],
    [Uint8Array.of(0x61, 0x3d, 0xc3, 0xa9, 0x26, 0x62, 0x3d, 0xff), "1:7 The field 'b' is not UTF-8"],
    [Uint8Array.of(0x61, 0x3d, 0x0a, 0x26, 0x62, 0xc3, 0x26, 0x63), "2:3 The field 'b\ufffd' is not UTF-8"],
    ['count=1&count=1', "1:1 The field 'count' is given more than once, and may be given once"],
    [
      'author=Ann&author[age]=1',
      "1:12 The field 'author[age]' is given as a value and with members of its own",
    ],
    ['author[age]=1&author=Ann', "1:15 The field 'author' is given as a value and with members of its own"],
    ['ids[]=1&ids[1]=1', "1:9 The field 'ids[1]' is given as a value and with members of its own"],
    ['ids[0]=1&ids[2]=1', "1:10 The field 'ids[2]' leaves a gap: the items of a list are numbered from 0"],
    [
      'items[1000000000][price]=1',
      "1:1 The field 'items[1000000000][price]' leaves a gap: the items of a list are numbered from 0",
    ],
    [
      'items[][price]=1',
      "1:1 The field 'items[][price]' has [] before its end: number the items instead, [0], [1]",
    ],
  ]
  for (const name of ['ids[', 'ids]', 'author[name', 'author[name]x', 'a]b[']) {
    wrong.push([
      `${name}=1`,
      `1:1 The field '${name}' has brackets that do not match, or text after a bracket`,
    ])
  }
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    for (const field of [name, `${name}[x]`, `open[${name}]`, `open.${name}.x`, `metadata[a][${name}][]`])
      wrong.push([`${field}=1`, `1:1 The field '${field}' has '${name}' in its name, which is refused`])
  }
  wrong.push(['%5F_proto__.x=1', "1:1 The field '__proto__.x' has '__proto__' in its name, which is refused"])
  for (const [form, expected] of wrong) assert.equal(problem(form), expected)
  assert.equal(({} as { x?: unknown }).x, undefined)
})

test('lists and objects in each other are counted as in JSON, the body itself included', () => {
  const shallow = reader(z.unknown(), 3)
  assert.deepEqual(shallow('a[b][c]=1&a[d][]=1'), { value: { a: { b: { c: '1' }, d: ['1'] } } })
  for (const name of ['a[b][c][d]', 'a.b.c.d', 'a[b][c][]']) {
    assert.equal(
      problem(`${name}=1`, shallow),
      `1:1 The field '${name}' leads through more than 3 lists and objects`,
    )
  }
})

test('1,000 fields are read and the next is a problem', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=1`).join('&')
  assert.ok('value' in read(many(1000)))
  assert.match(problem(many(1001)), /^1:6891 The field 'f1000' is one more than 1,000$/)
})

test('no megabyte takes half a second of the processor', () => {
  const size = 2 ** 20
  const hostile = [
    'a=1&'.repeat(size / 4),
    'a[b]'.padEnd(size, '[b]'),
    'a'.padEnd(size, '.b'),
    '['.repeat(size),
    ']'.repeat(size),
    '[]'.repeat(size / 2),
    '&'.repeat(size),
    '%'.repeat(size),
    `a=${'%41'.repeat(size / 3)}`,
    `a=${'+'.repeat(size)}`,
    `tree${'[next]'.repeat(60)}[name]=1&`.repeat(size / 400),
    Array.from({ length: 1000 }, (_, i) => `open[${'9'.repeat(1000)}${i}]=1`).join('&'),
    Array.from({ length: 1000 }, (_, i) => `items[1e300${i}]=1`).join('&'),
    Uint8Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 0x61 : 0x26)).fill(0xff, size - 1),
  ]
  for (const form of hostile) {
    const start = process.cpuUsage()
    const reading = read(form)
    const { user } = process.cpuUsage(start)
    assert.ok(user < 500_000, `${String(form).slice(0, 20)}: ${user} µs`)
    if ('problem' in reading) assert.ok(reading.problem.detail.length < 300)
  }
})

test('objects that only the names tell apart do not multiply with their depth', () => {
  const either: Shape = { kind: 'ref', name: '#/$defs/either' }
  const field = (name: string, shape: Shape, required: boolean): Field => ({
    name,
    shape,
    required,
    readOnly: false,
  })
  const objects = ['l', 'r'].map((name): Shape => {
    const fields = [field('child', either, false), field(name, { kind: 'number', integer: true }, true)]
    return { kind: 'object', fields, rest: undefined }
  })
  const definitions = new Map<string, Shape>([['#/$defs/either', { kind: 'union', of: objects }]])
  const recursive = compileFormReader({ jsonSchema: {}, shape: either, definitions }, 'here')
  const form = Array.from({ length: 60 }, (_, i) => `child${'[child]'.repeat(i)}[r]=${i}`).join('&')
  const start = process.cpuUsage()
  const reading = recursive(bytes(`r=1&${form}`), { depth: 64 })
  assert.ok('value' in reading && process.cpuUsage(start).user < 500_000)
})

test('whatever comes is a value or a problem, and prototypes stay as they are', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      'tags',
      'ids',
      'items',
      'author',
      'tree',
      'next',
      'name',
      'open',
      'metadata',
      '0',
      '1',
      '01',
      '99',
    ],
    ...[
      '[',
      ']',
      '.',
      '[]',
      '&',
      '&',
      '=',
      '=',
      '%',
      '%5B',
      '%00',
      '+',
      '\ufffd',
      '__proto__',
      'constructor',
    ],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const reading = read(pieces.join(''))
      if ('problem' in reading) assert.match(reading.problem.detail, /^The field '/)
      else assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(reading.value)))
    }),
    { numRuns: 1000 },
  )
  assert.deepEqual(Object.keys(Object.prototype), [])
})
