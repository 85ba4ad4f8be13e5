import { crcBase62, type Random, randomBase62, sha256 } from '../base/index.ts'
import type { Mode } from '../contract/index.ts'

const SECRET_DIGITS = 30
const CHECK_DIGITS = 6
const FORM = /^[a-z][a-z0-9]{1,9}_(?:test_)?[0-9A-Za-z]{36}$/

/** A key as it is shown once, and what is kept of it. */
export interface NewKey {
  /** `prefix_`, or `prefix_test_`, + 30 base62 digits (178 bits) + the 6-digit CRC-32 of all before it. */
  readonly key: string
  readonly digest: string
  /** Enough to recognise it in a list. */
  readonly hint: string
}

/** A key of test data says so, for whoever reads it. What it opens is told by whose it is. */
export function newKey(prefix: string, mode: Mode, random: Random): NewKey {
  const start = mode === 'test' ? `${prefix}_test_` : `${prefix}_`
  const secret = `${start}${randomBase62(SECRET_DIGITS, size => random.bytes(size))}`
  const key = secret + crcBase62(secret)
  return { key, digest: digestOf(key), hint: `${start}…${key.slice(-4)}` }
}

/** Whether `text` can be a key at all: a typing error, or noise, costs no look-up. */
export const isWellFormedKey = (text: string): boolean =>
  FORM.test(text) && crcBase62(text.slice(0, -CHECK_DIGITS)) === text.slice(-CHECK_DIGITS)

/**
 * Keys are looked up by this. Nothing slower than SHA-256 is needed: a key has 178 bits, so nobody guesses one from
 * its digest, and a look-up by digest takes the same time whichever digits are wrong.
 */
export const digestOf = (key: string): string => sha256(key)
