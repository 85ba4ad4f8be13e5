import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Random } from '../../base/index.ts'
import { StoreBusy } from '../errors.ts'
import { isBusy } from './failure.ts'

/** How to wait for somebody else's lock: by timers, so that the event loop goes on. */
export interface Patience {
  readonly clock: Clock
  readonly random: Random
  /** After this the wait ends with `StoreBusy`. */
  readonly patienceMs: number
}

/**
 * Milliseconds until the lock is tried again; of varying length, so that two who wait do not meet again and
 * again.
 */
export const retryDelay = (random: Random): number => 1 + 4 * random.fraction()

export const BUSY = Symbol('busy')

/** Tries until the lock is free. The first try is made before this returns, and is the only one but for a busy few. */
export function patiently<T>(attempt: () => T, patience: Patience): Promise<T> {
  try {
    const answer = unlessBusy(attempt)
    return answer === BUSY ? tryAgain(attempt, patience) : Promise.resolve(answer)
  } catch (error) {
    return Promise.reject(error)
  }
}

async function tryAgain<T>(attempt: () => T, { clock, random, patienceMs }: Patience): Promise<T> {
  for (const since = clock.elapsed(); ; ) {
    if (clock.elapsed() - since >= patienceMs) throw new StoreBusy(patienceMs)
    await sleep(retryDelay(random))
    const answer = unlessBusy(attempt)
    if (answer !== BUSY) return answer
  }
}

export function unlessBusy<T>(attempt: () => T): T | typeof BUSY {
  try {
    return attempt()
  } catch (error) {
    if (isBusy(error)) return BUSY
    throw error
  }
}
