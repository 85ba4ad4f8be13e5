const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?$/i
const RFC822 =
  /^(?:[a-z]{3,9},?\s+)?(\d{1,2})\s+([a-z]{3})[a-z]*\.?\s+(\d{4}|\d\d)(?:\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([a-z]{1,4}|[+-]\d{4})?)?$/i
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** The North American zones of RFC 822 §5.1, in hours; all other names mean UTC, as RFC 5322 §4.3 has it. */
const ZONES = new Map(
  Object.entries({ EDT: -4, EST: -5, CDT: -5, CST: -6, MDT: -6, MST: -7, PDT: -7, PST: -8 }),
)

/**
 * A date as pages (ISO 8601) and feeds (RFC 822, RFC 3339) write it, as `2026-10-04T06:30:00.000Z`; null when
 * it is none. A date without a zone is taken as UTC: the machine's own zone would make the answer differ from
 * host to host. `Date.parse` is not used because it takes `chapter 5` for a date and 31 February for 3 March.
 */
export function utcDate(text: string | null | undefined): string | null {
  const written = text?.trim().replace(/\s+/g, ' ') ?? ''
  const iso = ISO.exec(written)
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction = '', zone] = iso
    const ms = Number(fraction.padEnd(3, '0').slice(0, 3))
    return instant([year, month, day, hour, minute, second].map(Number0), ms, zone)
  }
  const rfc = RFC822.exec(written)
  if (rfc) {
    const [, day, month = '', year = '', hour, minute, second, zone] = rfc
    const fullYear = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900)
    const monthNumber = MONTHS.indexOf(month.toLowerCase()) + 1
    return instant([fullYear, monthNumber, ...[day, hour, minute, second].map(Number0)], 0, zone)
  }
  return null
}

const Number0 = (digits: string | undefined): number => Number(digits ?? 0)

function instant(fields: readonly number[], ms: number, zone: string | undefined): string | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields
  if (year < 1000 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return null
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null
  const at = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59), ms)
  return new Date(at - offsetMinutes(zone) * 60_000).toISOString()
}

function offsetMinutes(zone: string | undefined): number {
  const numeric = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '')
  if (!numeric) return (ZONES.get(zone?.toUpperCase() ?? '') ?? 0) * 60
  const [, sign, hours, minutes] = numeric
  return (sign === '-' ? -1 : 1) * (Number0(hours) * 60 + Number0(minutes))
}
