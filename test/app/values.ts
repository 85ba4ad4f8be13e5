import fc from 'fast-check'
import { resolve, type Shape, type Wire } from '../../src/contract/index.ts'

/** Any value that a shape allows, as it stands in JSON. */
export function valuesOf(given: Shape, wire: Wire): fc.Arbitrary<unknown> {
  const shape = resolve(given, wire)
  switch (shape.kind) {
    case 'any':
      return fc.jsonValue()
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'number': {
      const { minimum: min, maximum: max } = shape
      const limits = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
      // −0 is 0 in JSON.
      const any = shape.integer
        ? fc.integer(limits)
        : fc.double({ ...limits, noNaN: true, noDefaultInfinity: true })
      return any.map(number => number + 0)
    }
    case 'string':
      return textsOf(shape)
    case 'literal':
      return fc.constantFrom(...shape.values)
    case 'array':
      return fc.array(shape.items === undefined ? fc.constant(null) : valuesOf(shape.items, wire), {
        minLength: shape.minItems ?? 0,
        maxLength: Math.min(shape.maxItems ?? 5, 5),
      })
    case 'object': {
      const fields = shape.fields.filter(field => !field.readOnly)
      return fc.record(Object.fromEntries(fields.map(field => [field.name, valuesOf(field.shape, wire)])), {
        requiredKeys: fields.filter(field => field.required).map(field => field.name),
        noNullPrototype: true,
      })
    }
    case 'union':
      return fc.oneof(...shape.of.map(member => valuesOf(member, wire)))
  }
}

/** fast-check's own unit `binary` takes four seconds to be made, in which this process, the server's, answers nobody. */
const character = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.nat(0xffff), fc.nat(0x10ffff))
  .map(code => String.fromCodePoint(code))

function textsOf({
  minLength = 0,
  maxLength = 40,
  format,
}: Extract<Shape, { kind: 'string' }>): fc.Arbitrary<string> {
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map(date => date.toISOString())
  if (format === 'uri') return fc.webUrl()
  const limits = { minLength, maxLength: Math.min(maxLength, minLength + 40) }
  return fc
    .oneof(fc.string(limits), fc.string({ unit: character, ...limits }))
    .filter(text => text.isWellFormed() && text.length <= maxLength)
}

/** Values that a shape does not allow because they are of another kind. Null is left out: a merge patch gives it a meaning. */
export function misfitsOf(given: Shape, wire: Wire): unknown[] {
  const kinds = kindsOf(given, wire)
  if (kinds.has('any')) return []
  const others: [string, unknown][] = [
    ['string', 'text'],
    ['number', 1.5],
    ['boolean', true],
    ['array', ['a']],
    ['object', { a: 1 }],
  ]
  return others.filter(([kind]) => !kinds.has(kind)).map(([, value]) => value)
}

function kindsOf(given: Shape, wire: Wire): Set<string> {
  const shape = resolve(given, wire)
  if (shape.kind === 'union') return new Set(shape.of.flatMap(member => [...kindsOf(member, wire)]))
  if (shape.kind === 'literal')
    return new Set(shape.values.map(value => (value === null ? 'null' : typeof value)))
  return new Set([shape.kind])
}
