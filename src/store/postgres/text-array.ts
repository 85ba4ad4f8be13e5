import type { Value } from '../port.ts'

/** Of the type text (pg_type.dat). */
const TEXT = 25
const HEAD_BYTES = 20
const LENGTH_BYTES = 4

/**
 * The texts of values as a `text[]` in its binary form (array_recv in arrayfuncs.c): nothing in it is escaped, and nothing has to be
 * looked for.
 */
export function textArray(values: readonly Value[]): Buffer {
  const texts = values.map(textOf)
  let size = HEAD_BYTES
  for (const text of texts) size += LENGTH_BYTES + (text === null ? 0 : Buffer.byteLength(text))
  const bytes = Buffer.allocUnsafe(size)
  // One dimension, with nulls, of texts, so many, counted from 1.
  let at = 0
  for (const word of [1, 1, TEXT, texts.length, 1]) at = bytes.writeInt32BE(word, at)
  for (const text of texts) {
    const start = at + LENGTH_BYTES
    const length = text === null ? -1 : bytes.write(text, start)
    bytes.writeInt32BE(length, at)
    at = start + Math.max(0, length)
  }
  return bytes
}

/** As the type of its column reads it. */
function textOf(value: Value): string | null {
  if (typeof value === 'string' || value === null) return value
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value)
}
