import {
  type Field,
  type LiteralShape,
  type ObjectShape,
  resolve,
  type Shape,
  type Wire,
} from '../../contract/index.ts'

/** What is known of a value before there is one. Numbers are JSON's: whether one is an integer decides how it divides. */
export type Type = Single | UnionType

/** A type of one kind. Values, where they are known, are all that there are: those of an enum, or a literal. */
export type Single =
  | { readonly kind: 'any' | 'null' | 'timestamp' | 'duration' }
  | { readonly kind: 'bool'; readonly values?: readonly boolean[] }
  | { readonly kind: 'number'; readonly integer: boolean; readonly values?: readonly number[] }
  | { readonly kind: 'string'; readonly values?: readonly string[] }
  | { readonly kind: 'list'; readonly item: () => Type }
  | { readonly kind: 'object'; readonly shape: ObjectShape; readonly wire: Wire }

interface UnionType {
  readonly kind: 'union'
  readonly of: readonly Single[]
}

export type Kind = Single['kind']

export const ANY: Type = { kind: 'any' }
export const BOOL: Type = { kind: 'bool' }
export const INTEGER: Type = { kind: 'number', integer: true }
export const DOUBLE: Type = { kind: 'number', integer: false }
export const STRING: Type = { kind: 'string' }
export const TIMESTAMP: Type = { kind: 'timestamp' }
export const DURATION: Type = { kind: 'duration' }

export const listOf = (item: Type): Type => ({ kind: 'list', item: () => item })

export function typeOf(shape: Shape, wire: Wire): Type {
  switch (shape.kind) {
    case 'any':
    case 'null':
      return { kind: shape.kind }
    case 'boolean':
      return BOOL
    case 'number':
      return shape.integer ? INTEGER : DOUBLE
    case 'string':
      return STRING
    case 'literal':
      return union(shape.values.map(literal))
    case 'array': {
      // Shapes may contain themselves: what is inside is looked at when it is asked for.
      const inside = [...shape.prefix, ...(shape.items === undefined ? [] : [shape.items])]
      return { kind: 'list', item: () => union(inside.map(item => typeOf(item, wire))) }
    }
    case 'object':
      return { kind: 'object', shape, wire }
    case 'union':
      return union(shape.of.map(one => typeOf(one, wire)))
    case 'ref':
      return typeOf(resolve(shape, wire), wire)
  }
}

export function literal(value: LiteralShape['values'][number]): Type {
  if (value === null) return { kind: 'null' }
  if (typeof value === 'boolean') return { kind: 'bool', values: [value] }
  if (typeof value === 'string') return { kind: 'string', values: [value] }
  return { kind: 'number', integer: Number.isInteger(value), values: [value] }
}

/** What a type may be, one kind at a time. */
export const singles = (type: Type): readonly Single[] => (type.kind === 'union' ? type.of : [type])

/** One of these. Of nothing: any, since an empty list has items of every type. */
export function union(types: readonly Type[]): Type {
  const all = types.flatMap(singles)
  const [first, ...others] = all
  if (first === undefined || all.some(one => one.kind === 'any')) return ANY
  if (others.length === 0) return first
  const of: Single[] = []
  for (const one of all) {
    const at = of.findIndex(
      known => known.kind === one.kind && known.kind !== 'list' && known.kind !== 'object',
    )
    const known = of[at]
    if (known === undefined) of.push(one)
    else of[at] = merge(known, one)
  }
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'union', of }
}

/** Two of one kind, neither lists nor objects. */
function merge(a: Single, b: Single): Single {
  const values = 'values' in a && 'values' in b ? { values: [...new Set([...a.values, ...b.values])] } : {}
  if (a.kind === 'number' && b.kind === 'number')
    return { kind: 'number', integer: a.integer && b.integer, ...values } as Single
  return { kind: a.kind, ...values } as Single
}

/** What JSON has: any may be each of them. */
const JSON_KINDS: ReadonlySet<Kind> = new Set(['null', 'bool', 'number', 'string', 'list', 'object'])

/** Whether a value of this type may be of that kind. */
export const may = (type: Type, kind: Kind): boolean =>
  singles(type).some(one => one.kind === kind || (one.kind === 'any' && JSON_KINDS.has(kind)))

/** Whether a number of this type is known to be an integer. */
export const isInteger = (type: Type): boolean =>
  singles(type).every(one => one.kind === 'null' || (one.kind === 'number' && one.integer))

const DEEP_ENOUGH = 8

/** Whether a value of one type may ever equal a value of the other. */
export function overlap(a: Type, b: Type, depth = 0): boolean {
  return singles(a).some(x => singles(b).some(y => mayEqual(x, y, depth)))
}

function mayEqual(a: Single, b: Single, depth: number): boolean {
  if (a.kind === 'any') return b.kind === 'any' || JSON_KINDS.has(b.kind)
  if (b.kind === 'any') return JSON_KINDS.has(a.kind)
  if (a.kind === 'list' && b.kind === 'list')
    return depth > DEEP_ENOUGH || overlap(a.item(), b.item(), depth + 1)
  if (a.kind !== b.kind) return false
  if (!('values' in a && 'values' in b)) return true
  return a.values.some(value => (b.values as readonly unknown[]).includes(value))
}

/** The type of a member, undefined where there can be none. What may be null or a list beside counts as an object. */
export function memberOf(type: Type, name: string): Type | undefined {
  const found = singles(type).flatMap(one => {
    if (one.kind === 'any') return [ANY]
    if (one.kind !== 'object') return []
    const shape = fieldsOf(one).find(field => field.name === name)?.shape ?? one.shape.rest
    return shape === undefined ? [] : [typeOf(shape, one.wire)]
  })
  return found.length === 0 ? undefined : union(found)
}

const fieldsOf = (type: Single): readonly Field[] => (type.kind === 'object' ? type.shape.fields : [])

/** The names that a schema gives to the members of a value. */
export const memberNames = (type: Type): readonly string[] => [
  ...new Set(
    singles(type)
      .flatMap(fieldsOf)
      .map(field => field.name),
  ),
]

/** What the items are of where it is a list, the names where it is an object; undefined where it can be neither. */
export function itemOf(type: Type): Type | undefined {
  const found = singles(type).flatMap(one => {
    if (one.kind === 'any') return [ANY]
    if (one.kind === 'list') return [one.item()]
    return one.kind === 'object' ? [STRING] : []
  })
  return found.length === 0 ? undefined : union(found)
}

const NOUNS: { readonly [K in Kind]: string } = {
  any: 'any value',
  null: 'null',
  bool: 'true or false',
  number: 'a number',
  string: 'a string',
  timestamp: 'a timestamp',
  duration: 'a duration',
  list: 'a list',
  object: 'an object',
}
const SHOWN_VALUES = 12

/** `a string or null`, `"draft" or "published"`. */
export const describe = (type: Type): string => [...new Set(singles(type).flatMap(nouns))].join(' or ')

/** The same of a literal, whose value need not be told. */
export const describeKind = (type: Type): string => [...new Set(singles(type).map(noun))].join(' or ')

function nouns(type: Single): readonly string[] {
  if ('values' in type && type.values.length <= SHOWN_VALUES)
    return type.values.map(value => JSON.stringify(value))
  return [noun(type)]
}

const noun = (type: Single): string =>
  type.kind === 'number' && type.integer ? 'an integer' : NOUNS[type.kind]

/** `a string or a list`. */
export const nameOf = (kinds: readonly Kind[]): string => kinds.map(kind => NOUNS[kind]).join(' or ')
