import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../base/index.ts'
import { createBoundedMap } from './bounded-map.ts'

// What a webhook signs with, as Standard Webhooks writes it: a secret that sender and receiver share (`whsec_`), or the
// private half of an Ed25519 pair (`whsk_`), of which receivers know the public half (`whpk_`).

const SHARED = 'whsec_'
const PRIVATE = 'whsk_'
const PUBLIC = 'whpk_'

const ED25519_BYTES = 32
/** What stands before the 32 bytes of an Ed25519 key in DER: of a private one (RFC 8410 §7), and of a public one (§4). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_BYTES = 12

/** The secret is neither of the two. The message does not repeat it. */
class MalformedSecret extends Error {
  override readonly name = 'MalformedSecret'
  constructor() {
    super(
      `the webhook's secret is neither '${SHARED}' followed by the base64 of 24 to 64 bytes, nor '${PRIVATE}' by that of ${ED25519_BYTES}`,
    )
  }
}

/** A new secret of 32 bytes: `whsec_` and base64. */
export const newSecret = (random: Random): string => SHARED + base64(random.bytes(32))

/** A new private key: `whsk_` and the base64 of its 32 bytes (RFC 8032 §5.1.5). It is shown to nobody. */
export const newPrivateKey = (random: Random): string => PRIVATE + base64(random.bytes(ED25519_BYTES))

export const isPrivateKey = (secret: string): boolean => secret.startsWith(PRIVATE)

/** What receivers verify by: `whpk_` and the base64 of its 32 bytes. Null for a secret that is shared. */
export function publicKeyOf(secret: string): string | null {
  if (!isPrivateKey(secret)) return null
  const der = createPublicKey(keyOf(secret)).export({ type: 'spki', format: 'der' })
  return PUBLIC + base64(der.subarray(SPKI_BYTES))
}

/**
 * Preparing a key costs four times what signing with it does (10 µs against 2.6 µs for 900 bytes), so the keys of busy
 * webhooks are kept.
 */
const MAX_KEYS = 10_000

/**
 * The key that a secret's base64 stands for.
 *
 * @throws MalformedSecret
 */
export const keyOf = createBoundedMap(
  MAX_KEYS,
  (secret: string): KeyObject =>
    isPrivateKey(secret)
      ? createPrivateKey({
          key: Buffer.concat([PKCS8, decoded(secret, PRIVATE, ED25519_BYTES, ED25519_BYTES)]),
          type: 'pkcs8',
          format: 'der',
        })
      : createSecretKey(decoded(secret, SHARED, 24, 64)),
)

/** The key that a secret is as a text, `whsec_` included. */
export const textKeyOf = createBoundedMap(
  MAX_KEYS,
  (secret: string): KeyObject => createSecretKey(secret, 'utf8'),
)

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function decoded(secret: string, prefix: string, least: number, most: number): Uint8Array {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : ''
  const bytes = Buffer.from(text, 'base64')
  // Buffer skips what it cannot read: only a text that comes back the same was base64.
  if (base64(bytes) !== text || bytes.length < least || bytes.length > most) throw new MalformedSecret()
  return bytes
}
