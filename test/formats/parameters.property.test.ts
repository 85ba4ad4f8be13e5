import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ArrayShape, Field, Shape, Wire } from '../../src/contract/index.ts'
import { compileFormReader, compileParameters, formText } from '../../src/formats/index.ts'

/** A shape with a value of it. */
interface Sample {
  readonly shape: Shape
  readonly value: unknown
}

const NULL: Shape = { kind: 'null' }
const wireOf = (shape: Shape): Wire => ({ jsonSchema: {}, shape, definitions: new Map() })
const same = (shape: Shape) => (value: unknown) => ({ shape, value })
const text = fc.string({ unit: 'binary', maxLength: 20 })
const REFUSED = ['__proto__', 'constructor', 'prototype']
// A `]` in a name cannot be told from the end of brackets.
const key = text.filter(name => !REFUSED.includes(name) && !name.includes(']'))
const fieldName = key.filter(name => !name.includes('.'))
const finite = { noNaN: true, noDefaultInfinity: true }

/** Whose values no empty text spells, so that it can be null. */
const filled: fc.Arbitrary<Sample> = fc.oneof(
  fc.double(finite).map(value => same({ kind: 'number', integer: false })(Object.is(value, -0) ? 0 : value)),
  fc.maxSafeInteger().map(same({ kind: 'number', integer: true })),
  fc.boolean().map(same({ kind: 'boolean' })),
  text.filter(value => value !== '').map(same({ kind: 'string', minLength: 1, patterns: [] })),
  fc
    .uniqueArray(
      fc.oneof(
        fc.integer(),
        text.filter(value => !/^$|^[-\d]/.test(value)),
      ),
      { minLength: 1 },
    )
    .map(values => same({ kind: 'literal', values })(values.at(-1))),
)
const scalar = fc.oneof(filled, text.map(same({ kind: 'string', patterns: [] })))

const nullable = ({ shape, value }: Sample, isNull: boolean): Sample => ({
  shape: { kind: 'union', of: [shape, NULL] },
  value: isNull ? null : value,
})
const listOf = (items: Shape): ArrayShape => ({ kind: 'array', prefix: [], items, uniqueItems: false })

const { sample } = fc.letrec<{ sample: Sample; object: Sample; items: Sample }>(tie => ({
  sample: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.tuple(filled, fc.boolean()).map(([of, isNull]) => nullable(of, isNull)),
    fc.tuple(tie('object'), fc.boolean()).map(([of, isNull]) => nullable(of, isNull)),
    tie('object'),
    tie('items'),
    fc
      .tuple(scalar, fc.uniqueArray(key, { minLength: 1, maxLength: 4 }))
      .map(([{ shape, value }, names]) =>
        same({ kind: 'object', fields: [], rest: shape })(
          Object.fromEntries(names.map(name => [name, value])),
        ),
      ),
  ),
  // At least one item: an optional list that is empty leaves no trace.
  items: fc
    .tuple(fc.oneof(scalar, tie('object'), tie('items')), fc.integer({ min: 1, max: 3 }), fc.boolean())
    .map(([of, length, holed]) => {
      // Null in a list is told from an empty text only where the items are none.
      const item = holed && of.shape.kind === 'object' ? nullable(of, false) : of
      const values = Array(length).fill(item.value)
      return { shape: listOf(item.shape), value: item === of ? values : [null, ...values] }
    }),
  // With a required scalar: an object of nothing leaves no trace.
  object: fc
    .tuple(
      scalar,
      fc.uniqueArray(fc.tuple(fieldName, tie('sample'), fc.boolean(), fc.boolean()), {
        maxLength: 4,
        selector: ([name]) => name,
      }),
    )
    .map(([first, others]) => objectOf(first, others)),
}))

function objectOf(first: Sample, others: [string, Sample, boolean, boolean][]): Sample {
  const members = others.filter(([name]) => name !== 'first')
  const fields = members.map(
    ([name, { shape }, required]): Field => ({ name, shape, required, readOnly: false }),
  )
  const given = members.filter(([, , required, isGiven]) => required || isGiven)
  return {
    shape: {
      kind: 'object',
      fields: [{ name: 'first', shape: first.shape, required: true, readOnly: false }, ...fields],
      rest: undefined,
    },
    value: Object.fromEntries([['first', first.value], ...given.map(([name, { value }]) => [name, value])]),
  }
}

const bytes = (form: string): Uint8Array => new TextEncoder().encode(form)

test('parameters that are written are read back equal', () => {
  let several = 0
  fc.assert(
    fc.property(
      sample.filter(({ shape }) => shape.kind === 'object' && shape.rest === undefined),
      ({ shape, value }) => {
        const wire = wireOf(shape)
        const form = formText(compileParameters(wire, 'here')(value))
        several += form.includes('&') ? 1 : 0
        assert.deepEqual(compileFormReader(wire, 'here')(bytes(form), { depth: 64 }), { value })
      },
    ),
    { numRuns: 500 },
  )
  assert.ok(several > 100, `only ${several} of 500 had more than one parameter`)
})

test('what is written is what any reader of forms sees', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), given => {
      assert.deepEqual([...new URLSearchParams(formText(given))], given)
    }),
  )
})
