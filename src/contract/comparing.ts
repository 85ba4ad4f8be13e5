import { DefinitionError } from './definition-error.ts'
import { type Schema, wireOf } from './schema.ts'
import { type Field, type JsonSchema, type ObjectShape, resolve, type Shape, type Wire } from './shape.ts'

/** What the values of a field can be compared by. */
export interface Comparing {
  /** The schema of one value, without bounds: callers may ask beyond what rows can hold. */
  readonly value: JsonSchema
  /** Whether the field is a list, and `value` one of its items. */
  readonly list: boolean
  /** Whether of two values one is the greater. */
  readonly ordered: boolean
  /** Whether they are times, which are compared as such however they are spelled. */
  readonly time: boolean
  /** Whether a row can be without a value. */
  readonly nullable: boolean
}

/** Undefined where the field holds objects, or values of several kinds. */
export function comparingOf({ shape, required }: Field, wire: Wire): Comparing | undefined {
  const shapes = alternatives(shape, wire)
  const [only, ...others] = shapes.filter(each => !isNull(each))
  if (only === undefined || others.length > 0) return undefined
  const nullable = !required || shapes.length > 1
  if (only.kind !== 'array') {
    const scalar = scalarOf(only)
    return scalar && { ...scalar, list: false, nullable }
  }
  if (only.items === undefined || only.prefix.length > 0) return undefined
  const [item, ...further] = alternatives(only.items, wire)
  const scalar = item === undefined || further.length > 0 ? undefined : scalarOf(item)
  return scalar && { ...scalar, list: true, time: false, nullable }
}

/** The shapes of a union, those of unions inside it included. */
export function alternatives(shape: Shape, wire: Wire): readonly Exclude<Shape, { kind: 'ref' }>[] {
  const plain = resolve(shape, wire)
  return plain.kind === 'union' ? plain.of.flatMap(member => alternatives(member, wire)) : [plain]
}

export const isNull = (shape: Shape): boolean =>
  shape.kind === 'null' || (shape.kind === 'literal' && shape.values.every(value => value === null))

function scalarOf(shape: Shape): Pick<Comparing, 'value' | 'ordered' | 'time'> | undefined {
  switch (shape.kind) {
    case 'string':
      return shape.format === 'date-time'
        ? { value: { type: 'string', format: 'date-time' }, ordered: true, time: true }
        : { value: { type: 'string' }, ordered: true, time: false }
    case 'number':
      return { value: { type: shape.integer ? 'integer' : 'number' }, ordered: true, time: false }
    case 'boolean':
      return { value: { type: 'boolean' }, ordered: false, time: false }
    case 'literal': {
      const values = shape.values.filter(value => value !== null)
      const kinds = new Set(values.map(value => typeof value))
      return kinds.size === 1 ? { value: { enum: values }, ordered: false, time: false } : undefined
    }
    default:
      return undefined
  }
}

/** How many characters a text has at most that rows are sorted by: it stands in cursors. */
const MAX_SORT_LENGTH = 255
/** How many fields a list is sorted by at most: each stands in its cursors. */
export const MAX_SORT_FIELDS = 3

interface Declared {
  readonly schema: Schema
  readonly filter: readonly string[]
  readonly sort: readonly string[]
}

/** @throws DefinitionError that names the field by which lists cannot be filtered or sorted. */
export function checkListing({ schema, filter, sort }: Declared, place: string): void {
  const wire = wireOf(schema, 'output', place)
  const { fields } = resolve(wire.shape, wire) as ObjectShape
  const find = (name: string, what: string): Field => {
    const field = fields.find(each => each.name === name)
    if (field !== undefined) return field
    const has = fields.map(each => each.name).join(', ')
    throw new DefinitionError(
      place,
      `it ${what} by '${name}', which its schema does not have (it has ${has})`,
      'Name a field',
    )
  }
  for (const name of filter) {
    if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
      throw new DefinitionError(
        place,
        `it filters by '${name}', which cannot be a parameter`,
        'Rename the field',
      )
    }
    if (RESERVED.has(name)) {
      throw new DefinitionError(
        place,
        `it filters by '${name}', a parameter that every list has`,
        'Rename the field',
      )
    }
    if (comparingOf(find(name, 'filters'), wire) === undefined) {
      throw new DefinitionError(
        place,
        `it filters by '${name}', whose values are not of one plain kind`,
        'Filter by strings, numbers, booleans, listed values or lists of these',
      )
    }
  }
  for (const name of sort) {
    const field = find(name, 'sorts')
    const comparing = comparingOf(field, wire)
    if (comparing === undefined || comparing.list) {
      throw new DefinitionError(
        place,
        `it sorts by '${name}', whose values have no order`,
        'Sort by strings, numbers, booleans or listed values',
      )
    }
    if (name !== 'id' && isLong(field, wire)) {
      throw new DefinitionError(
        place,
        `it sorts by '${name}', whose texts can have any length, and cursors hold them`,
        `Limit them: z.string().max(${MAX_SORT_LENGTH})`,
      )
    }
  }
}

/** Parameters that lists have beside their filters. */
const RESERVED: ReadonlySet<string> = new Set(['cursor', 'limit', 'sort', 'fields', 'expand'])

/** Formats whose texts are short. */
const SHORT: ReadonlySet<string> = new Set(['date-time', 'date', 'uuid', 'ipv4', 'ipv6'])

function isLong({ shape }: Field, wire: Wire): boolean {
  const text = alternatives(shape, wire).find(each => each.kind === 'string')
  if (text === undefined || SHORT.has(text.format ?? '')) return false
  return (text.maxLength ?? Number.POSITIVE_INFINITY) > MAX_SORT_LENGTH
}
