// Values as people read them.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })

/** `23 Nov 2026, 06:14:05`, in the time zone of the reader. */
export const fullTime = (at: string): string => moment.format(new Date(at))

/** `just now`, `4 min ago`; the day where it is longer ago than a week. */
export function ago(at: string, now: number): string {
  const past = now - Date.parse(at)
  if (past < MINUTE) return 'just now'
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`
  if (past < 7 * DAY) return `${Math.floor(past / DAY)} d ago`
  return day.format(new Date(at))
}

/** `in 4 min 30 s`. */
export function until(at: string, now: number): string {
  const left = Date.parse(at) - now
  if (left <= 0) return 'now'
  if (left < MINUTE) return `in ${Math.ceil(left / 1_000)} s`
  if (left < HOUR) return `in ${Math.floor(left / MINUTE)} min ${Math.floor((left % MINUTE) / 1_000)} s`
  if (left < DAY) return `in ${Math.floor(left / HOUR)} h ${Math.floor((left % HOUR) / MINUTE)} min`
  return `in ${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / HOUR)} h`
}

/** `84 ms`, `20.0 s`. */
export const duration = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`)

/** `1 attempt`, `3 attempts`. */
export const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`

/** `timed-out` is 'Timed out'. */
export const capital = (code: string): string =>
  code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ')
