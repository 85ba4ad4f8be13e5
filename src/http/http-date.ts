import type { UnixMs } from '../base/index.ts'

/** `Sun, 06 Nov 1994 08:49:37 GMT`, to the second (RFC 9110 §5.6.7). */
export const httpDate = (at: UnixMs): string => new Date(at).toUTCString()

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const TIME = '[0-2]\\d:[0-5]\\d:[0-5]\\d'
const IN_GMT = new RegExp(
  `^(?:${DAY}, \\d\\d ${MONTH} \\d{4}|[MTWFS][a-z]{2,5}day, \\d\\d-${MONTH}-\\d\\d) ${TIME} GMT$`,
)
const ASCTIME = new RegExp(`^${DAY} ${MONTH} [ \\d]\\d ${TIME} \\d{4}$`)

/** The time that a field gives in one of the three forms that must be understood; undefined for all else (RFC 9110 §5.6.7). */
export function parseHttpDate(field: string): UnixMs | undefined {
  const text = ASCTIME.test(field) ? `${field} GMT` : field
  if (text === field && !IN_GMT.test(field)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
