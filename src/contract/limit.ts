import { DefinitionError } from './definition-error.ts'
import { type Duration, durationMs } from './duration.ts'

/** How often something may be done: `{ requests: 10, per: '1 minute', burst: 5 }`. */
export interface Limit {
  /** How many in each `per`. They come back evenly: of 10 in a minute one every 6 s. */
  readonly requests: number
  /** At most a day: what is counted is forgotten when the process ends. */
  readonly per: Duration
  /** How many at once, after a pause. Default: all `requests`. */
  readonly burst?: number
}

/** How much an account may call in a calendar day or month, in UTC. */
export interface Quota {
  readonly requests: number
  readonly per: 'day' | 'month'
}

/** A limit in numbers. */
export interface Rate {
  readonly requests: number
  readonly perMs: number
  /** 1 to `requests`. */
  readonly burst: number
}

/** @throws DefinitionError where nothing could be counted by it. */
export function rateOf({ requests, per, burst = requests }: Limit, place: string): Rate {
  const perMs = durationMs(per)
  if (perMs === undefined) {
    throw new DefinitionError(place, `the limit is per '${per}'`, "Write '1 minute', or up to '1 day'")
  }
  if (!Number.isSafeInteger(requests) || requests < 1) {
    throw new DefinitionError(
      place,
      `the limit is ${requests} requests`,
      'Give a whole number of at least 1; what nobody may call is left out of the api',
    )
  }
  if (!Number.isSafeInteger(burst) || burst < 1 || burst > requests) {
    throw new DefinitionError(
      place,
      `the limit has a burst of ${burst}, of ${requests} requests`,
      `Give 1 to ${requests}: where more may come at once, count them over a longer time`,
    )
  }
  return { requests, perMs, burst }
}

/** @throws DefinitionError where nothing could be counted by it. */
export function checkQuota({ requests, per }: Quota, place: string): void {
  if (Number.isSafeInteger(requests) && requests >= 1 && (per === 'day' || per === 'month')) return
  throw new DefinitionError(
    place,
    `the quota is ${requests} requests per '${per}'`,
    "Give a whole number of at least 1, per 'day' or 'month'",
  )
}
