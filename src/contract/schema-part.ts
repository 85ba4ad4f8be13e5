import { DefinitionError } from './definition-error.ts'
import type { JsonSchema, Shape } from './shape.ts'

/** Keywords that describe and do not constrain (JSON Schema Core §9, Validation §8 and §9), and OpenAPI's own. */
const ANNOTATIONS = new Set(
  `title description default examples example deprecated readOnly writeOnly $comment $id $schema $defs definitions
  contentEncoding contentMediaType contentSchema xml externalDocs discriminator explode`.split(/\s+/),
)
const KEYWORDS = new Set(
  `type enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format
  properties required additionalProperties propertyNames minProperties maxProperties
  items prefixItems minItems maxItems uniqueItems anyOf oneOf allOf $ref`.split(/\s+/),
)

/** A schema that a value must satisfy. */
export interface Part {
  readonly schema: JsonSchema
  /** The field whose value it is, as a JSON pointer with `*` for any item or member. */
  readonly at: string
  /** The references that were replaced by what they name on the way here. */
  readonly through: readonly string[]
}

/** One run over a document. */
export interface Reading {
  readonly root: JsonSchema
  readonly place: string
  /** Undefined while the definition is being read. */
  readonly definitions: Map<string, Shape | undefined>
}

export function refuse(
  part: Part | undefined,
  reading: Reading,
  wrong: string,
  mend: string,
): DefinitionError {
  return new DefinitionError(reading.place, `${part?.at || 'the whole'} ${wrong}`, mend)
}

/** The keywords of a part that constrain. Those that have no form on the wire are refused. */
export function constraints(part: Part, reading: Reading): string[] {
  const keywords = Object.keys(part.schema).filter(
    keyword => !ANNOTATIONS.has(keyword) && !keyword.startsWith('x-'),
  )
  const unknown = keywords.find(keyword => !KEYWORDS.has(keyword))
  if (unknown !== undefined) {
    const mend = `Describe it with type, properties, items, enum or anyOf; name a note of your own 'x-${unknown}'`
    throw refuse(part, reading, `has '${unknown}', which has no form on the wire`, mend)
  }
  return keywords
}

/** A subschema as a part. `true` is the schema without constraints (JSON Schema Core §4.3.2). */
export function inner(part: Part, value: unknown, reading: Reading): Part {
  if (value === true) return { ...part, schema: {} }
  if (value === false) throw refuse(part, reading, 'can have no value at all', 'Leave the field out')
  if (!isSchema(value)) throw refuse(part, reading, 'has something that is not a schema', 'Use an object')
  return { ...part, schema: value }
}

/** The members of `allOf`, `anyOf`, `oneOf` or `prefixItems`. */
export function members(part: Part, value: unknown, reading: Reading): Part[] {
  if (!Array.isArray(value))
    throw refuse(part, reading, 'has something that is not a list of schemas', 'List them')
  return value.map(schema => inner(part, schema, reading))
}

export function withoutAllOf(part: Part, reading: Reading): Part[] {
  const { allOf, ...own } = part.schema
  if (allOf === undefined) return [part]
  return [
    { ...part, schema: own },
    ...members(part, allOf, reading).flatMap(member => withoutAllOf(member, reading)),
  ]
}

/** The part with its reference replaced by what that names, for where other constraints stand beside it. */
export function inlined(part: Part, reading: Reading): Part[] {
  const { $ref, ...own } = part.schema
  const name = String($ref)
  if (part.through.includes(name)) {
    throw refuse(
      part,
      reading,
      `limits '${name}' within itself, without an end`,
      'Refer to it without more limits',
    )
  }
  const target = { schema: meant(part, reading), at: part.at, through: [...part.through, name] }
  return [{ ...part, schema: own }, target]
}

/** What the part's reference names. */
export function meant(part: Part, reading: Reading): JsonSchema {
  const name = String(part.schema['$ref'])
  const found = lookUp(name, reading.root)
  if (found !== undefined) return found
  throw refuse(
    part,
    reading,
    `refers to '${name}', which is not in its schema`,
    "Refer to '#' or '#/$defs/name'",
  )
}

function lookUp(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (reference === '#') return root
  const definitions = root['$defs']
  if (!isSchema(definitions)) return undefined
  for (const [name, schema] of Object.entries(definitions)) {
    if (reference === `#/$defs/${name}` || reference === `#/$defs/${pointed(name)}`) {
      return schema === true ? {} : isSchema(schema) ? schema : undefined
    }
  }
  return undefined
}

/** A name as it stands in a JSON pointer (RFC 6901 §3). */
export const pointed = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** Whether the server makes the value: said by the part, by what it refers to, or by one of its `allOf`. */
export function isReadOnly(part: Part, reading: Reading, seen: readonly string[] = []): boolean {
  const { readOnly, $ref: name, allOf } = part.schema
  if (readOnly === true) return true
  if (typeof name === 'string' && !seen.includes(name)) {
    const named = { ...part, schema: meant(part, reading) }
    if (isReadOnly(named, reading, [...seen, name])) return true
  }
  return (
    allOf !== undefined && members(part, allOf, reading).some(member => isReadOnly(member, reading, seen))
  )
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
