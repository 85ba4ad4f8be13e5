import type { JsonSchema } from '../contract/index.ts'
import { defined, type Json } from './json.ts'

/**
 * The parameters of a query (OpenAPI 3.2 §4.12). Those with brackets, `score[gt]` and `score[lt]`, are one parameter of
 * style `deepObject`.
 */
export function queryParameters(query: JsonSchema): Json[] {
  const { properties, required } = membersOf(query)
  const names = Object.keys(properties)
  const bracketed = new Set(names.flatMap(name => /^(.+)\[.+\]$/.exec(name)?.[1] ?? []))
  return names.flatMap(name => {
    const schema = properties[name] ?? {}
    if (bracketed.has(name)) return [deepParameter(name, properties)]
    // Told with the parameter that it belongs to.
    return /\[.+\]$/.test(name) ? [] : [parameterOf(name, schema, required.includes(name))]
  })
}

function parameterOf(name: string, schema: JsonSchema, required: boolean): Json {
  const { description, explode, ...rest } = schema
  return defined({
    name,
    in: 'query',
    description,
    required: required ? true : undefined,
    // A list is the parameter several times, or its items with commas between them.
    explode: rest['type'] === 'array' ? explode !== false : undefined,
    schema: rest,
  })
}

/** `?score=1` and `?score[gt]=1` are two styles, of which a document can show one: the other is told in words. */
function deepParameter(name: string, all: Members['properties']): Json {
  const operators = Object.entries(all).flatMap(([each, schema]) =>
    each.startsWith(`${name}[`) ? [[each.slice(name.length + 1, -1), withoutCommas(schema)] as const] : [],
  )
  const [shortened = ''] = operators[0] ?? []
  const { description } = all[name] ?? {}
  return {
    name,
    in: 'query',
    description: `${String(description)}: \`${name}=…\` is short for \`${name}[${shortened}]=…\``,
    style: 'deepObject',
    explode: true,
    schema: { type: 'object', properties: Object.fromEntries(operators), examples: [exampleOf(operators)] },
  }
}

/** What a list inside of such an object looks like is not defined (OpenAPI 3.2 §4.12.2.2), so there it is a text. */
function withoutCommas({ explode, ...schema }: JsonSchema): JsonSchema {
  if (explode !== false) return schema
  return { type: 'string', description: `${String(schema['description'])}, with commas between them` }
}

/** A value for the first operator. */
function exampleOf(operators: readonly (readonly [string, JsonSchema])[]): Json {
  const [name, schema] = operators[0] ?? ['', {}]
  const {
    type,
    format,
    enum: values,
  } = schema as {
    readonly type?: string
    readonly format?: string
    readonly enum?: readonly unknown[]
  }
  if (values !== undefined) return { [name]: values[0] }
  if (format === 'date-time') return { [name]: '2026-11-23T08:00:00Z' }
  return { [name]: type === 'boolean' ? true : type === 'string' ? 'news' : 10 }
}

interface Members {
  readonly properties: { readonly [name: string]: JsonSchema }
  readonly required: readonly string[]
}

/** The members of an object, those of an intersection together. */
function membersOf(schema: JsonSchema): Members {
  const own = { properties: {}, required: [], ...schema } as Members
  const all = [...((schema['allOf'] ?? []) as JsonSchema[]).map(membersOf), own]
  return {
    properties: Object.fromEntries(all.flatMap(each => Object.entries(each.properties))),
    required: all.flatMap(each => each.required),
  }
}
