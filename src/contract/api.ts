import { checkParts } from './check-parts.ts'
import { DefinitionError } from './definition-error.ts'
import type { AnyEndpoint, DeclaredEndpoint } from './endpoint.ts'
import type { EventType } from './event.ts'
import { type Known, refuseUnknown } from './known-options.ts'
import { checkQuota, type Limit, type Quota, rateOf } from './limit.ts'
import type { OperationType, TaskType } from './operation-type.ts'
import type { Resource } from './resource.ts'
import { type Route, refuseUnsendable, routesOf } from './routes.ts'
import type { Schedule } from './schedule.ts'
import { wireOf } from './schema.ts'
import { type WebhookRules, webhookRulesOf } from './webhook-rules.ts'

/** A licence by its SPDX identifier (`MIT`), or by the address of its text (OpenAPI 3.2 §4.4). */
export interface License {
  readonly name: string
  readonly identifier?: string
  readonly url?: string
}

export interface Contact {
  readonly name?: string
  readonly url?: string
  readonly email?: string
}

/** How often an api may be called. All but the quota is counted in the memory of each process. */
export interface ApiLimits {
  /** By an account, all its keys together. Default: no limit. */
  readonly account?: Limit
  /** By each key. Default: no limit. */
  readonly key?: Limit
  /**
   * With a wrong key or sign-in link, from one address. A right one is never refused for it. Default: 60 in a minute;
   * null: no limit.
   */
  readonly wrongKeys?: Limit | null
  /** Of each account, in the store: for all processes together, over restarts. Default: none. */
  readonly quota?: Quota
}

const DEFAULT_WRONG_KEYS: Limit = { requests: 60, per: '1 minute' }

export interface ApiOptions<Es extends { readonly [name: string]: DeclaredEndpoint }> {
  readonly title: string
  /** Of the wire contract, not of the program: a date, `2026-11-23`. */
  readonly version: string
  /** What every path begins with: `/v1`. Default: nothing. */
  readonly base?: string
  readonly description?: string
  /** Under what terms the api may be used: shown in the documents. */
  readonly license?: License
  /** Whom to ask: shown in the documents. */
  readonly contact?: Contact
  readonly resources?: readonly Resource[]
  /** By operation id, the name that clients call them by. */
  readonly endpoints?: Es
  readonly operations?: readonly OperationType[]
  /** What handlers put off with `later`. Those of schedules come by themselves. */
  readonly tasks?: readonly TaskType[]
  readonly schedules?: readonly Schedule[]
  /** Events that no endpoint emits, but code of your own does. */
  readonly events?: readonly EventType[]
  /** Whether a path may end with the format of the answer: `/articles.xml`, `/articles.csv`. Default: false. */
  readonly suffixes?: boolean
  /** The start of every key, so that secret scanners can tell whose it is. Default: `sb`. */
  readonly keyPrefix?: string
  /** Limits of calls, whatever the endpoint; an endpoint's own is its `limit`. */
  readonly limits?: ApiLimits
  /** What accounts may have of webhooks: `{ max: 20 }`. */
  readonly webhooks?: WebhookRules
}

const OPTIONS: Known<ApiOptions<Record<never, never>>> = {
  title: true,
  version: true,
  base: true,
  description: true,
  license: true,
  contact: true,
  resources: true,
  endpoints: true,
  operations: true,
  tasks: true,
  schedules: true,
  events: true,
  suffixes: true,
  keyPrefix: true,
  limits: true,
  webhooks: true,
}

/** The definition as a whole, checked. */
export interface Api<
  Es extends { readonly [name: string]: DeclaredEndpoint } = { readonly [name: string]: DeclaredEndpoint },
> {
  readonly kind: 'api'
  readonly title: string
  readonly version: string
  readonly base: string
  readonly description: string | undefined
  readonly license: License | undefined
  readonly contact: Contact | undefined
  readonly resources: readonly Resource[]
  readonly endpoints: Es
  readonly operations: readonly OperationType[]
  /** Those of schedules included. */
  readonly tasks: readonly TaskType[]
  readonly schedules: readonly Schedule[]
  /** Every event type that can happen, by name. */
  readonly events: ReadonlyMap<string, EventType>
  readonly suffixes: boolean
  readonly keyPrefix: string
  readonly limits: ApiLimits
  readonly webhooks: Required<WebhookRules>
  /** Every method and path that follows from it. */
  readonly routes: readonly Route[]
}

/**
 * The whole of an API in one value. Whatever cannot work is found here, before anything runs.
 *
 * @throws DefinitionError that names the place and the mend.
 */
export function api<const Es extends { readonly [name: string]: DeclaredEndpoint } = Record<never, never>>(
  options: ApiOptions<Es>,
): Api<Es> {
  const {
    title,
    version,
    base = '',
    description,
    resources = [],
    operations = [],
    schedules = [],
    suffixes = false,
    keyPrefix = 'sb',
  } = options
  const limits: ApiLimits = { wrongKeys: DEFAULT_WRONG_KEYS, ...options.limits }
  const place = `api '${title}'`
  refuseUnknown(options, OPTIONS, place)
  checkParts(options, place)
  if (base !== '' && !/^(\/[A-Za-z0-9._~-]+)+$/.test(base)) {
    throw new DefinitionError(place, `the base '${base}' is not a path`, "Write '/v1'")
  }
  if (!/^[a-z][a-z0-9]{1,9}$/.test(keyPrefix)) {
    throw new DefinitionError(
      place,
      `the key prefix '${keyPrefix}' is not 2 to 10 letters and digits`,
      "Write 'news'",
    )
  }
  const { account, key, wrongKeys, quota } = limits
  for (const limit of [account, key, wrongKeys]) if (limit != null) rateOf(limit, place)
  if (quota !== undefined) checkQuota(quota, place)
  unique(place, 'resources', resources, r => r.name, 'name')
  unique(place, 'resources', resources, r => r.prefix, 'id prefix', 'Set `prefix` on one of them')
  const tasks = [...new Set<TaskType>([...(options.tasks ?? []), ...schedules.map(s => s.task)])]
  unique(place, 'operations or tasks', [...operations, ...tasks], o => o.name, 'name')
  unique(place, 'schedules', schedules, s => s.name, 'name')
  refuseStrangers(resources)
  const endpoints = options.endpoints ?? ({} as Es)
  const routes = routesOf({ base, resources, endpoints })
  refuseUnsendable(routes)
  return {
    kind: 'api',
    title,
    version,
    base,
    description,
    license: options.license,
    contact: options.contact,
    resources,
    endpoints,
    operations,
    tasks,
    schedules,
    events: eventsOf({ ...options, endpoints, tasks }),
    suffixes,
    keyPrefix,
    limits,
    webhooks: webhookRulesOf(options.webhooks ?? {}, place),
    routes,
  }
}

function eventsOf(api: ApiOptions<{ readonly [name: string]: AnyEndpoint }>): ReadonlyMap<string, EventType> {
  const events = new Map<string, EventType>()
  const all = [
    ...(api.resources ?? []).flatMap(r =>
      r.events === undefined ? [] : [r.events.created, r.events.updated, r.events.deleted],
    ),
    ...Object.values(api.endpoints ?? {}).flatMap(e => e.emits ?? []),
    ...(api.operations ?? []).flatMap(o => [...o.emits, ...Object.values<EventType>({ ...o.events })]),
    ...(api.tasks ?? []).flatMap(t => t.emits),
    ...(api.events ?? []),
  ]
  for (const type of all) {
    const known = events.get(type.name)
    if (known !== undefined && known !== type) {
      throw new DefinitionError(
        `event '${type.name}'`,
        'it is declared twice',
        'Declare it once and name it by reference',
      )
    }
    if (known === undefined) wireOf(type.schema, 'output', `event '${type.name}'`)
    events.set(type.name, type)
  }
  return events
}

/** @throws DefinitionError for a relation to what the api does not have. */
function refuseStrangers(resources: readonly Resource[]): void {
  for (const { name, relations } of resources) {
    for (const [relation, { to }] of Object.entries(relations)) {
      if (resources.includes(to)) continue
      throw new DefinitionError(
        `resource '${name}'`,
        `'${relation}' leads to '${to.name}', which is not part of this api`,
        'Add it to `resources`; with methods: [] nobody calls it',
      )
    }
  }
}

function unique<T extends { readonly kind: string; readonly name: string }>(
  place: string,
  plural: string,
  items: readonly T[],
  by: (item: T) => string,
  what: string,
  mend = 'Rename one of them',
): void {
  const seen = new Map<string, T>()
  for (const item of items) {
    const other = seen.get(by(item))
    if (other !== undefined) {
      throw new DefinitionError(
        place,
        `two ${plural} ('${other.name}', '${item.name}') have the ${what} '${by(item)}'`,
        mend,
      )
    }
    seen.set(by(item), item)
  }
}
