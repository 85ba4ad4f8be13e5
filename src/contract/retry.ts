import { DefinitionError } from './definition-error.ts'
import { type Duration, durationMs } from './duration.ts'

/** How often a run that throws is begun again: `{ attempts: 5, wait: '10 seconds' }`. */
export interface Retry {
  /** All attempts, the first included. Default: 1 for an operation, 20 for a task. */
  readonly attempts?: number
  /** After the first attempt; each later wait is twice as long. Default: 10 seconds. */
  readonly wait?: Duration
  /** What no wait exceeds. Default: 1 hour. */
  readonly longestWait?: Duration
}

/** A retry in numbers. */
export interface RetryRule {
  readonly attempts: number
  readonly waitMs: number
  readonly longestWaitMs: number
}

/** @throws DefinitionError where nothing could be planned by it. */
export function retryRuleOf(
  { attempts: given, wait = '10 seconds', longestWait = '1 hour' }: Retry,
  usual: number,
  place: string,
): RetryRule {
  const attempts = given ?? usual
  if (!Number.isSafeInteger(attempts) || attempts < 1 || attempts > 1000) {
    throw new DefinitionError(place, `it has ${attempts} attempts`, 'Give 1 to 1000; 1 tries nothing again')
  }
  return {
    attempts,
    waitMs: waitOf(wait, place),
    longestWaitMs: waitOf(longestWait, place),
  }
}

function waitOf(wait: Duration, place: string): number {
  const ms = durationMs(wait)
  if (ms !== undefined) return ms
  throw new DefinitionError(place, `it waits for '${wait}'`, "Write '10 seconds', or up to '1 day'")
}
