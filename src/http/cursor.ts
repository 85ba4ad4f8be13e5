import { isUtf8 } from 'node:buffer'

/** The sort key of the row at the end of a page, column by column. */
export type CursorKeys = readonly (string | number | null)[]

const VERSION = 1
const MAX_LENGTH = 8192

/**
 * An opaque cursor: base64url, without padding, of a version byte and the keys as JSON. It is no secret and no proof:
 * what is read with it must be limited to the caller's rows.
 *
 * @throws RangeError where a number is not finite, or the keys do not fit into 8,192 characters.
 */
export function encodeCursor(keys: CursorKeys): string {
  if (!keys.every(isKey)) throw new RangeError('a cursor holds strings, finite numbers and nulls')
  const text = Buffer.from(`${String.fromCharCode(VERSION)}${JSON.stringify(keys)}`).toString('base64url')
  if (text.length > MAX_LENGTH) throw new RangeError(`a cursor has at most ${MAX_LENGTH} characters`)
  return text
}

/** The keys; undefined for anything that `encodeCursor` did not make. Their number and types are for the caller to check. */
export function decodeCursor(text: string): CursorKeys | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const bytes = Buffer.from(text, 'base64url')
  // The decoder skips what is not base64url; only the canonical spelling comes out the same again.
  if (bytes[0] !== VERSION || !isUtf8(bytes) || bytes.toString('base64url') !== text) return undefined
  const keys = parseJson(bytes.toString('utf8', 1))
  return Array.isArray(keys) && keys.every(isKey) ? keys : undefined
}

const isKey = (value: unknown): value is string | number | null =>
  value === null || typeof value === 'string' || Number.isFinite(value)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
