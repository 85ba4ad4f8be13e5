import { parseHttpDate } from './http-date.ts'

/** Bytes of a whole, both ends included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * What a Range field asks for of `size` bytes; undefined where that is the whole.
 *
 * Several ranges are answered with the whole too, as RFC 9110 §14.2 allows: who asks for many small or overlapping ones
 * would have one small request cost many times the file (§17.15).
 */
export function rangeOf(field: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(field ?? '') ?? []
  if (from === '' && to === '') return undefined
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 }
  }
  const first = Number(from)
  // Malformed, and so ignored (RFC 9110 §14.1.1).
  if (to !== '' && Number(to) < first) return undefined
  if (first >= size) return 'unsatisfiable'
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}

/**
 * Whether a range may be answered: what the caller has of the rest must be of the same bytes (RFC 9110 §13.1.5). Weak tags
 * do not say so, and of dates only the very one.
 */
export function meetsIfRange(field: string | undefined, etag: string, lastModified: string): boolean {
  if (field === undefined || field === etag) return true
  const at = parseHttpDate(field)
  return at !== undefined && at === parseHttpDate(lastModified)
}
