/** Whether a string has a format of JSON Schema (Validation §7.3). Formats that are not listed are not checked. */
export const stringFormats: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date-time', isDateTime],
  ['date', (text: string) => text.length === 10 && isDate(text)],
  ['time', (text: string) => isTime(text, 0)],
  ['duration', matches(/^P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?)$/)],
  ['uuid', matches(/^[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}$/)],
  // A quoted local part may hold nearly anything (RFC 5321 §4.1.2).
  ['email', matches(/^(?:[^\s@"<>]+|"[^"]+")@[^\s@"<>.]+(\.[^\s@"<>.]+)*$/)],
  // What schemas' libraries take by the WHATWG's rules is no mistake of a handler: a space in a path, say.
  ['uri', (text: string) => URI.test(text) || URL.canParse(text)],
  ['uri-reference', matches(/^[!#-;=?-[\]-~\u00a1-\uffff]*$/)],
  [
    'hostname',
    matches(/^(?=.{1,253}\.?$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*\.?$/i),
  ],
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
])

/** A scheme and characters of RFC 3986 §2, or beyond ASCII. */
const URI = /^[A-Za-z][A-Za-z\d+.-]*:[!#-;=?-[\]-~\u00a1-\uffff]+$/

/** Formats whose strings JSON need not escape. */
export const plainFormats: ReadonlySet<string> = new Set([
  'date-time',
  'date',
  'time',
  'duration',
  'uuid',
  'ipv4',
  'ipv6',
])

/** What a reader must know of a format's spelling. */
export const formatNames: ReadonlyMap<string, string> = new Map([
  ['date-time', 'a date-time such as 2026-11-23T08:00:00Z (RFC 3339)'],
  ['date', 'a date such as 2026-11-23'],
  ['time', 'a time such as 08:00:00Z (RFC 3339)'],
  ['duration', 'a duration such as PT15M (ISO 8601)'],
  ['uuid', 'a UUID'],
  ['email', 'an email address'],
  ['uri', 'an absolute URI'],
  ['uri-reference', 'a URI or a relative reference'],
  ['hostname', 'a host name'],
  ['ipv4', 'an IPv4 address'],
  ['ipv6', 'an IPv6 address'],
])

function matches(pattern: RegExp): (text: string) => boolean {
  return text => pattern.test(text)
}

/** The two digits at `at`, NaN where they are not. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** `date-time` of RFC 3339 §5.6: no regular expression, since most answers hold one and this takes half the time. */
function isDateTime(text: string): boolean {
  // 'T' or 't'
  return (text.charCodeAt(10) | 0x20) === 0x74 && isDate(text) && isTime(text, 11)
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const DASH = 0x2d
const COLON = 0x3a

/** Whether `text` begins with a `full-date` of RFC 3339 §5.6. */
function isDate(text: string): boolean {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = (DAYS[month - 1] ?? 0) + (leap ? 1 : 0)
  return year >= 0 && day >= 1 && day <= days && text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH
}

/** Whether a `full-time` of RFC 3339 §5.6 goes from `at` to the end. Its seconds go to 60. */
function isTime(text: string, at: number): boolean {
  if (!(isHourAndMinute(text, at) && text.charCodeAt(at + 5) === COLON && twoDigits(text, at + 6) <= 60))
    return false
  let end = at + 8
  if (text.charCodeAt(end) === 0x2e) {
    const start = end + 1
    do end++
    while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57)
    if (end === start) return false
  }
  const zone = text[end]
  if (zone === 'Z' || zone === 'z') return text.length === end + 1
  return (zone === '+' || zone === '-') && text.length === end + 6 && isHourAndMinute(text, end + 1)
}

function isHourAndMinute(text: string, at: number): boolean {
  return twoDigits(text, at) <= 23 && text.charCodeAt(at + 2) === COLON && twoDigits(text, at + 3) <= 59
}

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`)

function isIPv4(text: string): boolean {
  return IPV4.test(text)
}

/** RFC 4291 §2.2: eight groups, one run of zeros as `::`, the last two groups also as IPv4. No zone. */
function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const embedded = last.includes('.')
  if (embedded && (!isIPv4(last) || text.endsWith('::'))) return false
  const hex = embedded ? groups.slice(0, -1) : groups
  const count = hex.length + (embedded ? 2 : 0)
  return hex.every(group => /^[\da-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count <= 7 : count === 8)
}
