import type { UnixMs } from '../base/index.ts'
import type { OutcomeKind } from './outcome.ts'

// Whether a webhook may be sent to, as a circuit breaker decides it: where most attempts fail, what is owed waits, and single
// attempts find out whether the receiver is back.

/** From the first attempt that fails, so many milliseconds are looked at. */
export const WINDOW_MS = 5 * 60_000
/** Fewer attempts say nothing. */
export const LEAST_ATTEMPTS = 10
/** The part of them that must have failed. */
export const FAILED_PART = 0.7
/** After which the first probe is made. Each that fails doubles the wait for the next. */
export const FIRST_PROBE_MS = 30_000
export const LONGEST_PROBE_MS = 60 * 60_000
/** A webhook that has failed for so long is disabled. */
export const DISABLED_AFTER_MS = 120 * 60 * 60_000
/** A probe comes up to this part later, so that what failed together is not probed together. */
const SPREAD = 0.2

/** What is remembered of a webhook's attempts. */
export interface Health {
  /** When the first attempt failed that is counted; null where none is. */
  readonly windowAt: UnixMs | null
  /** Since then, that one included. */
  readonly attempts: number
  readonly failures: number
  /** Since when every attempt has failed; null where the latest has not. */
  readonly failingSince: UnixMs | null
  /** When the next probe is made. Where it is not null the breaker is open. */
  readonly probeAt: UnixMs | null
  /** How many have failed since it opened. */
  readonly probes: number
}

/** Of a webhook of which nothing is known. */
export const HEALTHY: Health = {
  windowAt: null,
  attempts: 0,
  failures: 0,
  failingSince: null,
  probeAt: null,
  probes: 0,
}

/** Why a webhook is disabled: its receiver said that it is gone, or nothing has reached it for five days. */
export type Disabled = 'gone' | 'failing'

/** An attempt that ended. */
export interface Ended {
  readonly kind: OutcomeKind
  /** Whether it was made to find out whether the receiver is back. */
  readonly probe: boolean
}

/** Nothing was sent, so nothing is known of the receiver. */
const UNSENT: readonly OutcomeKind[] = ['too-long', 'unrenderable']

/** What is known after an attempt that ended at `now`. The very same where nothing is to be remembered. `jitter` is in [0, 1). */
export function planHealth(
  health: Health,
  { kind, probe }: Ended,
  now: UnixMs,
  jitter: number,
): { readonly health: Health; readonly disabled: Disabled | undefined } {
  if (UNSENT.includes(kind)) return { health, disabled: undefined }
  if (kind === 'delivered') return { health: delivered(health, now), disabled: undefined }
  const failingSince = health.failingSince ?? now
  const after = { ...(health.probeAt === null ? counted(health, now) : health), failingSince }
  if (kind === 'gone') return { health: after, disabled: 'gone' }
  if (now - failingSince >= DISABLED_AFTER_MS) return { health: after, disabled: 'failing' }
  return { health: probed(after, health, probe, now, jitter), disabled: undefined }
}

function delivered(health: Health, now: UnixMs): Health {
  if (health.probeAt !== null) return HEALTHY
  if (health.windowAt === null && health.failingSince === null) return health
  if (!isCounting(health, now)) return HEALTHY
  return { ...health, attempts: health.attempts + 1, failingSince: null }
}

const counted = (health: Health, now: UnixMs): Health =>
  isCounting(health, now)
    ? { ...health, attempts: health.attempts + 1, failures: health.failures + 1 }
    : { ...health, windowAt: now, attempts: 1, failures: 1 }

const isCounting = ({ windowAt }: Health, now: UnixMs): boolean =>
  windowAt !== null && now - windowAt < WINDOW_MS

/** Opens the breaker where enough has failed, and puts the next probe off where one has. */
function probed(after: Health, before: Health, probe: boolean, now: UnixMs, jitter: number): Health {
  const at = (wait: number): UnixMs => now + Math.ceil(wait * (1 + SPREAD * jitter))
  if (before.probeAt === null) {
    const opens = after.attempts >= LEAST_ATTEMPTS && after.failures >= FAILED_PART * after.attempts
    return opens ? { ...after, probeAt: at(FIRST_PROBE_MS), probes: 0 } : after
  }
  // Begun before it opened: it tells nothing new.
  if (!probe) return after
  const probes = before.probes + 1
  return { ...after, probes, probeAt: at(Math.min(FIRST_PROBE_MS * 2 ** probes, LONGEST_PROBE_MS)) }
}
