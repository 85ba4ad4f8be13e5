import type { UnixMs } from '../base/index.ts'
import type { Outcome, OutcomeKind } from './outcome.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long each attempt waits after the one before, in milliseconds (Standard Webhooks, "Retry schedule"). */
export const retrySchedule: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]

/** A wait is up to this part shorter or longer, so that what failed together does not come back together. */
const SPREAD = 0.2

/** The longest that a receiver's Retry-After is obeyed. */
const LONGEST_WAIT = 24 * HOUR

/** What is stored of a delivery after an attempt. */
export type AttemptPlan =
  | { readonly state: 'pending'; readonly attempts: number; readonly dueAt: UnixMs; readonly settled: false }
  | {
      readonly state: 'delivered' | 'failed'
      readonly attempts: number
      readonly dueAt: null
      readonly settled: true
    }

/** Another attempt would send the same, which is nothing. */
const HOPELESS: readonly OutcomeKind[] = ['too-long', 'unrenderable']

/**
 * What comes after an attempt that ended at `now`. `delivery.attempts` is the number made before it; `jitter` is in
 * [0, 1). Given up when the schedule is spent, or there is nothing that could be sent.
 */
export function planAttempt(
  delivery: { readonly attempts: number },
  outcome: Pick<Outcome, 'kind' | 'status' | 'headers'>,
  now: UnixMs,
  jitter: number,
): AttemptPlan {
  const attempts = delivery.attempts + 1
  if (outcome.kind === 'delivered') return { state: 'delivered', attempts, dueAt: null, settled: true }
  const wait = HOPELESS.includes(outcome.kind) ? undefined : retrySchedule[attempts]
  if (wait === undefined) return { state: 'failed', attempts, dueAt: null, settled: true }
  const scheduled = wait * (1 - SPREAD + 2 * SPREAD * jitter)
  // Asked-for waits are spread upwards only: coming earlier than asked is what the receiver wants to prevent.
  const asked = retryAfter(outcome, now) * (1 + SPREAD * jitter)
  return { state: 'pending', attempts, dueAt: now + Math.ceil(Math.max(scheduled, asked)), settled: false }
}

/** The wait that a 429 or 503 asks for (RFC 9110 §10.2.3: seconds or an HTTP date), in ms; 0 where it asks for none. */
function retryAfter({ status, headers }: Pick<Outcome, 'status' | 'headers'>, now: UnixMs): number {
  if (status !== 429 && status !== 503) return 0
  const value = headers?.['retry-after']
  if (typeof value !== 'string') return 0
  const ms = /^\d+$/.test(value) ? Number(value) * SECOND : httpDate(value) - now
  return Math.min(Math.max(ms, 0), LONGEST_WAIT)
}

/** An IMF-fixdate, the only form of date that may be sent (RFC 9110 §5.6.7); 0 for anything else. */
const httpDate = (value: string): UnixMs =>
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value) ? Date.parse(value) || 0 : 0
