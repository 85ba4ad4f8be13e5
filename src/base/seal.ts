import { createCipheriv, createDecipheriv, hash } from 'node:crypto'
import { keepRecent } from './keep-recent.ts'
import type { Random } from './random.ts'

// Secrets that must be had back, such as those that sign webhooks, are sealed before they are stored: by AES-256-GCM
// (NIST SP 800-38D) under a key that the producer keeps elsewhere.
//
//   sealed.<id of the key>.<base64url of nonce, text and tag>

const SEALED = 'sealed.'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** As many as are in use at a time: opening one costs about what a look-up in the database does. */
const KEPT = 10_000

export interface Seal {
  /** The id of the key that seals now; empty where there is none, and secrets are stored as they are. */
  readonly keyId: string
  /** Whether it opens what the key of this id sealed. */
  has(keyId: string): boolean
  /** The text as it is stored. */
  close(text: string): string
  /**
   * The text that was stored, sealed or not.
   *
   * @throws SealedByOther, or an error where what is stored was tampered with.
   */
  open(stored: string): string
}

/** It was sealed by a key that is not here. */
export class SealedByOther extends Error {
  override readonly name = 'SealedByOther'
  readonly keyId: string

  constructor(keyId: string) {
    super(`a secret in the database was sealed by the key '${keyId}', which is not among \`secretKeys\``)
    this.keyId = keyId
  }
}

/**
 * @param keys of 32 bytes each, as base64, base64url or hex. The first seals; the others open what they sealed before.
 * @throws Error where one is no such key. The message does not repeat it.
 */
export function createSeal(keys: readonly string[], random: Random): Seal {
  const byId = new Map(keys.map(bytesOf).map(key => [idOf(key), key]))
  const [first] = byId
  return {
    keyId: first?.[0] ?? '',
    has: keyId => keyId === '' || byId.has(keyId),
    close(text) {
      if (first === undefined) return text
      const [id, key] = first
      const nonce = random.bytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
      return `${SEALED}${id}.${Buffer.concat(sealed).toString('base64url')}`
    },
    open: keepRecent(KEPT, stored => {
      if (!stored.startsWith(SEALED)) return stored
      const [, id = '', sealed = ''] = stored.split('.')
      const key = byId.get(id)
      if (key === undefined) throw new SealedByOther(id)
      const bytes = Buffer.from(sealed, 'base64url')
      const end = bytes.length - TAG_BYTES
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAuthTag(bytes.subarray(end))
      return decipher.update(bytes.subarray(NONCE_BYTES, end), undefined, 'utf8') + decipher.final('utf8')
    }),
  }
}

function bytesOf(key: string, i: number): Buffer {
  const bytes = Buffer.from(key, /^[\da-f]{64}$/i.test(key) ? 'hex' : 'base64')
  if (bytes.length === KEY_BYTES && /^[\w+/-]+={0,2}$/.test(key)) return bytes
  throw new Error(
    `secretKeys[${i}] is not ${KEY_BYTES} bytes in base64 or hex: make one with 'openssl rand -base64 ${KEY_BYTES}'`,
  )
}

/** Tells keys apart, and nothing of them. */
const idOf = (key: Buffer): string => hash('sha256', key, 'base64url').slice(0, 8)
