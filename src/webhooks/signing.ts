import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../base/index.ts'
import { createBoundedMap } from './bounded-map.ts'

// Four ways to sign, each as the libraries of those who invented it verify it. The secret is one text for all of them.

export const SIGNATURES = ['standard', 'twilio', 'stripe', 'github'] as const
export type Signature = (typeof SIGNATURES)[number]

const PREFIX = 'whsec_'

/** The secret is not `whsec_` and the base64 of 24 to 64 bytes. The message does not repeat it. */
class MalformedSecret extends Error {
  override readonly name = 'MalformedSecret'
  constructor() {
    super(`the webhook's secret is not '${PREFIX}' followed by the base64 of 24 to 64 bytes`)
  }
}

/** A new secret of 32 bytes, as Standard Webhooks writes it: `whsec_` and base64. */
export const newSecret = (random: Random): string => PREFIX + Buffer.from(random.bytes(32)).toString('base64')

/** What is to be sent, and by whom it can be verified. */
export interface Unsigned {
  readonly secret: string
  /** The same in every attempt of a delivery, so that the receiver knows it again. */
  readonly id: string
  /** When this attempt is made, in Unix seconds. */
  readonly at: number
  /** As it goes over the wire, without a fragment. */
  readonly url: string
  /** What is sent, byte for byte; undefined where there is no body. */
  readonly body: Uint8Array | undefined
  /** Whether the body is application/x-www-form-urlencoded. */
  readonly isForm: boolean
}

/** A signed request: where it goes, and the header fields that it carries. */
export interface Signed {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
}

/**
 * Signs one attempt. Whatever the scheme, `webhook-id` and `webhook-timestamp` are among the fields.
 *
 * @throws MalformedSecret
 */
export function sign(signature: Signature, unsigned: Unsigned): Signed {
  const { url, headers } = SCHEMES[signature](unsigned)
  const { id, at } = unsigned
  return { url, headers: { 'webhook-id': id, 'webhook-timestamp': String(at), ...headers } }
}

const SCHEMES: { readonly [S in Signature]: (unsigned: Unsigned) => Signed } = {
  /** Standard Webhooks, "Signature scheme": `v1,<base64>` of `id.timestamp.body`, under the secret's bytes. */
  standard({ secret, id, at, url, body = NOTHING }) {
    const mac = createHmac('sha256', decodedKey(secret)).update(`${id}.${at}.`).update(body)
    return { url, headers: { 'webhook-signature': `v1,${mac.digest('base64')}` } }
  },

  /**
   * Twilio, "Validating Requests": base64 of the URL followed by the members of the form, sorted by name. A body of
   * another type is covered by its hash in the URL.
   */
  twilio(unsigned) {
    const { secret, body, isForm } = unsigned
    const hashed = body !== undefined && !isForm
    const url = hashed ? withQuery(unsigned.url, `${BODY_HASH}=${sha256(body)}`) : unsigned.url
    const covered = body !== undefined && isForm ? url + sortedMembers(body) : url
    const mac = createHmac('sha1', textKey(secret)).update(covered)
    return { url, headers: { 'x-twilio-signature': mac.digest('base64') } }
  },

  /** Stripe, "Verify webhook signatures manually": hex of `timestamp.body`, under the secret's text. */
  stripe({ secret, at, url, body = NOTHING }) {
    const mac = createHmac('sha256', textKey(secret)).update(`${at}.`).update(body)
    return { url, headers: { 'stripe-signature': `t=${at},v1=${mac.digest('hex')}` } }
  },

  /** GitHub, "Validating webhook deliveries": hex of the body, under the secret's text. */
  github({ secret, url, body = NOTHING }) {
    const mac = createHmac('sha256', textKey(secret)).update(body)
    return { url, headers: { 'x-hub-signature-256': `sha256=${mac.digest('hex')}` } }
  },
}

const NOTHING = new Uint8Array()

/** The parameter in which Twilio's scheme carries the hash of a body. */
export const BODY_HASH = 'bodySHA256'

/** Adds to the query of a URL, which stays as it is. */
export const withQuery = (url: string, query: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}${query}`

const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex')

/** Names and values without anything between them; of equal values of one name Twilio's libraries see one. */
function sortedMembers(form: Uint8Array): string {
  const members = new URLSearchParams(Buffer.from(form).toString())
  const names = [...new Set(members.keys())].toSorted()
  return names
    .flatMap(name => [...new Set(members.getAll(name))].toSorted().map(value => name + value))
    .join('')
}

/**
 * Preparing a key costs four times what signing with it does (10 µs against 2.6 µs for 900 bytes), so the keys of busy
 * webhooks are kept.
 */
const MAX_KEYS = 10_000
const decodedKey = createBoundedMap(MAX_KEYS, (secret: string): KeyObject => createSecretKey(decode(secret)))
const textKey = createBoundedMap(MAX_KEYS, (secret: string): KeyObject => createSecretKey(secret, 'utf8'))

function decode(secret: string): Uint8Array {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : ''
  const bytes = Buffer.from(base64, 'base64')
  // Buffer skips what it cannot read: only a text that comes back the same was base64.
  if (bytes.toString('base64') !== base64 || bytes.length < 24 || bytes.length > 64)
    throw new MalformedSecret()
  return bytes
}
