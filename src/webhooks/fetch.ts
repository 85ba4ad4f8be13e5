import type { Agent, RequestInit } from 'undici'
import { undici } from './undici.ts'

/**
 * A `fetch` whose every connection, those of redirects included, passes the agent's egress guard. The agent is asked for
 * with the first of them.
 * A refusal rejects with a TypeError whose `cause` is `EgressRefused`.
 */
export function guardedFetch(agent: () => Agent): typeof fetch {
  const guarded = (input: string | URL | Request, init?: globalThis.RequestInit) => {
    // The runtime's own Request and FormData are other classes than undici's, which would send '[object FormData]'.
    const foreign = input instanceof Request || init?.body instanceof FormData
    const { url, ...rest } = foreign ? flatten(new Request(input, init)) : { url: input, ...init }
    return undici().fetch(url, { ...(rest as RequestInit), dispatcher: agent() })
  }
  // The two sets of types describe one standard: undici's Response differs from the global one in its class only.
  return guarded
}

/** A request's parts as plain values, in which `fetch` can be called again. */
function flatten({ url, method, headers, body, redirect, signal }: Request) {
  return { url, method, headers: [...headers], body, redirect, signal, duplex: 'half' }
}
