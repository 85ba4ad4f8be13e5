import { useEffect, useState } from 'preact/hooks'
import { withoutMode } from './mode.ts'

export type Route =
  | {
      readonly page:
        | 'webhooks'
        | 'new-webhook'
        | 'events'
        | 'requests'
        | 'keys'
        | 'new-key'
        | 'audit'
        | 'unknown'
    }
  | { readonly page: 'webhook' | 'edit-webhook' | 'delivery' | 'event' | 'request'; readonly id: string }

/** Paths of the page, all below /portal. Links put the mode into them. */
export const paths = {
  webhooks: '/portal/webhooks',
  newWebhook: '/portal/webhooks/new',
  webhook: (id: string) => `/portal/webhooks/${id}`,
  editWebhook: (id: string) => `/portal/webhooks/${id}/edit`,
  delivery: (id: string) => `/portal/deliveries/${id}`,
  events: '/portal/events',
  event: (id: string) => `/portal/events/${id}`,
  requests: '/portal/requests',
  request: (id: string) => `/portal/requests/${id}`,
  keys: '/portal/keys',
  newKey: '/portal/keys/new',
  audit: '/portal/audit',
} as const

const PLAIN: { readonly [path: string]: Route } = {
  '/portal': { page: 'webhooks' },
  [paths.webhooks]: { page: 'webhooks' },
  [paths.newWebhook]: { page: 'new-webhook' },
  [paths.events]: { page: 'events' },
  [paths.requests]: { page: 'requests' },
  [paths.keys]: { page: 'keys' },
  [paths.newKey]: { page: 'new-key' },
  [paths.audit]: { page: 'audit' },
}

// Ids are letters, digits and `_`, so that nothing in a path need be decoded.
const WITH_ID = [
  ['webhook', /^\/portal\/webhooks\/(\w+)$/],
  ['edit-webhook', /^\/portal\/webhooks\/(\w+)\/edit$/],
  ['delivery', /^\/portal\/deliveries\/(\w+)$/],
  ['event', /^\/portal\/events\/(\w+)$/],
  ['request', /^\/portal\/requests\/(\w+)$/],
] as const

export function routeOf(pathname: string): Route {
  const path = withoutMode(pathname).replace(/\/+$/, '')
  const plain = Object.hasOwn(PLAIN, path) ? PLAIN[path] : undefined
  if (plain !== undefined) return plain
  for (const [page, pattern] of WITH_ID) {
    const id = pattern.exec(path)?.[1]
    if (id !== undefined) return { page, id }
  }
  return { page: 'unknown' }
}

/** Goes to another page, as a link does. @param path with the mode in it. */
export function navigate(path: string): void {
  history.pushState(null, '', path)
  dispatchEvent(new PopStateEvent('popstate'))
  scrollTo(0, 0)
  // Where the next Tab goes on, and what a screen reader reads.
  document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true })
}

/** The path that is shown, as it changes. */
export function usePath(): string {
  const [path, setPath] = useState(location.pathname)
  useEffect(() => {
    const changed = (): void => setPath(location.pathname)
    addEventListener('popstate', changed)
    return () => removeEventListener('popstate', changed)
  }, [])
  return path
}
