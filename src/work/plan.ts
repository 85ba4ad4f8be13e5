import type { UnixMs } from '../base/index.ts'
import type { RetryRule } from '../contract/index.ts'

/** A wait is up to this part shorter, so that what failed together does not come back together. */
const SPREAD = 0.2

/**
 * When a run that threw at `now` is begun again; undefined once its attempts are spent. `attempts` is the number of those
 * that threw, this one included; `jitter` is in [0, 1).
 */
export function planRun(
  attempts: number,
  { attempts: most, waitMs, longestWaitMs }: RetryRule,
  now: UnixMs,
  jitter: number,
): UnixMs | undefined {
  if (attempts >= most) return undefined
  const wait = Math.min(waitMs * 2 ** (attempts - 1), longestWaitMs)
  return now + Math.ceil(wait * (1 - SPREAD * jitter))
}
