import { type EventType, pathKey, type Resource, type Route, selectedOutput } from '../contract/index.ts'
import { jsonPatchSchema, problemSchema } from '../http/index.ts'
import { partialName } from './content.ts'
import { defined, type Json, sorted } from './json.ts'
import { type Claim, type NamedSchemas, nameSchemas } from './named-schemas.ts'
import { operationOf, outputName, pathParameters } from './operation.ts'
import { withRelations } from './relations.ts'
import { createShared, type Shared } from './shared.ts'
import { describeChallenge, describeEvents, eventClaims, webhooksOf } from './webhooks.ts'

/** What a document describes. An `Api` has most of it. */
export interface Described {
  readonly title: string
  readonly version: string
  /** CommonMark. */
  readonly description?: string | undefined
  readonly routes: readonly Route[]
  /** Tells what tags are about, and which events are changes of rows. */
  readonly resources: readonly Resource[]
  readonly events: Iterable<EventType>
  /** What new URLs of webhooks are asked. Default: nothing. */
  readonly challenge?: EventType | undefined
  /** Default: the origin that the document comes from. */
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  /** The terms for using the api: an SPDX `identifier`, or a `url`. */
  readonly license?:
    | { readonly name: string; readonly identifier?: string; readonly url?: string }
    | undefined
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string } | undefined
}

/** An OpenAPI Object (OpenAPI 3.2 §4.1), ready for JSON. */
export interface OpenApiDocument {
  readonly openapi: '3.2.0'
  readonly info: Json
  readonly servers: readonly Json[]
  readonly security: readonly Json[]
  readonly tags: readonly Json[]
  /** By path template. */
  readonly paths: { readonly [path: string]: Json }
  /** By event type. */
  readonly webhooks: { readonly [event: string]: Json }
  readonly components: { readonly [section: string]: Json }
}

/**
 * Describes an api. The same definition makes the same document, byte for byte.
 *
 * @throws DefinitionError where two different schemas have one name.
 */
export function openApiDocument(about: Described): OpenApiDocument {
  const { title, version, description, routes, resources, license, contact } = about
  const events = describeEvents(about.events, resources, routes)
  const challenge = about.challenge && describeChallenge(about.challenge)
  const bodies = challenge === undefined ? events : [...events, challenge]
  const schemas = nameSchemas([PROBLEM, ...routes.flatMap(routeClaims), ...bodies.flatMap(eventClaims)])
  const shared = createShared()
  const tags = tagsOf(routes, resources)
  const paths = pathsOf(routes, schemas, shared, new Map(tags.map(tag => [tag.name, tag.description])))
  const webhooks = webhooksOf(events, challenge, shared)
  return {
    openapi: '3.2.0',
    info: defined({ title, version, description, contact, license }),
    servers: about.servers ?? [{ url: '/' }],
    security: [{ bearer: [] }, { basic: [] }],
    tags: tags.map(tag => ({ ...tag })),
    paths,
    webhooks: webhooks as OpenApiDocument['webhooks'],
    components: {
      schemas: sorted(withRelations(schemas.components, routes)),
      ...shared.sections(),
      securitySchemes: SECURITY_SCHEMES,
    },
  }
}

const PROBLEM: Claim = { name: 'Problem', schema: problemSchema, place: 'the problems of every endpoint' }

const JSON_PATCH: Claim = {
  name: 'JsonPatch',
  schema: jsonPatchSchema,
  place: 'the JSON Patch of every endpoint that takes one',
}

const SECURITY_SCHEMES: Json = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A key of your account. It needs the scopes that an operation lists, unless it was made without any.',
  },
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'A key of your account as the user name, with any password.',
  },
}

/** The schemas that a route brings, by the names that the document calls them by. */
function routeClaims(route: Route): Claim[] {
  const { method, endpoint, input, output } = route
  const place = `endpoint ${method} ${endpoint.path}`
  const claims: Claim[] = []
  if (input !== undefined) {
    const inPieces = input.from === 'query'
    claims.push({ name: input.name, schema: input.wire.jsonSchema, place: `${place}, input`, inPieces })
    if (endpoint.jsonPatch === true) claims.push(JSON_PATCH)
  }
  const name = outputName(route)
  if (output === undefined || name === undefined) return claims
  const { wire, pageOf, row } = output
  if (pageOf !== undefined && row !== undefined) {
    claims.push({ name: pageOf, schema: row.jsonSchema, place: `${place}, rows`, isRow: true })
  }
  claims.push({ name, schema: wire.jsonSchema, place: `${place}, output` })
  const partial = endpoint.selects?.fields === true ? selectedOutput(route, 'any') : undefined
  if (partial === undefined) return claims
  const about = `${place}, selected fields`
  if (pageOf !== undefined && partial.row !== undefined) {
    claims.push({ name: partialName(pageOf), schema: partial.row.jsonSchema, place: about, isRow: true })
  }
  return [...claims, { name: partialName(name), schema: partial.wire.jsonSchema, place: about }]
}

interface Tag {
  readonly name: string
  readonly description: string
}

function tagsOf(routes: readonly Route[], resources: readonly Resource[]): readonly Tag[] {
  const tags = new Map<string, Tag>()
  for (const { tag, path, endpoint } of routes) {
    if (tags.has(tag)) continue
    const base = path.slice(0, path.length - endpoint.path.length)
    const described = resources.find(resource => resource.path === `/${tag}`)?.description
    tags.set(tag, { name: tag, description: described ?? `What is under ${base}/${tag}.` })
  }
  return [...tags.values()]
}

/** Paths that match the same requests are one path, whatever their parameters are called (OpenAPI 3.2 §4.8.2). */
function pathsOf(
  routes: readonly Route[],
  schemas: NamedSchemas,
  shared: Shared,
  tags: ReadonlyMap<string, string>,
): { readonly [path: string]: Json } {
  const items = new Map<string, { readonly path: string; readonly item: Json }>()
  for (const route of routes) {
    const key = pathKey(route.segments)
    const parameters = pathParameters(route)
    const first = { path: route.path, item: parameters.length > 0 ? { parameters } : {} }
    const { path, item } = items.get(key) ?? first
    const operation = operationOf(route, schemas, shared, tags.get(route.tag))
    items.set(key, { path, item: { ...item, [route.method.toLowerCase()]: operation } })
  }
  return Object.fromEntries([...items.values()].map(({ path, item }) => [path, item]))
}
