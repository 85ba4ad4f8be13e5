import { auditEntries, keyEndpoints, keys, loggedRequests } from '../access/index.ts'
import type { Clock, NewId, Random } from '../base/index.ts'
import {
  type AnyEndpoint,
  type Api,
  DefinitionError,
  type EventType,
  type Resource,
  type Route,
  refuseCollisions,
  routesOf,
  type Schema,
  type WorkType,
  wireOf,
} from '../contract/index.ts'
import { fileEndpoints, files, hasFiles } from '../files/index.ts'
import {
  compileFieldsReader,
  compileJsonWriter,
  compileQueryReader,
  type FieldsReader,
} from '../formats/index.ts'
import type { Dialect } from '../store/index.ts'
import { planTable, type Table } from '../unit/index.ts'
import {
  deliveries,
  deliveryEndpoints,
  type Egress,
  eventEndpoints,
  webhookDefinitions,
  webhookTest,
} from '../webhooks/index.ts'
import { type CompiledWork, operationEndpoints, operations, startEndpoint } from '../work/index.ts'
import { bulkEndpoint } from './bulk.ts'
import { type EraseWork, eraseWork } from './erase.ts'
import { type AnswerFormat, type BodyReader, compileFormats, compileReaders } from './formats.ts'
import { createMatcher, type Matcher } from './match.ts'
import { compileSelecting, type Selecting } from './selection.ts'

export type Write = (value: unknown) => string

/** A route with its readers and writers. */
export interface CompiledRoute {
  readonly route: Route
  /** Of GET and DELETE. */
  readonly readQuery: ReturnType<typeof compileQueryReader> | undefined
  /** Of the others, by media type. */
  readonly readers: ReadonlyMap<string, BodyReader>
  /** Of those that take files. */
  readonly readFields: FieldsReader | undefined
  readonly formats: readonly AnswerFormat[]
  /** Undefined where callers select nothing. */
  readonly selecting: Selecting | undefined
  /** The GET whose ETags If-Match names here. */
  readonly shownBy: CompiledRoute | undefined
}

/** All that follows from a definition, made once at start. */
export interface CompiledApi {
  readonly api: Api
  /** The producer's, then Signalbox's own. */
  readonly resources: readonly Resource[]
  readonly routes: readonly Route[]
  /** What keys can be allowed: all that a route needs. */
  readonly scopes: ReadonlySet<string>
  readonly match: Matcher<CompiledRoute>
  readonly tables: ReadonlyMap<Resource, Table>
  readonly eventTypes: ReadonlyMap<string, EventType>
  readonly eventWriters: ReadonlyMap<EventType, Write>
  /** Of the input of operations and tasks. */
  readonly inputWriters: ReadonlyMap<WorkType, Write>
  readonly operations: ReadonlyMap<string, CompiledWork>
  readonly tasks: ReadonlyMap<string, CompiledWork>
  readonly erase: EraseWork
}

export interface CompileOptions {
  readonly dialect: Dialect
  readonly egress: Egress
  readonly clock: Clock
  readonly random: Random
  readonly newId: NewId
  /** Whether requests are kept, and can be listed. Default: true. */
  readonly requestLog?: boolean
}

/** @throws DefinitionError where the definition meets what Signalbox itself serves. */
export function compileApi(api: Api, options: CompileOptions): CompiledApi {
  const scopes = new Set<string>()
  const own = ownDefinitions(api, options, scopes)
  const starts = Object.fromEntries(api.operations.map(o => [o.name, startEndpoint(o)]))
  const works = [...api.operations, ...own.operations]
  const tasks = [...api.tasks, own.erase.eraseAccount]
  const routes = [
    ...api.routes,
    ...routesOf({ base: api.base, resources: [], endpoints: { ...bulkEndpoints(api.resources), ...starts } }),
    ...routesOf({ base: api.base, resources: own.resources, endpoints: own.endpoints }),
  ]
  for (const route of routes) for (const scope of route.scopes) scopes.add(scope)
  refuseCollisions(routes)
  refuseOwnNames(api, own.resources, [...own.operations, own.erase.eraseAccount])
  refuseMissingHandlers(api.routes)
  const resources = [...api.resources, ...own.resources]
  return {
    api,
    resources,
    routes,
    scopes,
    match: createMatcher(compileRoutes(routes)),
    tables: new Map(resources.map(r => [r, compileTable(r, options.dialect)])),
    eventTypes: own.eventTypes,
    eventWriters: new Map(
      [...own.eventTypes.values()].map(type => [type, writerOf(type.schema, `event '${type.name}'`)]),
    ),
    inputWriters: new Map(
      [...works, ...tasks].map(work => [work, writerOf(work.input, `${work.kind} '${work.name}', input`)]),
    ),
    operations: new Map(works.map(operation => [operation.name, compileWork(operation)])),
    erase: own.erase,
    tasks: new Map(tasks.map(task => [task.name, compileWork(task)])),
  }
}

const bulkEndpoints = (resources: readonly Resource[]): Readonly<Record<string, AnyEndpoint>> =>
  Object.fromEntries(
    resources.flatMap(resource =>
      resource.bulk === undefined ? [] : [bulkEndpoint(resource, resource.bulk)],
    ),
  )

/**
 * What every api has: keys, the audit log, the log of requests, operations, webhooks, deliveries and events are
 * defined with Signalbox itself. So are files, where the api has any.
 *
 * @param scopes is filled once all routes are known.
 */
function ownDefinitions(
  api: Api,
  { dialect, egress, random, newId, requestLog = true }: CompileOptions,
  scopes: ReadonlySet<string>,
) {
  // A test is sent to one webhook, whatever that is for: it is nothing to subscribe to.
  const takesFiles = hasFiles(api.routes)
  const webhooks = webhookDefinitions({
    egress,
    eventTypes: api.events,
    resources: api.resources,
    random,
    newId,
  })
  const erase = eraseWork({ api, dialect, newId })
  return {
    erase,
    operations: [...webhooks.operations, erase.eraseTestData],
    eventTypes: new Map([...api.events, [webhookTest.name, webhookTest]]) as ReadonlyMap<string, EventType>,
    resources: [
      keys,
      auditEntries,
      ...(requestLog ? [loggedRequests] : []),
      operations,
      ...webhooks.resources,
      deliveries,
      ...(takesFiles ? [files] : []),
    ] as readonly Resource[],
    endpoints: {
      ...keyEndpoints({ newId, random, prefix: api.keyPrefix, scopes: () => scopes }),
      ...operationEndpoints(api.operations),
      ...webhooks.endpoints,
      ...deliveryEndpoints,
      ...eventEndpoints(api.events, api.resources),
      ...(takesFiles && fileEndpoints),
      deleteTestData: erase.deleteTestData,
    },
  }
}

function compileRoutes(routes: readonly Route[]): readonly CompiledRoute[] {
  const compiled = new Map(routes.map(route => [route, compileRoute(route)]))
  return [...compiled].map(([{ shownBy }, each]) => ({ ...each, shownBy: shownBy && compiled.get(shownBy) }))
}

function compileRoute(route: Route): CompiledRoute {
  const place = `endpoint ${route.method} ${route.path}`
  const formats = compileFormats(route)
  return {
    route,
    readQuery: route.input?.from === 'query' ? compileQueryReader(route.input.wire, place) : undefined,
    readers: compileReaders(route),
    readFields: route.files && route.input && compileFieldsReader(route.input.wire, place),
    formats,
    selecting: compileSelecting(route, formats),
    shownBy: undefined,
  }
}

const compileTable = (resource: Resource, dialect: Dialect): Table =>
  planTable(resource, dialect, writerOf(resource.schema, `resource '${resource.name}'`))

function compileWork(work: CompiledWork['work']): CompiledWork {
  const { kind, name, memory } = work
  return {
    work,
    writeResult: kind === 'task' ? () => null : writerOf(work.output, `operation '${name}', output`),
    writeMemory: memory === undefined ? JSON.stringify : writerOf(memory, `${kind} '${name}', memory`),
  }
}

const writerOf = (schema: Schema, place: string): Write =>
  compileJsonWriter(wireOf(schema, 'output', place), place)

function refuseOwnNames(api: Api, own: readonly Resource[], works: readonly WorkType[]): void {
  const taken = new Set(['acc', 'evt', 'req', ...own.map(r => r.prefix)])
  for (const { name, prefix, table } of api.resources) {
    const place = `resource '${name}'`
    if (taken.has(prefix)) {
      throw new DefinitionError(
        place,
        `ids beginning with '${prefix}_' are Signalbox's own`,
        'Set another `prefix`',
      )
    }
    // Keys' digests and webhooks' secrets lie there.
    if (table.toLowerCase().startsWith('signalbox_')) {
      throw new DefinitionError(place, `the table '${table}' is Signalbox's own`, 'Use a table of yours')
    }
  }
  const names = new Set(works.map(work => work.name))
  const same = [...api.operations, ...api.tasks].find(({ name }) => names.has(name))
  if (same !== undefined) {
    throw new DefinitionError(`${same.kind} '${same.name}'`, "the name is Signalbox's own", 'Choose another')
  }
  if (api.events.has(webhookTest.name)) {
    throw new DefinitionError(`event '${webhookTest.name}'`, "the name is Signalbox's own", 'Choose another')
  }
}

function refuseMissingHandlers(routes: readonly Route[]): void {
  const without = routes.find(({ endpoint }) => endpoint.handle === undefined)
  if (without === undefined) return
  throw new DefinitionError(
    `endpoint ${without.method} ${without.path}`,
    `'${without.name}' has no handler`,
    `Add \`handle\`, or name it as { ...${without.name}, handle } in api({ endpoints })`,
  )
}
