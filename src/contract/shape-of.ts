import { DefinitionError } from './definition-error.ts'
import { patterns } from './pattern/patterns.ts'
import {
  constraints,
  inlined,
  inner,
  isReadOnly,
  meant,
  members,
  type Part,
  pointed,
  type Reading,
  refuse,
  withoutAllOf,
} from './schema-part.ts'
import type { Field, JsonSchema, Shape } from './shape.ts'
import { xmlHints } from './xml-hints.ts'

/** What may stand beside `enum` or `const`: a library repeats here what the values show already. */
const BESIDE_VALUES = ['type', 'enum', 'const', 'format']

/**
 * Reads a JSON Schema 2020-12 document, as zod, valibot and arktype write it, into a shape.
 *
 * `definitions` are keyed by their references: `#`, `#/$defs/Node`. An object that names its properties and says nothing
 * of others has no others on the wire, and a tuple no further items. `oneOf` is read as `anyOf`.
 *
 * @throws DefinitionError that names the field and the keyword which has no form on the wire.
 */
export function shapeOf(
  jsonSchema: JsonSchema,
  place: string,
): { readonly shape: Shape; readonly definitions: ReadonlyMap<string, Shape> } {
  const reading: Reading = { root: jsonSchema, place, definitions: new Map() }
  const shape = oneShape([{ schema: jsonSchema, at: '', through: [] }], reading)
  const definitions = new Map<string, Shape>()
  for (const [name, read] of reading.definitions) definitions.set(name, read ?? shape)
  for (const [name, read] of definitions) refuseEndless(read, [name], definitions, place)
  return { shape, definitions }
}

/** The shape of what satisfies every part, at one place of the document. */
function oneShape(parts: readonly Part[], reading: Reading): Shape {
  const shape = shapeOfAll(parts, reading)
  if (shape === undefined) throw refuse(parts[0], reading, 'can have no value at all', 'Leave the field out')
  const xml = xmlHints(parts, reading)
  return xml === undefined ? shape : { ...shape, xml }
}

/** Undefined where no value satisfies every part. */
function shapeOfAll(given: readonly Part[], reading: Reading): Shape | undefined {
  const all = given.flatMap(part => withoutAllOf(part, reading))
  const parts = all.filter(part => constraints(part, reading).length > 0)
  const [only] = parts
  if (only === undefined) return { kind: 'any' }
  if (parts.length === 1 && constraints(only, reading).join() === '$ref') return reference(only, reading)
  const referring = parts.find(part => '$ref' in part.schema)
  if (referring !== undefined) {
    return shapeOfAll([...without(referring, parts), ...inlined(referring, reading)], reading)
  }
  for (const keyword of ['anyOf', 'oneOf']) {
    const choosing = parts.find(part => keyword in part.schema)
    if (choosing === undefined) continue
    const { [keyword]: choices, ...own } = choosing.schema
    const rest = [{ ...choosing, schema: own }, ...without(choosing, parts)]
    return union(members(choosing, choices, reading).map(choice => shapeOfAll([choice, ...rest], reading)))
  }
  if (parts.some(part => 'enum' in part.schema || 'const' in part.schema)) return literal(parts, reading)
  return union(typesOf(parts, reading).map(type => ofType(type, parts, reading)))
}

function ofType(type: string, parts: readonly Part[], reading: Reading): Shape {
  switch (type) {
    case 'null':
    case 'boolean':
      return { kind: type }
    case 'number':
    case 'integer':
      return {
        kind: 'number',
        integer: type === 'integer',
        ...limit('minimum', Math.max, parts, reading),
        ...limit('maximum', Math.min, parts, reading),
        ...limit('exclusiveMinimum', Math.max, parts, reading),
        ...limit('exclusiveMaximum', Math.min, parts, reading),
        ...limit('multipleOf', onlyOne, parts, reading),
      }
    case 'string':
      return {
        kind: 'string',
        ...limit('minLength', Math.max, parts, reading),
        ...limit('maxLength', Math.min, parts, reading),
        patterns: patterns(parts, reading),
        ...format(parts),
      }
    case 'array':
      return array(parts, reading)
    case 'object':
      return object(parts, reading)
    default:
      throw refuse(
        parts[0],
        reading,
        `has the type '${type}', which JSON does not have`,
        'Use a type of JSON',
      )
  }
}

function array(parts: readonly Part[], reading: Reading): Shape {
  const items = parts.map(part => ({ ...part, at: `${part.at}/*` }))
  const prefixes = items.map(part => members(part, part.schema['prefixItems'] ?? [], reading))
  const open = items.filter(part => part.schema['items'] !== undefined && part.schema['items'] !== false)
  const further = (part: Part) => inner(part, part.schema['items'], reading)
  const length = Math.max(...prefixes.map(prefix => prefix.length))
  const prefix = Array.from({ length }, (_, position) => {
    const of = items.flatMap(
      (part, i) => prefixes[i]?.[position] ?? (open.includes(part) ? further(part) : []),
    )
    return oneShape(of, reading)
  })
  const closed = items.some(part => part.schema['items'] === false) || (open.length === 0 && length > 0)
  return {
    kind: 'array',
    prefix,
    items: closed ? undefined : oneShape(open.map(further), reading),
    ...limit('minItems', Math.max, parts, reading),
    ...limit('maxItems', Math.min, parts, reading),
    uniqueItems: parts.some(part => part.schema['uniqueItems'] === true),
  }
}

function object(parts: readonly Part[], reading: Reading): Shape {
  const open = parts.filter(part => (part.schema['additionalProperties'] ?? false) !== false)
  const further = (part: Part, at: string) =>
    inner({ ...part, at }, part.schema['additionalProperties'], reading)
  const required = new Set(parts.flatMap(part => (part.schema['required'] ?? []) as string[]))
  const names = new Set([...parts.flatMap(part => Object.keys(propertiesOf(part))), ...required])
  const fields = [...names].map((name): Field => {
    const of = parts.flatMap(part => {
      const at = `${part.at}/${pointed(name)}`
      const properties = propertiesOf(part)
      if (Object.hasOwn(properties, name)) return inner({ ...part, at }, properties[name], reading)
      return open.includes(part) ? further(part, at) : []
    })
    const readOnly = of.some(part => isReadOnly(part, reading))
    return { name, shape: oneShape(of, reading), required: required.has(name), readOnly }
  })
  const closed =
    parts.some(part => part.schema['additionalProperties'] === false) ||
    (open.length === 0 && parts.some(part => part.schema['properties'] !== undefined))
  return {
    kind: 'object',
    fields,
    rest: closed
      ? undefined
      : oneShape(
          open.map(part => further(part, `${part.at}/*`)),
          reading,
        ),
    ...memberNames(parts, reading),
    ...limit('minProperties', Math.max, parts, reading),
    ...limit('maxProperties', Math.min, parts, reading),
  }
}

const propertiesOf = (part: Part) => (part.schema['properties'] ?? {}) as JsonSchema

function memberNames(parts: readonly Part[], reading: Reading): { readonly names?: Shape } {
  const naming = parts.filter(part => part.schema['propertyNames'] !== undefined)
  const names = oneShape(
    naming.map(part => inner(part, part.schema['propertyNames'], reading)),
    reading,
  )
  // zod says of every record that its names are strings.
  const anyString = names.kind === 'string' && Object.keys(names).length === 2 && names.patterns.length === 0
  return names.kind === 'any' || anyString ? {} : { names }
}

function literal(parts: readonly Part[], reading: Reading): Shape | undefined {
  const beside = parts
    .flatMap(part => constraints(part, reading))
    .find(keyword => !BESIDE_VALUES.includes(keyword))
  if (beside !== undefined) {
    throw refuse(parts[0], reading, `limits listed values by '${beside}'`, 'List only the values that fit')
  }
  const lists = parts.flatMap(({ schema }) => [
    ...('const' in schema ? [[schema['const']]] : []),
    ...('enum' in schema ? [schema['enum'] as unknown[]] : []),
  ])
  const types = parts.some(part => 'type' in part.schema) ? typesOf(parts, reading) : undefined
  const values: (string | number | boolean | null)[] = []
  for (const value of new Set(lists[0])) {
    if (!isScalar(value)) {
      throw refuse(
        parts[0],
        reading,
        'lists an object or array as a value',
        'Describe its properties or items',
      )
    }
    const fits = types === undefined || types.some(type => isOfType(value, type))
    if (fits && lists.every(list => list.includes(value))) values.push(value)
  }
  return values.length === 0 ? undefined : { kind: 'literal', values }
}

const isScalar = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value)

const isOfType = (value: unknown, type: string): boolean =>
  type === 'integer' ? Number.isInteger(value) : type === (value === null ? 'null' : typeof value)

/** One flat shape for several, with the listed values together. Undefined where there is none. */
function union(shapes: readonly (Shape | undefined)[]): Shape | undefined {
  const flat = shapes.flatMap(shape => (shape?.kind === 'union' ? shape.of : (shape ?? [])))
  if (flat.some(shape => shape.kind === 'any')) return { kind: 'any' }
  const values = new Set(flat.flatMap(shape => (shape.kind === 'literal' ? shape.values : [])))
  const of: Shape[] = []
  for (const shape of flat) {
    if (shape.kind !== 'literal') of.push(shape)
    else if (!of.some(other => other.kind === 'literal')) of.push({ kind: 'literal', values: [...values] })
  }
  return of.length > 1 ? { kind: 'union', of } : of[0]
}

/** The types that every part allows, in the order in which they are first listed. */
function typesOf(parts: readonly Part[], reading: Reading): string[] {
  const lists = parts.flatMap(({ schema: { type } }) =>
    type === undefined ? [] : [[type].flat() as string[]],
  )
  if (lists.length === 0) {
    const keyword = parts.flatMap(part => constraints(part, reading))[0]
    throw refuse(parts[0], reading, `has '${keyword}', but no type`, 'Add its type')
  }
  const allows = (list: readonly string[], type: string) =>
    list.includes(type) || (type === 'integer' && list.includes('number'))
  const types = [...new Set(lists.flat())].filter(type => lists.every(list => allows(list, type)))
  return types.includes('number') ? types.filter(type => type !== 'integer') : types
}

/** The strictest of the parts' values of one limit. */
function limit<K extends string>(
  keyword: K,
  strictest: (...values: number[]) => number,
  parts: readonly Part[],
  reading: Reading,
): { readonly [name in K]?: number } {
  const values = parts.map(part => part.schema[keyword]).filter(value => value !== undefined)
  if (values.length === 0) return {}
  const value = values.every(each => typeof each === 'number') ? strictest(...values) : Number.NaN
  if (Number.isNaN(value)) {
    throw refuse(parts[0], reading, `has no single number as its '${keyword}'`, 'Give it one number')
  }
  return { [keyword]: value } as { readonly [name in K]?: number }
}

const onlyOne = (...values: number[]): number =>
  new Set(values).size === 1 ? Math.max(...values) : Number.NaN

function format(parts: readonly Part[]): { readonly format?: string } {
  const named = parts.map(part => part.schema['format']).find(value => typeof value === 'string')
  return named === undefined ? {} : { format: named }
}

/** A reference stays one, which is how a shape contains itself. */
function reference(part: Part, reading: Reading): Shape {
  const name = String(part.schema['$ref'])
  if (!reading.definitions.has(name)) {
    const target: Part = { schema: meant(part, reading), at: part.at, through: [] }
    reading.definitions.set(name, undefined)
    // The root is being read already: `shapeOf` fills it in.
    if (name !== '#') reading.definitions.set(name, oneShape([target], reading))
  }
  return { kind: 'ref', name }
}

/** A definition that is only itself, by references or choices, describes nothing. */
function refuseEndless(
  shape: Shape,
  names: readonly string[],
  definitions: ReadonlyMap<string, Shape>,
  place: string,
): void {
  if (shape.kind === 'union') for (const member of shape.of) refuseEndless(member, names, definitions, place)
  if (shape.kind !== 'ref') return
  if (names.includes(shape.name)) {
    const mend = 'Put the recursion in a property or in items'
    throw new DefinitionError(place, `'${shape.name}' is defined as itself`, mend)
  }
  const next = definitions.get(shape.name)
  if (next !== undefined) refuseEndless(next, [...names, shape.name], definitions, place)
}

const without = (part: Part, parts: readonly Part[]): Part[] => parts.filter(other => other !== part)
