import { auditEntries, keyEndpoints, keys, loggedRequests } from '../access/index.ts'
import { type Clock, later, type NewId, type Random, type Seal } from '../base/index.ts'
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
import { negotiator } from '../http/index.ts'
import type { Column, Dialect } from '../store/index.ts'
import { planTable, type Table } from '../unit/index.ts'
import {
  type CallReceiver,
  challengeTask,
  deliveries,
  deliveryEndpoints,
  type Egress,
  eventEndpoints,
  webhookChallenge,
  webhookDefinitions,
  webhookDisabled,
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
  /** The format for an Accept field; undefined where none is acceptable, or there is nothing to write. */
  readonly formatFor: (accept: string | undefined) => AnswerFormat | undefined
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
  /** The names of those of them that are Signalbox's own. */
  readonly ownWork: ReadonlySet<string>
  readonly erase: EraseWork
}

export interface CompileOptions {
  readonly dialect: Dialect
  /** Of the tables that exist already, by their names. Default: none does. */
  readonly existing?: ReadonlyMap<string, readonly Column[]>
  readonly egress: Egress
  readonly clock: Clock
  readonly random: Random
  readonly seal: Seal
  readonly newId: NewId
  readonly call: CallReceiver
  /** Whether requests are kept, and can be listed. Default: true. */
  readonly requestLog?: boolean
}

/** @throws DefinitionError where the definition meets what Signalbox itself serves. */
export function compileApi(api: Api, options: CompileOptions): CompiledApi {
  const scopes = new Set<string>()
  // Erasing asks for them, and is part of what the tables are of.
  const tables = later(() => new Map(resources.map(r => [r, compileTable(r, options)])))
  const own = ownDefinitions(api, options, scopes, tables)
  const starts = Object.fromEntries(api.operations.map(o => [o.name, startEndpoint(o)]))
  const ownRoutes = routesOf({ base: api.base, resources: own.resources, endpoints: own.endpoints })
  const works = [...api.operations, ...own.operations]
  const tasks = [...api.tasks, ...own.tasks]
  const routes = [
    ...api.routes,
    ...routesOf({ base: api.base, resources: [], endpoints: { ...bulkEndpoints(api.resources), ...starts } }),
    ...ownRoutes,
  ]
  for (const route of routes) for (const scope of route.scopes) scopes.add(scope)
  refuseCollisions(routes)
  refuseOwnNames(api, own.resources, [...own.operations, ...own.tasks])
  refuseMissingHandlers(api.routes)
  const compiled = compileRoutes(routes)
  // What Signalbox defines itself is right, which a test holds.
  for (const each of compiled) if (!ownRoutes.includes(each.route)) madeWhole(each)
  const resources = [...api.resources, ...own.resources]
  return {
    api,
    resources,
    routes,
    scopes,
    match: createMatcher(compiled),
    tables: tables(),
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
    ownWork: new Set([...own.operations, ...own.tasks].map(({ name }) => name)),
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
 * @param tables are there once all of this is.
 */
function ownDefinitions(
  api: Api,
  options: CompileOptions,
  scopes: ReadonlySet<string>,
  tables: () => ReadonlyMap<Resource, Table>,
) {
  const { dialect, egress, random, seal, newId, call, requestLog = true } = options
  // A test is sent to one webhook, whatever that is for: it is nothing to subscribe to.
  const takesFiles = hasFiles(api.routes)
  const asking = challengeTask(call, newId)
  const eventTypes = subscribable(api)
  const webhooks = webhookDefinitions({
    egress,
    eventTypes,
    resources: api.resources,
    rules: api.webhooks,
    asking,
    random,
    seal,
    newId,
    emitsBySql: dialect.emitsBySql,
  })
  const erase = eraseWork({
    api,
    dialect,
    newId,
    ownerValue: (resource, account) =>
      isView(resource, options) ? null : (tables().get(resource)?.ownerValue(account) ?? null),
  })
  return {
    erase,
    operations: [...webhooks.operations, erase.eraseTestData],
    tasks: [erase.eraseAccount, ...(api.webhooks.challenge ? [asking] : [])],
    eventTypes: new Map([...eventTypes, [webhookTest.name, webhookTest]]) as ReadonlyMap<string, EventType>,
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
      ...eventEndpoints(eventTypes, api.resources),
      ...(takesFiles && fileEndpoints),
      deleteTestData: erase.deleteTestData,
    },
  }
}

/** What webhooks can be called for, and followers ask for: the api's own, and what becomes of webhooks. */
export const subscribable = ({ events }: Api): ReadonlyMap<string, EventType> =>
  new Map([...events, [webhookDisabled.name, webhookDisabled]])

/** What a route answers with is made when it is first asked for: most programs' callers use few of Signalbox's own. */
function compileRoutes(routes: readonly Route[]): readonly CompiledRoute[] {
  const compiled = new Map<Route, CompiledRoute>()
  for (const route of routes) {
    compiled.set(
      route,
      compileRoute(route, () => route.shownBy && compiled.get(route.shownBy)),
    )
  }
  return [...compiled.values()]
}

function compileRoute(route: Route, shownBy: () => CompiledRoute | undefined): CompiledRoute {
  const { method, path, input, files } = route
  const place = `endpoint ${method} ${path}`
  const readQuery = later(() => (input?.from === 'query' ? compileQueryReader(input.wire, place) : undefined))
  const readers = later(() => compileReaders(route))
  const readFields = later(() => files && input && compileFieldsReader(input.wire, place))
  const formats = later(() => compileFormats(route))
  const formatFor = later(() => negotiator(formats()))
  const selecting = later(() => compileSelecting(route, formats()))
  return {
    route,
    get readQuery() {
      return readQuery()
    },
    get readers() {
      return readers()
    },
    get readFields() {
      return readFields()
    },
    get formats() {
      return formats()
    },
    get formatFor() {
      return formatFor()
    },
    get selecting() {
      return selecting()
    },
    get shownBy() {
      return shownBy()
    },
  }
}

/**
 * Reads all that a route has, and so makes it.
 *
 * @throws DefinitionError for what cannot be read or written.
 */
export const madeWhole = (compiled: CompiledRoute): CompiledRoute => ({ ...compiled })

/** A view has no rows of its own to take away. */
const isView = ({ table }: Resource, { existing }: CompileOptions): boolean =>
  existing?.get(table)?.some(({ unique }) => unique === undefined) === true

const compileTable = (resource: Resource, { dialect, existing }: CompileOptions): Table =>
  planTable(
    resource,
    dialect,
    writerOf(resource.schema, `resource '${resource.name}'`),
    existing?.get(resource.table),
  )

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
  for (const { name } of [webhookTest, webhookChallenge, webhookDisabled]) {
    if (!api.events.has(name)) continue
    throw new DefinitionError(`event '${name}'`, "the name is Signalbox's own", 'Choose another')
  }
  const names = new Set(works.map(work => work.name))
  const same = [...api.operations, ...api.tasks].find(({ name }) => names.has(name))
  if (same !== undefined)
    throw new DefinitionError(`${same.kind} '${same.name}'`, "the name is Signalbox's own", 'Choose another')
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
