/** Milliseconds since 1970-01-01T00:00:00Z. */
export type UnixMs = number

/** Time as an argument, so that a test can set it. */
export interface Clock {
  /** The wall clock. It may jump: use it for what is stored and shown. */
  now(): UnixMs
  /** Milliseconds from an arbitrary start, never going back: use it for durations. */
  elapsed(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
}

/** `2026-11-23T08:00:00.000Z` (RFC 3339 §5.6, always UTC with milliseconds). */
export function isoTime(at: UnixMs): string {
  // Many rows of one millisecond: writing its text anew for each would cost as much as a look-up in an index.
  if (at !== lastAt) {
    lastText = new Date(at).toISOString()
    lastAt = at
  }
  return lastText
}

let lastAt: UnixMs = Number.NaN
let lastText = ''
