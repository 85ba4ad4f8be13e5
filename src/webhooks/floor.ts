import type { Clock } from '../base/index.ts'

// Where to begin to look for what is new. On PostgreSQL an index keeps the entries of what is done for as long as any transaction could
// still see it, and who looks from the beginning walks past all of them: after an hour of somebody's export, of an hour's events.

export interface Floor {
  /** Nothing that is looked for is below it. */
  readonly at: number
  raise(to: number): void
  /**
   * Now and then asks whether something is below it after all, as may be behind a switch to another server, which had not heard of
   * the latest commits. Then it begins again.
   */
  verify(isBelow: (at: number) => Promise<boolean>): Promise<void>
}

const VERIFY_MS = 60_000
/** It takes a thousandth of the time at most. */
const SHARE = 1_000

export function createFloor({ elapsed }: Pick<Clock, 'elapsed'>): Floor {
  let at = 0
  let verifyAt = elapsed() + VERIFY_MS
  return {
    get at() {
      return at
    },
    raise(to) {
      at = Math.max(at, to)
    },
    async verify(isBelow) {
      const began = elapsed()
      if (began < verifyAt || at === 0) return
      verifyAt = Number.POSITIVE_INFINITY
      try {
        if (await isBelow(at)) at = 0
      } finally {
        const took = elapsed() - began
        verifyAt = began + took + Math.max(VERIFY_MS, took * SHARE)
      }
    },
  }
}
