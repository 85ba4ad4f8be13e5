const DATE_TIME =
  /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const LONGEST = 64

/** The years 1 to 9999, as CEL has it. */
const FIRST_MS = -62_135_596_800_000
const LAST_MS = 253_402_300_799_999

export const inRange = (ms: number): boolean => ms >= FIRST_MS && ms <= LAST_MS

/** The milliseconds since 1970 of a `date-time` (RFC 3339 §5.6), undefined where it is none. Finer digits are dropped. */
export function parseTimestamp(text: string): number | undefined {
  if (text.length > LONGEST || !DATE_TIME.test(text)) return undefined
  const day = Number(text.slice(8, 10))
  // Date.parse takes 30 February for 2 March.
  if (day > 28 && day > daysIn(Number(text.slice(0, 4)), Number(text.slice(5, 7)))) return undefined
  const ms = Date.parse(text.toUpperCase())
  return inRange(ms) ? ms : undefined
}

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()

const DURATION = /^[+-]?(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|ns))+$/
const PART = /(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g
const NANOSECONDS: { readonly [unit: string]: number } = {
  h: 3_600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
}

/** The milliseconds of a duration as Go and CEL write it: `1h30m`, `-1.5s`. Undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  if (text.length > LONGEST || !DURATION.test(text)) return undefined
  let nanoseconds = 0
  for (const [, amount, unit] of text.matchAll(PART))
    nanoseconds += Math.round(Number(amount) * (NANOSECONDS[unit ?? ''] ?? 0))
  const ms = nanoseconds / 1e6
  return text.startsWith('-') ? -ms : ms
}
