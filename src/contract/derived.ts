import { comparingOf } from './comparing.ts'
import { JsonPatch } from './json-patch.ts'
import type { OperationType } from './operation-type.ts'
import { type NewRow, type Resource, standInId } from './resource.ts'
import { type Out, type Schema, wireOf } from './schema.ts'
import { type JsonSchema, type ObjectShape, resolve } from './shape.ts'
import type { Page } from './unit.ts'
import { Valid } from './valid.ts'
import { type Validated, validate } from './validate.ts'

// The schemas that follow from a resource's one schema: a new row, a change, a page. Each is a schema like any other,
// so that readers, documents and clients need no case of their own for them.

type Properties = { readonly [name: string]: JsonSchema }

/** A new row as callers send it: without what the server makes. Such members are passed over, so that a row that was read can be sent back. */
export function newRowOf<S extends Schema>(resource: Resource<string, NewRow<S>, Out<S>>): Schema<NewRow<S>> {
  const own = serverMade(resource)
  return schemaFrom<NewRow<S>>({
    jsonSchema: () => {
      const { properties, required, ...rest } = object(
        wireOf(resource.schema, 'input', place(resource)).jsonSchema,
      )
      return {
        ...rest,
        properties: without(properties, own),
        required: required.filter(name => !own.has(name)),
      }
    },
    validate: value => accepted<NewRow<S>>(validate(resource.schema, completeRow(resource, own, value))),
  })
}

/** A merge patch (RFC 7396) of a row: every member optional, null takes one away. The row as a whole is checked once it is merged. */
export function changeOf(resource: Resource<string, never, unknown>): Schema<Record<string, unknown>> {
  const own = serverMade(resource)
  return schemaFrom<Record<string, unknown>>({
    jsonSchema: () => {
      const { properties, required, ...rest } = object(
        wireOf(resource.schema, 'input', place(resource)).jsonSchema,
      )
      const changes = Object.entries(without(properties, own)).map(([name, { default: _, ...schema }]) => [
        name,
        required.includes(name) ? schema : { anyOf: [schema, { type: 'null' }] },
      ])
      return { ...rest, properties: Object.fromEntries(changes), required: [] }
    },
    validate(value) {
      if (value instanceof JsonPatch) return { value: value as object as Record<string, unknown> }
      if (!isObject(value)) return { issues: [{ message: 'Expected an object with the members to change' }] }
      return { value: without(value, own) }
    },
  })
}

/** The input of an operation, which is validated where it is read and stored as it was accepted. */
export function inputOf(operation: OperationType): Schema {
  return schemaFrom<unknown>({
    jsonSchema: () => wireOf(operation.input, 'input', `operation '${operation.name}', input`).jsonSchema,
    validate: value => accepted<unknown>(validate(operation.input, value)),
  })
}

/** `{ "data": [row, …], "next": cursor or null }`. */
export function pageOf<R>(resource: Resource<string, never, R>): Schema<Page<R>> {
  return schemaFrom<Page<R>>({
    jsonSchema: () => {
      const { rest, list } = listed(
        wireOf(resource.schema, 'output', place(resource)).jsonSchema,
        resource.name,
      )
      return {
        ...rest,
        type: 'object',
        properties: {
          data: list,
          next: {
            type: ['string', 'null'],
            description: 'Continues the list as ?cursor=, null at the end',
          },
        },
        required: ['data', 'next'],
      }
    },
    validate: value => ({ value: value as Page<R> }),
  })
}

/**
 * A schema of rows as the items of a list, and what the schema around it must hold for that. In XML:
 * `<data><article>…</article></data>`, called by `name` unless the schema has a name of its own.
 */
export function listed(row: JsonSchema, name: string) {
  const { xml } = row
  return {
    rest: embedded('row', row),
    list: {
      type: 'array',
      items: { $ref: '#/$defs/row', xml: { name, ...(isObject(xml) ? xml : {}) } },
      xml: { nodeType: 'element' },
    },
  }
}

/** What a schema needs that has another one in it, as `#/$defs/{name}`. */
export function embedded(name: string, { $schema, $defs, ...inner }: JsonSchema): JsonSchema {
  return {
    ...($schema === undefined ? {} : { $schema }),
    $defs: {
      ...(isObject($defs) ? $defs : {}),
      [name]: withMoved(inner, to => (to === '#' ? `#/$defs/${name}` : to)),
    },
  }
}

/** A schema that is made of others, rather than with a library. */
export function schemaFrom<T>(from: {
  readonly jsonSchema: () => JsonSchema
  readonly validate: Schema<T>['~standard']['validate']
}): Schema<T> {
  const jsonSchema = (): Record<string, unknown> => ({ ...from.jsonSchema() })
  return {
    '~standard': {
      version: 1,
      vendor: 'signalbox',
      jsonSchema: { input: jsonSchema, output: jsonSchema },
      validate: from.validate,
    },
  }
}

const place = (resource: { readonly name: string }): string => `resource '${resource.name}'`

/** The id, and what the schema marks `readOnly`. */
export function serverMade(resource: Pick<Resource, 'name' | 'schema'>): ReadonlySet<string> {
  const { properties } = object(wireOf(resource.schema, 'input', place(resource)).jsonSchema)
  const marked = Object.keys(properties).filter(name => properties[name]?.['readOnly'] === true)
  return new Set(['id', ...marked])
}

/** The times of a row that the server keeps, where the schema has them and callers cannot set them. */
export function keptTimes(
  resource: Pick<Resource, 'name' | 'schema'>,
): readonly ('created_at' | 'updated_at')[] {
  const own = serverMade(resource)
  const wire = wireOf(resource.schema, 'output', place(resource))
  const { fields } = resolve(wire.shape, wire) as ObjectShape
  return (['created_at', 'updated_at'] as const).filter(name => {
    const field = fields.find(each => each.name === name)
    return own.has(name) && field !== undefined && comparingOf(field, wire)?.time === true
  })
}

/** The schema wants whole rows, so the id that is yet to be made has a stand-in of the right form. */
function completeRow(
  resource: Resource<string, never, unknown>,
  own: ReadonlySet<string>,
  value: unknown,
): unknown {
  return isObject(value) ? { ...without(value, own), id: standInId(resource) } : value
}

function object(
  schema: JsonSchema,
): JsonSchema & { readonly properties: Properties; readonly required: readonly string[] } {
  return {
    ...schema,
    properties: (schema['properties'] ?? {}) as Properties,
    required: (schema['required'] ?? []) as string[],
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function without<T>(members: { readonly [name: string]: T }, names: ReadonlySet<string>): Record<string, T> {
  const rest: Record<string, T> = {}
  for (const name of Object.keys(members)) {
    const value = members[name]
    if (!names.has(name) && value !== undefined) rest[name] = value
  }
  return rest
}

/** What was accepted, wrapped: handlers are typed as if they had the value, and only the house's own ever see it. */
function accepted<T>(
  result: Validated<unknown> | Promise<Validated<unknown>>,
): Validated<T> | Promise<Validated<T>> {
  const wrap = (judged: Validated<unknown>): Validated<T> =>
    'issues' in judged ? judged : { value: new Valid(judged.value) as T }
  return result instanceof Promise ? result.then(wrap) : wrap(result)
}

/** A schema with its references as `moved` has them, for where it stands inside another: to itself, as `#`, or to a definition. */
export function withMoved(schema: unknown, moved: (reference: string) => string): unknown {
  if (Array.isArray(schema)) return schema.map(item => withMoved(item, moved))
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' ? moved(value) : withMoved(value, moved),
    ]),
  )
}
