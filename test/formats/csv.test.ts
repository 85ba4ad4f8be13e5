import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { DefinitionError, type Field, type Shape, wireOf } from '../../src/contract/index.ts'
import { AnswerMismatch, compileCsvWriter, compileJsonWriter } from '../../src/formats/index.ts'

const writer = (schema: z.ZodType) => compileCsvWriter(wireOf(schema, 'output', 'here'), 'here')

const tree = z.object({
  name: z.string(),
  get child() {
    return tree.optional()
  },
})

const article = z.object({
  id: z.string(),
  score: z.number().nullable(),
  live: z.boolean(),
  state: z.enum(['draft', '=live']).nullable().optional(),
  at: z.iso.datetime().optional(),
  author: z
    .object({ name: z.string(), home: z.object({ city: z.string(), zip: z.int() }).optional() })
    .nullable(),
  tags: z.array(z.string()),
  either: z.union([z.string(), z.int(), z.null()]).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  open: z.unknown().optional(),
  tree: tree.optional(),
  loose: z.looseObject({ a: z.int() }).optional(),
})

const row = { id: 'a', score: -5, live: true, author: { name: 'Ann' }, tags: [] }
const written = (more: object) => writer(article).row({ ...row, ...more })

test('the header names the columns, those of an object inside with dots', () => {
  assert.equal(
    writer(article).begin,
    'id,score,live,state,at,author.name,author.home.city,author.home.zip,tags,either,metadata,open,tree.name,tree.child,loose\r\n',
  )
  assert.equal(writer(z.object({ 'a,"b': z.int(), '@id': z.int() })).begin, '"a,""b",@id\r\n')
  const { mediaType, contentType } = writer(article)
  assert.deepEqual([mediaType, contentType], ['text/csv', 'text/csv; charset=utf-8; header=present'])
})

test('every row has a cell for every column', () => {
  assert.equal(written({}), 'a,-5,true,,,Ann,,,[],,,,,,\r\n')
  assert.equal(written({ author: null, score: null }), 'a,,true,,,,,,[],,,,,,\r\n')
  const home = { city: 'Bonn', zip: 53111 }
  const at = '2026-11-23T08:00:00Z'
  assert.equal(
    written({ author: { name: 'Ann', home }, state: 'draft', at, either: 5, unknown: 1 }),
    `a,-5,true,draft,${at},Ann,Bonn,53111,[],5,,,,,\r\n`,
  )
})

test('lists, records, what is open and what contains itself are JSON in one cell', () => {
  const nested = { name: 'a', child: { name: 'b' } }
  assert.equal(
    written({ tags: ['x', 'y'], metadata: { a: [1] }, open: '=1', tree: nested, loose: { a: 1, b: 2 } }),
    'a,-5,true,,,Ann,,,"[""x"",""y""]",,"{""a"":[1]}","""=1""",a,"{""name"":""b""}","{""a"":1,""b"":2}"\r\n',
  )
  assert.equal(written({ open: null }), written({}))
})

test('an object whose members are counted is JSON in one cell, so that they are', () => {
  const optional: Field = { name: 'a', shape: { kind: 'boolean' }, required: false, readOnly: false }
  const bounded: Shape = { kind: 'object', fields: [optional], rest: undefined, maxProperties: 0 }
  const fields = [{ name: 'inside', shape: bounded, required: true, readOnly: false }]
  const wire = {
    jsonSchema: {},
    shape: { kind: 'object', fields, rest: undefined },
    definitions: new Map(),
  } as const
  const { begin, row: write } = compileCsvWriter(wire, 'here')
  assert.equal(begin + write({ inside: {} }), 'inside\r\n{}\r\n')
  assert.throws(() => write({ inside: { a: true } }), AnswerMismatch)
})

test('an empty text is told from an empty cell, and what would end a cell is quoted', () => {
  const cells: [string, string][] = [
    ['', '""'],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\nlines', '"two\nlines"'],
    ['a\rb', '"a\rb"'],
    [' a; b ', ' a; b '],
  ]
  for (const [id, cell] of cells) assert.equal(written({ id }), `${cell},-5,true,,,Ann,,,[],,,,,,\r\n`)
})

const cell = (text: string) =>
  writer(z.object({ text: z.string() }))
    .row({ text })
    .slice(0, -2)

test('a text that a spreadsheet could run gets an apostrophe', () => {
  const hostile = [
    '=1+1',
    '+1',
    '-1+cmd|x',
    '@SUM(1)',
    '\t=1',
    '\0=1',
    ' =1',
    '\u00a0@a',
    '＝1',
    '-',
    '--5',
    "'=1",
    "''@x",
  ]
  for (const text of hostile) assert.equal(cell(text), `'${text}`)
  assert.equal(cell('\r=1'), `"'\r=1"`)
  assert.equal(cell('=HYPERLINK("http://x","y")'), `"'=HYPERLINK(""http://x"",""y"")"`)
  assert.match(written({ state: '=live', either: '@x' }), /,'=live,.*,'@x,/)
})

test('numbers stay numbers, as texts too, and harmless texts stay as they are', () => {
  for (const text of ['-5', '-12.50', '5', 'a=b', "it's", "'a", 'Ünder', '2-1'])
    assert.equal(cell(text), text)
})

test('a value that does not fit is refused with its pointer', () => {
  const wrong: [object, string, RegExp][] = [
    [{ id: 5 }, '/id', /a string, received number/],
    [{ id: undefined }, '/id', /a string, received nothing/],
    [{ score: Number.NaN }, '/score', /a number, received a number that is not finite/],
    [{ live: 1 }, '/live', /true or false/],
    [{ state: 'other' }, '/state', /one of "draft", "=live"/],
    [{ at: new Date(0) }, '/at', /received a Date/],
    [{ author: 'Ann' }, '/author', /an object/],
    [{ author: [] }, '/author', /an object/],
    [{ author: { name: 'a', home: { city: 'b', zip: 1.5 } } }, '/author/home/zip', /an integer/],
    [{ tags: ['a', 5] }, '/tags/1', /a string/],
    [{ either: true }, '/either', /a string or an integer or null/],
    [{ metadata: { a: { b: () => 1 } } }, '/metadata/a/b', /a JSON value/],
  ]
  for (const [more, pointer, message] of wrong) {
    assert.throws(
      () => written(more),
      (error: unknown) =>
        error instanceof AnswerMismatch && error.pointer === pointer && message.test(error.message),
    )
  }
  for (const none of [null, undefined, [], 'a', new Date(0)]) {
    assert.throws(() => writer(z.object({ a: z.int().optional() })).row(none), AnswerMismatch)
  }
})

test('a member that every object inherits is no cell', () => {
  const strange = writer(
    z.object({ a: z.int(), constructor: z.string().optional(), toString: z.string().optional() }),
  )
  assert.equal(strange.row({ a: 1 }), '1,,\r\n')
})

test('rows without columns, and two columns of one name, are refused when they are compiled', () => {
  for (const schema of [z.string(), z.record(z.string(), z.int()), z.object({}), z.array(z.int())]) {
    assert.throws(() => writer(schema), DefinitionError)
  }
  assert.throws(
    () => writer(z.object({ 'a.b': z.int(), a: z.object({ b: z.int() }) })),
    /here: two of its fields are the column 'a.b' of a CSV/,
  )
})

/** RFC 4180 §2, as a reader that is not ours would have it. */
function parse(csv: string): string[][] {
  const rows: string[][] = [[]]
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < csv.length) {
    const found = field.exec(csv)
    if (found === null) return assert.fail('it is not CSV')
    const [, quoted, plain = '', end] = found
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain)
    if (end === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}

const NUMBER = /^-?\d/
/** As docs/formats.md says it. */
const unguard = (text: string): string => text.replace(/^'('*(?:[\t\r\n\0]|\s*[=+\-@＝＋－＠]))/, '$1')

test('texts are read back as they were, and none that begins as a formula is left', () => {
  const texts = z.object({ a: z.string(), b: z.string(), c: z.unknown() })
  const { begin, row } = writer(texts)
  const json = compileJsonWriter(wireOf(z.unknown(), 'output', 'here'), 'here')
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', '\0', '"', ',', ' ', '＝', '1', '', '\u2028'),
  )
  const text = fc.array(piece, { maxLength: 5 }).map(pieces => pieces.join(''))
  fc.assert(
    fc.property(fc.array(fc.record({ a: text, b: text, c: fc.jsonValue() })), rows => {
      const [header, ...cells] = parse(begin + rows.map(row).join(''))
      assert.deepEqual(header, ['a', 'b', 'c'])
      assert.deepEqual(
        cells.map(([a = '', b = '', c]) => [unguard(a), unguard(b), c]),
        rows.map(({ a, b, c }) => [a, b, c === null ? '' : json(c)]),
      )
      for (const each of cells.flat()) assert.ok(!/^\s*[=+\-@＝＋－＠]/.test(each) || NUMBER.test(each))
    }),
    { numRuns: 1000 },
  )
})
