import { type ObjectShape, resolve, type Shape, type Wire } from '../../contract/index.ts'

export type JsonKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

/** In the order in which a generated program asks for them: an array is an object to `typeof`. */
export const JSON_KINDS: readonly JsonKind[] = ['string', 'number', 'null', 'array', 'object', 'boolean']

/** The kinds of JSON value that a shape may have. */
export function kindsOf(shape: Shape, wire: Wire): ReadonlySet<JsonKind> {
  const meant = resolve(shape, wire)
  if (meant.kind === 'any') return new Set(JSON_KINDS)
  if (meant.kind === 'union') return new Set(meant.of.flatMap(member => [...kindsOf(member, wire)]))
  if (meant.kind !== 'literal') return new Set([meant.kind])
  return new Set(meant.values.map(value => (value === null ? 'null' : (typeof value as JsonKind))))
}

/** The members of a union, those of unions inside it included. */
export function membersOf(shape: Shape, wire: Wire): Shape[] {
  const meant = resolve(shape, wire)
  return meant.kind === 'union' ? meant.of.flatMap(member => membersOf(member, wire)) : [shape]
}

export interface Discriminator {
  readonly field: string
  /** For each member of the union, in its order, the values of the field that tell it from the others. */
  readonly values: readonly (readonly (string | number | boolean | null)[])[]
}

/** The field that tells the members of a union apart: required in each, with listed values that no two share. */
export function discriminatorOf(members: readonly Shape[], wire: Wire): Discriminator | undefined {
  const objects = members.map(member => resolve(member, wire))
  if (!objects.every(member => member.kind === 'object')) return undefined
  for (const { name } of objects[0]?.fields ?? []) {
    const values = objects.map(member => listedValues(member, name, wire))
    const all = values.flat()
    if (values.every(list => list.length > 0) && new Set(all).size === all.length)
      return { field: name, values }
  }
  return undefined
}

function listedValues(object: ObjectShape, name: string, wire: Wire) {
  const field = object.fields.find(candidate => candidate.name === name && candidate.required)
  const shape = field && resolve(field.shape, wire)
  return shape?.kind === 'literal' ? shape.values : []
}

const RECEIVED: { readonly [kind in JsonKind]: string } = {
  null: 'null',
  boolean: 'true or false',
  number: 'a number',
  string: 'a string',
  array: 'an array',
  object: 'an object',
}

/** What a shape is, in the words of an error: `a string or null`. */
export function describe(shape: Shape, wire: Wire): string {
  const words = membersOf(shape, wire).map(member => {
    const meant = resolve(member, wire)
    if (meant.kind === 'any') return 'a JSON value'
    if (meant.kind === 'literal') return oneOf(meant.values)
    if (meant.kind === 'number' && meant.integer) return 'an integer'
    return meant.kind === 'union' ? '' : RECEIVED[meant.kind]
  })
  return [...new Set(words)].join(' or ')
}

/** `"draft"`, `one of "draft", "sent"`. */
export function oneOf(values: readonly (string | number | boolean | null)[]): string {
  const listed = values.map(value => JSON.stringify(value)).join(', ')
  return values.length === 1 ? listed : `one of ${listed}`
}
