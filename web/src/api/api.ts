import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Mode } from '../mode.ts'
import { type CallOptions, call, type Result } from './call.ts'
import type {
  AuditEntry,
  Delivery,
  DeliveryWithAttempts,
  Event,
  EventType,
  EventWithWebhooks,
  Example,
  IssuedKey,
  Key,
  KeyTerms,
  LoggedRequest,
  Operation,
  Page,
  Session,
  Trial,
  Webhook,
  WebhookChange,
  WebhookSettings,
  WebhookWithSecret,
} from './types.ts'

type Answer<T> = Promise<Result<T>>

/** Parameters of a query; one that is undefined is left out. */
export interface Query {
  readonly [name: string]: string | undefined
}

/** The account's side of the api: the endpoints that the page calls. */
export interface Api {
  readonly keys: {
    list(cursor?: string): Answer<Page<Key>>
    create(terms: KeyTerms, mode: Mode): Answer<IssuedKey>
    /** The old one is taken for `overlap` seconds more. */
    roll(id: string, overlap: number): Answer<IssuedKey>
    revoke(id: string): Answer<undefined>
  }
  readonly audit: {
    list(cursor?: string): Answer<Page<AuditEntry>>
  }
  readonly requests: {
    /** @param where filters as the list takes them: `{ 'status[gte]': '400' }`. */
    list(where: Query, cursor?: string): Answer<Page<LoggedRequest>>
    get(id: string): Answer<LoggedRequest>
  }
  readonly eventTypes: {
    list(): Answer<Page<EventType>>
    example(name: string, as: Pick<WebhookSettings, 'method' | 'format'>): Answer<Example>
  }
  readonly webhooks: {
    list(cursor?: string): Answer<Page<Webhook>>
    get(id: string): Answer<Webhook>
    create(settings: WebhookSettings): Answer<WebhookWithSecret>
    change(id: string, changes: WebhookChange): Answer<Webhook>
    /** Asks its URL again whose it is. */
    challenge(id: string): Answer<Webhook>
    delete(id: string): Answer<undefined>
    rollSecret(id: string, overlap: number): Answer<WebhookWithSecret>
    enable(id: string): Answer<Webhook>
    /** Of any type, whatever the webhook is for. */
    test(id: string, type: string): Answer<Delivery>
    /** Sends all that failed since a time again. Answers once that is done, or after half a minute. */
    recover(id: string, since: string): Answer<Operation<{ readonly recovered: number }>>
    /** Sends what happened since a time and what it had no delivery of. */
    replay(
      id: string,
      since: string,
    ): Answer<Operation<{ readonly replayed: number; readonly passed_over: number }>>
    try(events: readonly string[], when: string, signal: AbortSignal): Answer<Trial>
    deliveries(id: string, cursor?: string): Answer<Page<Delivery>>
  }
  readonly deliveries: {
    /** Those of all webhooks, newest first. */
    list(): Answer<Page<Delivery>>
    get(id: string): Answer<DeliveryWithAttempts>
    retry(id: string): Answer<Delivery>
  }
  readonly events: {
    list(cursor?: string): Answer<Page<Event>>
    get(id: string): Answer<EventWithWebhooks>
  }
}

export const signIn = (token: string): Answer<undefined> =>
  call('POST', '/portal/session', { body: { token } })
export const signOut = (): Answer<undefined> => call('DELETE', '/portal/session')
export const readSession = (): Answer<Session> => call('GET', '/portal/session')

/** In a mode, unless a call says another. `signedOut` is told when an answer says that the session is over. */
export function createApi(base: string, mode: Mode, signedOut: () => void): Api {
  const send = async <T>(method: string, path: string, options?: CallOptions): Answer<T> => {
    const result = await call<T>(method, base + path, { mode, ...options })
    if (!result.ok && result.problem.status === 401) signedOut()
    return result
  }
  const get = <T>(path: string, query: Query = {}): Answer<T> => send('GET', path + queryText(query))
  const list = <T>(path: string, cursor: string | undefined, where: Query = {}): Answer<Page<T>> =>
    get(path, { ...where, limit: '50', cursor })
  return {
    keys: {
      list: cursor => list('/keys', cursor),
      create: (terms, mode) => send('POST', '/keys', { body: terms, mode, once: true }),
      roll: (id, overlap) => send('POST', `/keys/${id}/roll`, { body: { overlap }, once: true }),
      revoke: id => send('DELETE', `/keys/${id}`),
    },
    audit: {
      list: cursor => list('/audit', cursor),
    },
    requests: {
      list: (where, cursor) => list('/requests', cursor, where),
      get: id => get(`/requests/${id}`),
    },
    eventTypes: {
      list: () => get('/event-types'),
      example: (name, { method, format }) =>
        get(`/event-types/${encodeURIComponent(name)}/example`, { method, format }),
    },
    webhooks: {
      list: cursor => list('/webhooks', cursor),
      get: id => get(`/webhooks/${id}`),
      create: settings => send('POST', '/webhooks', { body: settings, once: true }),
      change: (id, changes) =>
        send('PATCH', `/webhooks/${id}`, { body: changes, type: 'application/merge-patch+json' }),
      challenge: id => send('POST', `/webhooks/${id}/challenge`, { once: true }),
      delete: id => send('DELETE', `/webhooks/${id}`),
      rollSecret: (id, overlap) =>
        send('POST', `/webhooks/${id}/roll-secret`, { body: { overlap }, once: true }),
      enable: id => send('POST', `/webhooks/${id}/enable`),
      test: (id, type) => send('POST', `/webhooks/${id}/test`, { body: { type }, once: true }),
      recover: (id, since) =>
        send('POST', `/webhooks/${id}/recover`, { body: { since }, once: true, waitSeconds: 20 }),
      replay: (id, since) =>
        send('POST', `/webhooks/${id}/replay`, { body: { since }, once: true, waitSeconds: 20 }),
      try: (events, when, signal) => send('POST', '/webhooks/try', { body: { events, when }, signal }),
      deliveries: (id, cursor) => list(`/webhooks/${id}/deliveries`, cursor),
    },
    deliveries: {
      list: () => list('/deliveries', undefined),
      get: id => get(`/deliveries/${id}`),
      retry: id => send('POST', `/deliveries/${id}/retry`, { once: true }),
    },
    events: {
      list: cursor => list('/events', cursor),
      get: id => get(`/events/${id}`),
    },
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(pair => pair[1] !== undefined) as [string, string][]
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

const ApiContext = createContext<Api | undefined>(undefined)
export const ApiProvider = ApiContext.Provider

export function useApi(): Api {
  const api = useContext(ApiContext)
  if (api === undefined) throw new Error('useApi is called outside of ApiProvider.')
  return api
}
