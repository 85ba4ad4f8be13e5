import { later } from '../base/index.ts'
import { DefinitionError } from './definition-error.ts'
import { type AnyEndpoint, isSafe, type Method } from './endpoint.ts'
import { checkFileContent, type FileContent, filesOf, isFileContent, type RouteFile } from './file.ts'
import { type PathSegment, parsePath, pathKey } from './path.ts'
import type { Resource } from './resource.ts'
import { type Schema, wireOf } from './schema.ts'
import { expandableOf, pageOfSelected, partialRow, selectedRow } from './selection.ts'
import { fieldOf, type JsonSchema, resolve, type Wire } from './shape.ts'
import { pascal, standardEndpoints } from './standard.ts'
import type { Selection } from './unit.ts'

/** One method and path with all that adapters, documents and clients need to know of it. */
export interface Route {
  /** Unique in the api: the operation id. */
  readonly name: string
  readonly method: Method
  /** From the root: `/v1/articles/{id}`. */
  readonly path: string
  readonly segments: readonly PathSegment[]
  /** The first literal segment below the base: what documents group by. */
  readonly tag: string
  readonly endpoint: AnyEndpoint
  readonly input: RouteInput | undefined
  readonly output: RouteOutput | undefined
  /** What it takes beside its input, which then comes as the fields of a multipart/form-data. */
  readonly files: readonly RouteFile[] | undefined
  /** What it answers in place of an output, where that is a file. */
  readonly content: FileContent | undefined
  readonly status: number
  /** What a key needs to be allowed, all of it. Empty where the endpoint is open. */
  readonly scopes: readonly string[]
  /** Where this changes what is at its path: the GET that shows it, and whose ETags If-Match names. */
  readonly shownBy: Route | undefined
  /** Whether its answers are what a GET or QUERY shows, and have the ETag of that. */
  readonly isTagged: boolean
}

export interface RouteInput {
  /** GET and DELETE have no body (RFC 9110 §9.3.1, §9.3.5), so theirs is the query. */
  readonly from: 'query' | 'body'
  readonly schema: Schema
  readonly wire: Wire
  /** What it is called in documents. */
  readonly name: string
  /** The root element of its XML. */
  readonly element: string
}

export interface RouteOutput {
  readonly wire: Wire
  readonly name: string
  /** The root element of its XML. */
  readonly element: string
  /** The name of the schema that `data` lists, where the output is a page. */
  readonly pageOf: string | undefined
  /** What a line of CSV or NDJSON holds, where the output of a GET is a page of objects. */
  readonly row: Wire | undefined
}

/** What callers may expand in the rows of a route, with the scopes that it takes: those of a get. */
export function expansionsOf({ endpoint }: Route): ReadonlyMap<string, readonly string[]> {
  const { selects, open = false } = endpoint
  const relations = selects === undefined ? [] : expandableOf(selects, open)
  return new Map(
    [...relations].map(([path, { to }]) => {
      const get = { method: 'GET', open: to.open.includes('get') } as const
      return [path, scopesOf(get, tagOf(to.path) ?? to.name)]
    }),
  )
}

/** The output of a route whose rows are selected: as `selection` says, or any way at all. */
export function selectedOutput(
  { endpoint: { selects }, output, method, path }: Route,
  selection: Selection | 'any',
): RouteOutput | undefined {
  if (selects === undefined || output === undefined) return undefined
  const row = selection === 'any' ? partialRow(selects) : selectedRow(selects, selection)
  const schema = output.pageOf === undefined ? row : pageOfSelected(selects, row)
  const wire = wireOf(schema, 'output', `endpoint ${method} ${path}, selected output`)
  return { ...output, wire, row: output.row && rowOf(wire) }
}

/** @throws DefinitionError where a schema cannot be sent. */
export function refuseUnsendable(routes: readonly Route[]): void {
  for (const { input, output } of routes) void [input?.wire, output?.wire]
}

interface Routable {
  readonly base: string
  readonly resources: readonly Resource[]
  readonly endpoints: { readonly [name: string]: AnyEndpoint }
}

/**
 * Every method and path of a definition. What a schema is on the wire is found out when it is first asked for.
 *
 * @throws DefinitionError where two endpoints would answer the same request.
 */
export function routesOf({ base, resources, endpoints }: Routable): readonly Route[] {
  const schemaNames = new Map(resources.map(r => [r.schema, r.name]))
  const standard = resources.map(standardEndpoints)
  const all = [...standard, endpoints].flatMap(group => Object.entries(group))
  const routes = all.map(([name, endpoint]) => routeOf(name, endpoint, base, schemaNames))
  refuseCollisions(routes)
  const shown = withShowing(routes)
  refuseUnmatchable(shown)
  return shown
}

/** Which GET shows what the other methods of its path change. */
function withShowing(routes: readonly Route[]): readonly Route[] {
  const byPath = new Map(
    routes.filter(canBeAskedInUnit).map(route => [pathKey(route.segments), route] as const),
  )
  return routes.map(route => {
    if (isSafe(route.method)) return route
    const { method, segments, endpoint } = route
    const shownBy = byPath.get(pathKey(segments))
    // What a POST makes is shown where its Location says. A PUT has no ETag: what is stored is what the schema made of
    // what was sent (RFC 9110 §9.3.4).
    const made = endpoint.location && byPath.get(pathKey([...segments, { param: 'id' }]))
    const shows = { POST: made, PATCH: shownBy, PUT: undefined, DELETE: undefined }[method]
    const isTagged = endpoint.output !== undefined && endpoint.output === shows?.endpoint.output
    return { ...route, shownBy, isTagged: isTagged && endpoint.shownOnce !== true }
  })
}

/** A list is not one thing; and within a unit nothing is prepared, and no parameters are there. */
const canBeAskedInUnit = ({ method, endpoint, output, input }: Route): boolean =>
  method === 'GET' &&
  output !== undefined &&
  output.pageOf === undefined &&
  endpoint.prepare === undefined &&
  !hasItems(input?.wire.jsonSchema['required'])

const hasItems = (list: unknown): boolean => Array.isArray(list) && list.length > 0

/** @throws DefinitionError where what must be sent can be got nowhere. */
function refuseUnmatchable(routes: readonly Route[]): void {
  const alone = routes.find(
    ({ endpoint, shownBy }) => endpoint.requireMatch === true && shownBy === undefined,
  )
  if (alone === undefined) return
  throw new DefinitionError(
    `endpoint ${alone.method} ${alone.path}`,
    'it requires If-Match, and no GET of this path tells an ETag without `prepare` or a required parameter',
    'Add such a GET, or leave `requireMatch` out',
  )
}

function routeOf(
  name: string,
  endpoint: AnyEndpoint,
  base: string,
  names: ReadonlyMap<Schema, string>,
): Route {
  const { method, path, input } = endpoint
  const content = isFileContent(endpoint.output) ? endpoint.output : undefined
  const output = content === undefined ? endpoint.output : undefined
  const place = `endpoint ${method} ${path}`
  // Again: a copy of an endpoint may have been opened.
  checkFileContent(endpoint, place)
  const segments = parsePath(base + path, place)
  const tag = tagOf(path) ?? name
  const noun = output && names.get(output)
  const inputName = endpoint.names?.input ?? `${pascal(name)}Input`
  const outputName = endpoint.names?.output ?? (noun === undefined ? `${pascal(name)}Output` : pascal(noun))
  const pageOf = endpoint.names?.pageOf
  const element = endpoint.names?.element
  const isListed = method === 'GET' && pageOf !== undefined
  const row = later(() =>
    output && isListed ? rowOf(wireOf(output, 'output', `${place}, output`)) : undefined,
  )
  return {
    name,
    method,
    path: base + path,
    segments,
    tag,
    endpoint,
    status: endpoint.status ?? (endpoint.output === undefined ? 204 : 200),
    scopes: scopesOf(endpoint, tag),
    shownBy: undefined,
    files: filesOf(endpoint.files),
    content,
    isTagged: isSafe(method) && output !== undefined && endpoint.shownOnce !== true,
    input: input && {
      from: method === 'GET' || method === 'DELETE' ? 'query' : 'body',
      schema: input,
      get wire() {
        return wireOf(input, 'input', `${place}, input`)
      },
      name: inputName,
      element: element ?? snake(inputName),
    },
    output: output && {
      get wire() {
        return wireOf(output, 'output', `${place}, output`)
      },
      name: outputName,
      // A page is called as its path is: `articles`.
      element: pageOf === undefined ? (noun ?? element ?? snake(outputName)) : collection(segments),
      pageOf,
      get row() {
        return row()
      },
    },
  }
}

const tagOf = (path: string): string | undefined =>
  parsePath(path, path).find(segment => typeof segment === 'string')

const scopesOf = (
  { method, scope, open }: Pick<AnyEndpoint, 'method' | 'scope' | 'open'>,
  tag: string,
): readonly string[] => (open === true ? [] : [scope ?? `${tag}:${isSafe(method) ? 'read' : 'write'}`].flat())

function rowOf(page: Wire): Wire | undefined {
  const list = fieldOf(page, 'data')
  if (list?.kind !== 'array' || list.items === undefined) return undefined
  if (resolve(list.items, page).kind !== 'object') return undefined
  const { $defs, properties } = page.jsonSchema as PageSchema
  const items = properties?.['data']?.items ?? {}
  const schema = items.$ref === undefined ? items : ($defs?.[items.$ref.slice('#/$defs/'.length)] ?? items)
  const jsonSchema = { ...schema, ...($defs !== undefined && { $defs }) }
  return { ...page, shape: list.items, jsonSchema }
}

interface PageSchema {
  readonly $defs?: { readonly [name: string]: JsonSchema }
  readonly properties?: { readonly [name: string]: { readonly items?: { readonly $ref?: string } } }
}

/** The last word of the path, where XML can have it as a name. */
function collection(segments: readonly PathSegment[]): string {
  const last = segments.findLast(segment => typeof segment === 'string')
  return typeof last === 'string' && /^[A-Za-z_][\w.-]*$/.test(last) ? last : 'page'
}

/** `NewsItem` is `news_item` as an element. */
const snake = (name: string): string =>
  name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, letter => `_${letter}`).toLowerCase()

/** @throws DefinitionError that names both. */
export function refuseCollisions(routes: readonly Route[]): void {
  const byTarget = new Map<string, Route>()
  const byName = new Map<string, Route>()
  for (const route of routes) {
    const target = `${route.method} ${pathKey(route.segments)}`
    const other = byTarget.get(target)
    if (other !== undefined) {
      throw new DefinitionError(
        `endpoint ${route.method} ${route.path}`,
        `'${other.name}' (${other.method} ${other.path}) answers the same requests as '${route.name}'`,
        route.name === other.name
          ? 'Give one of them another path: they are of two resources of that path, or one is listed twice'
          : 'Give one of them another path',
      )
    }
    const namesake = byName.get(route.name)
    if (namesake !== undefined) {
      throw new DefinitionError(
        `endpoint ${route.method} ${route.path}`,
        `the name '${route.name}' belongs to ${namesake.method} ${namesake.path} already`,
        'Rename one of them',
      )
    }
    byTarget.set(target, route)
    byName.set(route.name, route)
  }
}
