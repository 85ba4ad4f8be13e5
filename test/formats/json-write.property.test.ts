import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Field, Shape, Wire } from '../../src/contract/index.ts'
import { AnswerMismatch, compileJsonWriter } from '../../src/formats/index.ts'

/** A shape, a value that fits it, and what of it is on the wire. */
interface Sample {
  readonly shape: Shape
  readonly value: unknown
  readonly wire: unknown
}

const wireOf = (shape: Shape): Wire => ({ jsonSchema: {}, shape, definitions: new Map() })
const same = (shape: Shape) => (value: unknown) => ({ shape, value, wire: value })
const finite = { noNaN: true, noDefaultInfinity: true }
const text = fc.string({ unit: 'binary', maxLength: 60 })
const name = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', 'id', '\u2028', 'a/~b'))

const scalar: fc.Arbitrary<Sample> = fc.oneof(
  text.map(same({ kind: 'string', patterns: [] })),
  fc.double(finite).map(value => same({ kind: 'number', integer: false })(Object.is(value, -0) ? 0 : value)),
  fc.integer({ min: -9, max: 9 }).map(same({ kind: 'number', integer: true, minimum: -9, maximum: 9 })),
  fc.boolean().map(same({ kind: 'boolean' })),
  fc.constant(null).map(same({ kind: 'null' })),
  fc
    .uniqueArray(text, { minLength: 1, maxLength: 12 })
    .map(values => same({ kind: 'literal', values })(values.at(-1))),
  fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') })
    .map(date => same({ kind: 'string', patterns: [], format: 'date-time' })(date.toISOString())),
)

const member = (of: fc.Arbitrary<Sample>) =>
  fc.record({ sample: of, required: fc.boolean(), given: fc.boolean() })

const { sample } = fc.letrec<{ sample: Sample }>(tie => ({
  sample: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.tuple(tie('sample'), fc.nat(3)).map(([of, length]) => {
      const shape: Shape = { kind: 'array', prefix: [], items: of.shape, uniqueItems: false }
      return { shape, value: Array(length).fill(of.value), wire: Array(length).fill(of.wire) }
    }),
    fc
      .tuple(
        fc.uniqueArray(fc.tuple(name, member(tie('sample'))), { maxLength: 5, selector: ([key]) => key }),
        fc.nat(),
      )
      .map(([members, extra]) => objectOf(members, extra)),
    tie('sample').map(
      (of): Sample => ({ ...of, shape: { kind: 'union', of: [{ kind: 'null' }, of.shape] } }),
    ),
  ),
}))

function objectOf(
  members: [string, { sample: Sample; required: boolean; given: boolean }][],
  extra: number,
): Sample {
  const fields: Field[] = members.map(([key, { sample: of, required }]) => ({
    name: key,
    shape: of.shape,
    required,
    readOnly: false,
  }))
  const given = members.filter(([, { required, given: is }]) => required || is)
  const value = given.map(([key, { sample: of }]): [string, unknown] => [key, of.value])
  const unnamed: [string, unknown][] = [[`not named ${extra}`, extra]]
  return {
    shape: { kind: 'object', fields, rest: undefined },
    value: Object.fromEntries([...value, ...unnamed]),
    wire: Object.fromEntries(given.map(([key, { sample: of }]) => [key, of.wire])),
  }
}

test('what fits is written as the members that are named, and reads back the same', () => {
  fc.assert(
    fc.property(sample, ({ shape, value, wire }) => {
      const json = compileJsonWriter(wireOf(shape), 'here')(value)
      assert.deepEqual(JSON.parse(json), wire)
      // Nothing is written twice, and no space: members may stand in another order than JavaScript keeps.
      assert.equal(json.length, JSON.stringify(wire).length)
    }),
    { numRuns: 300 },
  )
})

test('what does not fit, anywhere inside, is named by its pointer', () => {
  fc.assert(
    fc.property(sample, fc.array(name, { maxLength: 4 }), ({ shape, value }, path) => {
      let deep: Shape = shape
      let given: unknown = value
      let broken: unknown = Symbol('never fits')
      for (const key of path) {
        deep = {
          kind: 'object',
          fields: [{ name: key, shape: deep, required: true, readOnly: false }],
          rest: undefined,
        }
        given = Object.fromEntries([[key, given]])
        broken = Object.fromEntries([[key, broken]])
      }
      const write = compileJsonWriter(wireOf(deep), 'here')
      assert.doesNotThrow(() => write(given))
      const pointer = path
        .map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
        .toReversed()
        .join('')
      assert.throws(
        () => write(broken),
        (error: unknown) => error instanceof AnswerMismatch && error.pointer === pointer,
      )
    }),
    { numRuns: 200 },
  )
})
