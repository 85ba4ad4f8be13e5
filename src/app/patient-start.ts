import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../base/index.ts'
import { StoreBusy } from '../store/index.ts'
import type { Log } from '../telemetry/index.ts'

// A start writes to the database. Where another program holds its lock just then, a backup or somebody's open transaction, the
// process waits for longer than a request would, rather than ending and being started again and again.

/** How long all of a start waits. */
const START_MS = 60_000
/** The store waits by itself before it gives up; this is for one that was told not to. */
const AGAIN_MS = 100

/** Does one step of a start, which may be done again. */
export type DoStep = <T>(step: () => Promise<T>) => Promise<T>

/** The steps of one start. They reject where the database's lock has been held for 60 s; what they wait for is told once. */
export function patientStart({ clock, log }: { readonly clock: Clock; readonly log: Log }): DoStep {
  const since = clock.elapsed()
  let told = false
  return async step => {
    for (;;) {
      try {
        return await step()
      } catch (error) {
        if (!isBusy(error)) throw error
        if (clock.elapsed() - since >= START_MS) throw new Error(HELD, { cause: error })
        // Nothing else is to be seen of a process that waits.
        if (!told) log.write('error', 'waiting', { for: LOCK, at_most_ms: START_MS })
        told = true
      }
      await sleep(AGAIN_MS)
    }
  }
}

/** Also where a store says of which database it is. */
const isBusy = (error: unknown): boolean =>
  error instanceof StoreBusy || (error instanceof Error && error.cause instanceof StoreBusy)

const LOCK = "the database's lock, which another program holds, or its answer"
const HELD = `the database could not be prepared within ${START_MS / 1_000} s: another program holds its lock, or it does not answer. End that program, or its open transaction, and start again`
