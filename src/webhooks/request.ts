import { FORM_TYPE, JSON_TYPE, XML_TYPES } from '../http/index.ts'
import type { OutcomeKind } from './outcome.ts'
import type { Format, Payload } from './render.ts'
import { type Signature, sign, withQuery } from './signing.ts'
import type { Grant } from './tokens.ts'

export const METHODS = ['POST', 'PUT', 'GET'] as const
export type WebhookMethod = (typeof METHODS)[number]

/** How a webhook wants to be called. */
export interface CallingOrder {
  readonly url: string
  readonly method: WebhookMethod
  readonly format: Format
  readonly signature: Signature
  readonly secret: string
  /** The secret before it, and until when it signs as well, in Unix milliseconds. */
  readonly previous: { readonly secret: string; readonly until: number } | null
  /** Fields of its owner's. */
  readonly headers: readonly OwnHeader[]
  readonly authorization: Authorized | null
}

export interface OwnHeader {
  readonly name: string
  readonly value: string
  readonly secret: boolean
}

/** How a webhook says who it is, with the secret that it takes. */
export type Authorized =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'oauth2'; readonly grant: Grant }

/** One attempt as it is sent, its authorization aside. */
export interface WebhookRequest {
  readonly method: WebhookMethod
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array | null
}

/** Why there is nothing to send: an outcome without an attempt to connect. */
export interface Unsendable {
  readonly kind: Extract<OutcomeKind, 'too-long' | 'unrenderable'>
  readonly error: string
}

/** Bytes of a whole URL: what common servers take of a request line (RFC 9112 §3 asks for 8,000 octets at least). */
export const MAX_SENT_URL = 8_192

export const CONTENT_TYPES: { readonly [F in Format]: string } = {
  json: JSON_TYPE,
  xml: XML_TYPES[0],
  form: FORM_TYPE,
}

/** What an attempt says besides its payload. */
export interface AttemptAbout {
  readonly eventId: string
  /** In Unix seconds. */
  readonly at: number
  readonly userAgent: string
  /** The span of the attempt, where traces are kept. */
  readonly traceparent?: string | null
}

/** Writes and signs one attempt to send an event's payload. Pure. */
export function requestOf(
  order: CallingOrder,
  payload: Payload,
  { eventId, at, userAgent, traceparent = null }: AttemptAbout,
): WebhookRequest | Unsendable {
  if ('error' in payload) return { kind: 'unrenderable', error: payload.error }
  const { method, format, secret, signature } = order
  const previous = order.previous !== null && at * 1000 < order.previous.until ? order.previous.secret : null
  const inUrl = method === 'GET'
  const sent = urlAsSent(order.url)
  const body = inUrl ? undefined : Buffer.from(payload.body)
  const url = inUrl ? withQuery(sent, payload.body) : sent
  if (url.length > MAX_SENT_URL) {
    const error = `the URL with the event's fields has ${url.length} bytes; it may have ${MAX_SENT_URL}. Use POST for events of this size`
    return { kind: 'too-long', error }
  }
  const signed = sign(signature, { secret, previous, id: eventId, at, url, body, isForm: format === 'form' })
  const type = inUrl ? {} : { 'content-type': CONTENT_TYPES[format] }
  const trace = traceparent === null ? {} : { traceparent }
  const own = Object.fromEntries(order.headers.map(({ name, value }) => [name.toLowerCase(), value]))
  return {
    method,
    url: signed.url,
    headers: { ...own, ...type, 'user-agent': userAgent, ...trace, ...signed.headers },
    body: body ?? null,
  }
}

/**
 * A URL as the receiver can put it together again from its Host and its request target: normalised as the URL Standard
 * has it (escapes, case of the host, no default port), and without the fragment, which is never sent.
 */
export function urlAsSent(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return origin + pathname + search
}
