import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  DefinitionError,
  type Field,
  type Shape,
  type Wire,
  type XmlHints,
} from '../../src/contract/index.ts'
import { compileJsonWriter, compileXmlReader, compileXmlWriter } from '../../src/formats/index.ts'

/** A shape, and a value that fits it. */
interface Sample {
  readonly shape: Shape
  readonly value: unknown
}

const options = { root: 'thing', place: 'here' }
const wireOf = (shape: Shape, definitions: [string, Shape][] = []): Wire => ({
  jsonSchema: {},
  shape,
  definitions: new Map(definitions),
})
const of = (shape: Shape) => (value: unknown) => ({ shape, value })
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot carry them (XML 1.0 §2.2).
const carried = (text: string) => text.replaceAll(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map(carried),
  fc
    .array(
      fc.constantFrom('\r', '\n', '\t', ' ', ']]>', '&', '<', '"', '\u{1f682}', 'a', '\u0085', '\u2028'),
      {
        maxLength: 40,
      },
    )
    .map(parts => parts.join('')),
  fc.constantFrom('', ' ', '5', ' 5 ', 'true', 'false', '-0', '1e5', 'null', '_x0041_', '_x_'),
)
const name = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(
      '',
      'id',
      'item',
      'a b',
      'a:b',
      '1',
      '-',
      '@id',
      '_x_',
      '_x0041_',
      '_x0041',
      'ünïcode',
      'xmlns',
      'type',
    ),
  )
  .filter(each => !['__proto__', 'constructor', 'prototype'].includes(each))
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map(value => (Object.is(value, -0) ? 0 : value))

const scalar: fc.Arbitrary<Sample> = fc.oneof(
  text.map(of({ kind: 'string', patterns: [] })),
  number.map(of({ kind: 'number', integer: false })),
  fc.integer({ min: -9, max: 9 }).map(of({ kind: 'number', integer: true, minimum: -9, maximum: 9 })),
  fc.boolean().map(of({ kind: 'boolean' })),
  fc.constant(null).map(of({ kind: 'null' })),
  fc
    .uniqueArray(fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), {
      minLength: 1,
      maxLength: 12,
    })
    .map(values => of({ kind: 'literal', values })(values.at(-1))),
  fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') })
    .map(date => of({ kind: 'string', patterns: [], format: 'date-time' })(date.toISOString())),
)
const { json } = fc.letrec<{ json: unknown }>(tie => ({
  json: fc.oneof(
    { depthSize: 'small' },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

/** What a schema may say of the XML of a field. Some of it is refused: then the next one is taken. */
const hints: fc.Arbitrary<XmlHints> = fc.oneof(
  fc.constant({}),
  fc.record(
    {
      name: fc.constantFrom('a', 'b', 'id', 'item', 'type'),
      namespace: fc.constantFrom('urn:one', 'urn:two'),
      prefix: fc.constantFrom('p', 'q'),
      node: fc.constantFrom('element', 'attribute', 'text', 'cdata', 'none'),
    },
    { requiredKeys: [] },
  ),
)
/** Each part of a shape with its hints: of a part that is one shape, but may stand anywhere. */
const hinted = (shape: Shape, xml: XmlHints): Shape => ({ ...shape, xml })

type Given = [
  string,
  { readonly sample: Sample; readonly required: boolean; readonly given: boolean; readonly xml: XmlHints },
]

const { sample } = fc.letrec<{ sample: Sample }>(tie => ({
  sample: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    json.map(of({ kind: 'any' })),
    fc.tuple(tie('sample'), fc.nat(3), hints).map(([each, length, xml]): Sample => {
      const items = hinted(each.shape, xml)
      const shape: Shape = { kind: 'array', prefix: [], items, uniqueItems: false }
      return { shape, value: Array(length).fill(each.value) }
    }),
    fc.array(tie('sample'), { minLength: 1, maxLength: 3 }).chain(prefix =>
      fc.nat(prefix.length).map(
        (length): Sample => ({
          shape: {
            kind: 'array',
            prefix: prefix.map(({ shape }) => shape),
            items: undefined,
            uniqueItems: false,
          },
          value: prefix.slice(0, length).map(({ value }) => value),
        }),
      ),
    ),
    fc
      .uniqueArray(
        fc.tuple(
          name,
          fc.record({ sample: tie('sample'), required: fc.boolean(), given: fc.boolean(), xml: hints }),
        ),
        { maxLength: 5, selector: ([key]) => key },
      )
      .chain(members =>
        fc.tuple(fc.constant(members), fc.option(tie('sample')), fc.uniqueArray(name, { maxLength: 3 })),
      )
      .map(([members, rest, keys]) => objectOf(members, rest ?? undefined, keys)),
    fc.array(tie('sample'), { minLength: 1, maxLength: 4 }).chain(several =>
      fc.nat(several.length - 1).map((at): Sample => {
        return { shape: unionOf(several.map(each => each.shape)), value: several[at]?.value }
      }),
    ),
    tie('sample').map((each): Sample => ({ ...each, shape: unionOf([{ kind: 'null' }, each.shape]) })),
  ),
}))

/** As schemas are read: flat, and any value where one member is that. */
function unionOf(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap(shape => (shape.kind === 'union' ? shape.of : [shape]))
  return flat.some(({ kind }) => kind === 'any') ? { kind: 'any' } : { kind: 'union', of: flat }
}

function objectOf(members: readonly Given[], rest: Sample | undefined, keys: readonly string[]): Sample {
  const fields: Field[] = members.map(
    ([
      key,
      {
        sample: { shape },
        required,
        xml,
      },
    ]) => ({
      name: key,
      shape: hinted(shape, xml),
      required,
      readOnly: false,
    }),
  )
  const given = members.filter(([, { required, given: is }]) => required || is)
  const others = rest === undefined ? [] : keys.filter(key => !members.some(([named]) => named === key))
  return {
    shape: { kind: 'object', fields, rest: rest?.shape },
    value: Object.fromEntries([
      ...given.map(
        ([
          key,
          {
            sample: { value },
          },
        ]): [string, unknown] => [key, value],
      ),
      ...others.map((key): [string, unknown] => [key, rest?.value]),
    ]),
  }
}

/** What of a value is on the wire: JSON says it. */
const wired = (shape: Shape, value: unknown) =>
  JSON.parse(compileJsonWriter(wireOf(shape), 'here')(value)) as unknown

function roundTrip({ shape, value }: Sample): void {
  const expected = wired(shape, value)
  const xml = compileXmlWriter(wireOf(shape), options)(value)
  const reading = compileXmlReader(wireOf(shape), options)(new TextEncoder().encode(xml))
  assert.deepEqual(reading, { value: expected }, xml)
}

/** The same shape without a word on XML. */
function plain(shape: Shape): Shape {
  return JSON.parse(JSON.stringify(shape), (key, value: unknown) =>
    key === 'xml' ? undefined : value,
  ) as Shape
}

test('whatever a schema allows is read from XML as it was written', () => {
  fc.assert(
    fc.property(sample, ({ shape, value }) => roundTrip({ shape: plain(shape), value })),
    { numRuns: 400 },
  )
})

test('and so it is whatever the schema says of its XML, unless that is refused', () => {
  let refused = 0
  fc.assert(
    fc.property(sample, each => {
      try {
        roundTrip(each)
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error
        assert.throws(() => compileXmlReader(wireOf(each.shape), options), DefinitionError)
        refused++
      }
    }),
    { numRuns: 600 },
  )
  assert.ok(refused > 0 && refused < 500, `${refused} were refused`)
})
