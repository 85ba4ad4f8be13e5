import { createHash, createHmac, sign as signBytes } from 'node:crypto'
import { isPrivateKey, keyOf, textKeyOf } from './secret.ts'

// Five ways to sign, each as the libraries of those who invented it verify it.

export const SIGNATURES = ['standard', 'ed25519', 'twilio', 'stripe', 'github'] as const
export type Signature = (typeof SIGNATURES)[number]

/** What is to be sent, and by whom it can be verified. */
export interface Unsigned {
  readonly secret: string
  /** The secret before it, while both sign; null where it no longer does. */
  readonly previous: string | null
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
  standard: standardWebhooks,
  ed25519: standardWebhooks,

  /**
   * Twilio, "Validating Requests": base64 of the URL followed by the members of the form, sorted by name. A body of
   * another type is covered by its hash in the URL.
   */
  twilio(unsigned) {
    const { body, isForm } = unsigned
    const hashed = body !== undefined && !isForm
    const url = hashed ? withQuery(unsigned.url, `${BODY_HASH}=${sha256(body)}`) : unsigned.url
    const covered = body !== undefined && isForm ? url + sortedMembers(body) : url
    const mac = createHmac('sha1', textKeyOf(soleSecret(unsigned))).update(covered)
    return { url, headers: { 'x-twilio-signature': mac.digest('base64') } }
  },

  /** Stripe, "Verify webhook signatures manually": hex of `timestamp.body`, under the secret's text. */
  stripe({ at, url, body = NOTHING, ...secrets }) {
    const macs = sharedSecretsOf(secrets).map(secret =>
      createHmac('sha256', textKeyOf(secret)).update(`${at}.`).update(body).digest('hex'),
    )
    return { url, headers: { 'stripe-signature': [`t=${at}`, ...macs.map(mac => `v1=${mac}`)].join(',') } }
  },

  /** GitHub, "Validating webhook deliveries": hex of the body, under the secret's text. */
  github({ url, body = NOTHING, ...secrets }) {
    const mac = createHmac('sha256', textKeyOf(soleSecret(secrets))).update(body)
    return { url, headers: { 'x-hub-signature-256': `sha256=${mac.digest('hex')}` } }
  },
}

type Secrets = Pick<Unsigned, 'secret' | 'previous'>

/** Those that sign, the newest first. */
const secretsOf = ({ secret, previous }: Secrets): string[] =>
  previous === null ? [secret] : [secret, previous]

/** The same where receivers sign too: none of them has a private key. */
const sharedSecretsOf = (secrets: Secrets): string[] =>
  secretsOf(secrets).filter(secret => !isPrivateKey(secret))

/** Where there is room for one signature, receivers that know the previous secret only must not be cut off before its end. */
const soleSecret = (secrets: Secrets): string => sharedSecretsOf(secrets).at(-1) ?? secrets.secret

/**
 * Standard Webhooks, "Signature scheme": of `id.timestamp.body`, `v1,` and the base64 of HMAC-SHA256 under a shared
 * secret's bytes, `v1a,` and that of Ed25519 by a private key; several are parted by spaces, and one that is right is enough.
 */
function standardWebhooks({ id, at, url, body = NOTHING, ...secrets }: Unsigned): Signed {
  const head = `${id}.${at}.`
  const signatures = secretsOf(secrets).map(secret =>
    isPrivateKey(secret)
      ? `v1a,${signBytes(null, Buffer.concat([Buffer.from(head), body]), keyOf(secret)).toString('base64')}`
      : `v1,${createHmac('sha256', keyOf(secret)).update(head).update(body).digest('base64')}`,
  )
  return { url, headers: { 'webhook-signature': signatures.join(' ') } }
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
