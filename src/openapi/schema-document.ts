import type { JsonSchema } from '../contract/index.ts'

/** One JSON Schema document, taken apart and tidied: its root and its definitions, each without the others in it. */
export interface SchemaDocument {
  readonly root: JsonSchema
  readonly definitions: ReadonlyMap<string, JsonSchema>
}

const ONE = new Set(['items', 'additionalProperties', 'propertyNames', 'contentSchema'])
const LIST = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])

/** About the document that a schema came in, not about what it describes. */
const DROPPED = new Set(['$schema', '$id', '$comment', '$defs', 'definitions'])

export function documentOf(jsonSchema: JsonSchema): SchemaDocument {
  const definitions = Object.entries((jsonSchema['$defs'] ?? {}) as { readonly [name: string]: JsonSchema })
  return {
    root: tidy(jsonSchema),
    definitions: new Map(definitions.map(([name, schema]) => [name, tidy(schema)])),
  }
}

/** What a reference means in its document: `#`, `#/$defs/name`. Schemas that are only a reference are seen through. */
export function targetOf(reference: string, document: SchemaDocument): JsonSchema {
  const name = decodeURIComponent(reference.slice('#/$defs/'.length))
  const target =
    reference === '#'
      ? document.root
      : (document.definitions.get(name) ??
        document.definitions.get(name.replaceAll('~1', '/').replaceAll('~0', '~')))
  if (target === undefined) throw new Error(`no definition '${reference}'`)
  return seenThrough(target, document)
}

export const seenThrough = (schema: JsonSchema, document: SchemaDocument): JsonSchema =>
  isOwnReference(schema['$ref']) ? targetOf(schema['$ref'], document) : schema

/** Puts a reference in place of every inner schema for which `refer` names one. Its property is the nearest one around it. */
export function withReferences(
  schema: JsonSchema,
  refer: (inner: JsonSchema, property: string | undefined) => string | undefined,
  around?: string,
): JsonSchema {
  return mapSchemas(schema, (inner, property = around) => {
    const reference = refer(inner, property)
    if (reference === undefined) return withReferences(inner, refer, property)
    const { $ref, xml } = inner
    return $ref === undefined || xml === undefined ? { $ref: reference } : { $ref: reference, xml }
  })
}

/** The schema and those inside it that describe objects member by member. */
export function objectsIn(schema: JsonSchema): readonly JsonSchema[] {
  const found = 'properties' in schema ? [schema] : []
  mapSchemas(schema, inner => {
    found.push(...objectsIn(inner))
    return inner
  })
  return found
}

/** A reference into the OpenAPI document stands already. */
export const isOwnReference = (reference: unknown): reference is string =>
  typeof reference === 'string' && !reference.startsWith('#/components/')

function tidy(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(
    ([keyword, value]) => !DROPPED.has(keyword) && !isIdle(keyword, value),
  )
  return mapSchemas(wideInteger(withNamedMembers(referenceAlone(Object.fromEntries(kept)))), tidy)
}

function isIdle(keyword: string, value: unknown): boolean {
  switch (keyword) {
    case 'additionalProperties':
      // Published schemas are open, so that a member added later breaks no client.
      return value === false
    case 'required':
      return (value as readonly string[]).length === 0
    case 'propertyNames':
      return JSON.stringify(value) === '{"type":"string"}'
    default:
      return false
  }
}

/** The range in which every integer is exact is what JSON carries anyway (RFC 8259 §6); generators want its size. */
function wideInteger(schema: JsonSchema): JsonSchema {
  const { minimum, maximum, ...rest } = schema
  const lowest = minimum === Number.MIN_SAFE_INTEGER
  const highest = maximum === Number.MAX_SAFE_INTEGER
  if (schema['type'] !== 'integer' || !(lowest || highest)) return schema
  return {
    ...rest,
    ...(!lowest && minimum !== undefined && { minimum }),
    ...(!highest && maximum !== undefined && { maximum }),
    format: 'int64',
  }
}

/**
 * JSON Schema allows keywords beside $ref; most readers of OpenAPI overlook them. What a reference is called in XML may be
 * overlooked.
 */
function referenceAlone(schema: JsonSchema): JsonSchema {
  const { $ref, allOf, xml, ...beside } = schema
  if ($ref === undefined || (Object.keys(beside).length === 0 && allOf === undefined)) return schema
  const all = { ...beside, allOf: [{ $ref }, ...((allOf ?? []) as JsonSchema[])] }
  return xml === undefined ? all : { ...all, xml }
}

/** A record whose names are listed is an object with those properties. */
function withNamedMembers(schema: JsonSchema): JsonSchema {
  const { propertyNames, additionalProperties, ...rest } = schema
  const names = (propertyNames as JsonSchema | undefined)?.['enum'] as readonly string[] | undefined
  if (names === undefined || additionalProperties === undefined || 'properties' in schema) return schema
  return { ...rest, properties: Object.fromEntries(names.map(name => [name, additionalProperties])) }
}

type Each = (schema: JsonSchema, property: string | undefined) => JsonSchema

/** A copy in which every schema directly inside is what `each` makes of it. */
function mapSchemas(schema: JsonSchema, each: Each): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, mapKeyword(keyword, value, each)]),
  )
}

function mapKeyword(keyword: string, value: unknown, each: Each): unknown {
  const map = (inner: unknown, property?: string) => (isSchema(inner) ? each(inner, property) : inner)
  if (ONE.has(keyword)) return map(value)
  if (LIST.has(keyword)) return (value as unknown[]).map(inner => map(inner))
  if (keyword !== 'properties') return value
  return Object.fromEntries(
    Object.entries(value as JsonSchema).map(([name, inner]) => [name, map(inner, name)]),
  )
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null
