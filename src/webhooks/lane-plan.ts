import type { UnixMs } from '../base/index.ts'

// How many of a webhook's deliveries are begun at a look, and when it is looked at again. Pure.

/** Attempts that a webhook may have under way at once, and where its owner does not say. */
export const MAX_CONCURRENCY = 64
export const USUAL_CONCURRENCY = 4

/** How often attempts may begin. */
export interface Pace {
  readonly attempts: number
  readonly perMs: number
}

/** A lane as it is found at a look. */
export interface Lane {
  /** Attempts that may be under way at once. */
  readonly concurrency: number
  /** Null where the webhook has no rate. */
  readonly pace: Pace | null
  readonly rateAt: UnixMs
  /** Claims that hold, of whichever process: what is at hand, and what is over and not stored yet, is among them. */
  readonly underWay: number
  /** Whether its latest attempt got an answer. */
  readonly answering: boolean
  /** Whether its breaker is open. */
  readonly probing: boolean
}

/** What a process that looks at a lane knows of its own claims there. */
export interface Holding {
  /** At hand, under way, or over and not stored yet. */
  readonly claims: number
  /** What its latest attempt took; undefined where none has ended, or the latest failed. */
  readonly attemptMs: number | undefined
}

/** What is at hand is sent within so long: what changes meanwhile is not known there. */
const AHEAD_MS = 50
const MOST_AHEAD = 128

/**
 * How many deliveries a process may have at hand, claimed beyond those that may be under way. None while another process has
 * claims in the lane; and while this one has more than may be under way, no other claims any. So of all processes together no
 * more are under way than the webhook allows: either all claims are of one process, which counts, or they are no more than that.
 */
export function planAhead(lane: Lane, { claims, attemptMs }: Holding): number {
  const isAlone = lane.underWay <= claims
  if (attemptMs === undefined || !isAlone || lane.pace !== null || lane.probing || !lane.answering) return 0
  return Math.min(MOST_AHEAD, Math.floor((lane.concurrency * AHEAD_MS) / Math.max(1, attemptMs)))
}

/** How many attempts may be begun now, and how many deliveries claimed: the difference is at hand. */
export interface Take {
  readonly begun: number
  readonly claimed: number
}

/**
 * What is claimed of a lane now. One at a time where the latest attempt got no answer or none was made yet: who may
 * hang for 20 s must not hold more than one place. One at all where the breaker is open.
 *
 * @param room places for attempts.
 * @param ahead how many may be at hand.
 */
export function planTake(lane: Lane, room: number, now: UnixMs, ahead = 0): Take {
  const most = lane.answering && !lane.probing ? lane.concurrency : 1
  const paced = lane.pace === null ? Number.POSITIVE_INFINITY : allowed(lane.pace, lane.rateAt, now)
  const free = most - lane.underWay
  const begun = Math.max(0, Math.min(free, paced, room))
  // Where places are what it lacks, what is at hand would wait for others.
  return { begun, claimed: free > room ? begun : Math.max(0, Math.min(free + ahead, paced)) }
}

/** What is stored of a lane after a look. */
export interface LanePlan {
  readonly readyAt: UnixMs | null
  /** Whether deliveries that are written meanwhile change nothing about it. */
  readonly held: boolean
  readonly rateAt: UnixMs
}

export interface Looked {
  /** Deliveries that were begun. */
  readonly taken: number
  /** When the next that waits is due; null where none does. */
  readonly nextDue: UnixMs | null
  /** When the first lease of those under way ends; null where none is. */
  readonly leaseEnds: UnixMs | null
}

/** When a lane is looked at again. What is under way wakes it when it ends; were its process to die, its lease does. */
export function planLane(lane: Lane, { taken, nextDue, leaseEnds }: Looked, now: UnixMs): LanePlan {
  const rateAt = lane.pace === null ? lane.rateAt : after(lane.pace, lane.rateAt, taken, now)
  const soonest = earlier(nextDue, leaseEnds)
  if (nextDue === null || nextDue > now)
    return { readyAt: soonest, held: lane.probing && leaseEnds !== null, rateAt }
  // More is due than was taken.
  const full = { ...lane, underWay: lane.underWay + taken, pace: null }
  if (planTake(full, 1, now).begun === 0) return { readyAt: leaseEnds ?? now, held: true, rateAt }
  if (lane.pace !== null && allowed(lane.pace, rateAt, now) === 0)
    return { readyAt: earlier(opensAt(lane.pace, rateAt), leaseEnds), held: true, rateAt }
  return { readyAt: now, held: false, rateAt }
}

/** The earlier of two times, one of which may be none. */
export const earlier = (one: UnixMs | null, other: UnixMs | null): UnixMs | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)

// GCRA, with one second's worth at once: `rateAt` is when the last attempt would have begun, had all come evenly.

const step = ({ attempts, perMs }: Pace): number => perMs / attempts
const slack = (pace: Pace): number => Math.max(0, 1_000 - step(pace))
/** What a clock that jumped has left behind must not close a lane for longer than its rate ever would. */
const from = (pace: Pace, rateAt: UnixMs, now: UnixMs): number =>
  Math.min(Math.max(rateAt, now), now + slack(pace) + step(pace))

function allowed(pace: Pace, rateAt: UnixMs, now: UnixMs): number {
  const left = now + slack(pace) - from(pace, rateAt, now)
  // What divides evenly must not fall short by a rounding.
  return left < -1e-6 ? 0 : Math.floor(left / step(pace) + 1e-6) + 1
}

const after = (pace: Pace, rateAt: UnixMs, taken: number, now: UnixMs): number =>
  taken === 0 ? rateAt : from(pace, rateAt, now) + taken * step(pace)

const opensAt = (pace: Pace, rateAt: UnixMs): UnixMs => Math.ceil(rateAt - slack(pace))
