/** So many requests in so many milliseconds, `burst` of them at once. */
export interface Rate {
  readonly requests: number
  readonly perMs: number
  readonly burst: number
}

/** What a rate says to one request. */
export interface Admission {
  /** 0 where the request may go on. */
  readonly waitMs: number
  /** The theoretical arrival time to be remembered. */
  readonly tat: number
  /** How many more could come at once. */
  readonly left: number
}

/**
 * The generic cell rate algorithm (ITU-T I.371, annex A), which remembers one time for each caller: when the last request
 * would have come, had all come evenly. Of those who never came it is 0, as of those whose time is past. All times are in
 * milliseconds.
 *
 * In any span of `t` it lets through `burst + t * requests / perMs` at most.
 */
export function gcra(tat: number, now: number, { requests, perMs, burst }: Rate): Admission {
  const interval = perMs / requests
  const window = burst * interval
  // A clock that was set back makes nobody wait longer than a burst takes to come back.
  const expected = Math.min(Math.max(tat, now), now + window)
  const next = expected + interval
  // What was added up from fractions is a hair off: a wait below a thousandth of a millisecond is none.
  const waitMs = next - window - now
  if (waitMs > 0.001) return { waitMs, tat: expected, left: 0 }
  return { waitMs: 0, tat: next, left: Math.max(0, Math.floor((now + window - next) / interval + 0.001)) }
}

/** How long a spent burst takes to come back, in milliseconds. */
export const windowOf = ({ requests, perMs, burst }: Rate): number => (burst * perMs) / requests

/** An answer's account of one rate. */
export interface Standing {
  /** What the rate counts by: `account`. */
  readonly name: string
  readonly rate: Pick<Rate, 'requests' | 'perMs'>
  /** How many more could come at once. */
  readonly left: number
  /** Until all of it is back. */
  readonly resetMs: number
}

/** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11): what applies, and what is left of it. */
export function rateLimitFields(
  standings: readonly Standing[],
): readonly (readonly [name: string, value: string])[] {
  if (standings.length === 0) return NONE
  return [
    ['ratelimit-policy', standings.map(policyItem).join(', ')],
    ['ratelimit', standings.map(limitItem).join(', ')],
  ]
}

const NONE: readonly (readonly [string, string])[] = []

const policyItem = ({ name, rate: { requests, perMs } }: Standing): string =>
  `"${name}";q=${requests};w=${perMs / 1000}`

const limitItem = ({ name, left, resetMs }: Standing): string =>
  `"${name}";r=${left};t=${Math.ceil(resetMs / 1000)}`

/** Whole seconds (RFC 9110 §10.2.3), never too few. */
export const retryAfter = (waitMs: number): string => String(Math.max(1, Math.ceil(waitMs / 1000)))
