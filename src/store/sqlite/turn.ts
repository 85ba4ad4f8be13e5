import { ForeignAwait } from '../errors.ts'

/**
 * One turn of the event loop, in which units of work run one after another and nothing else runs between
 * them.
 */
export interface Turn {
  /** Rejects with `ForeignAwait` when the work waits for anything that this turn does not bring. */
  within<T>(work: () => Promise<T>): Promise<T>
  /** No more work comes. */
  end(): void
}

/**
 * Begins a turn. Must be called from a microtask.
 *
 * The store answers at once, so a unit that awaits only the store goes on in the microtask queue until it is
 * done. Node runs the next-tick queue when the microtask queue is empty; a unit that still runs then waits
 * for a timer, a socket, a thread: something foreign. It is found before the turn ends, so no other code runs
 * in the midst of a batch, and how fast the foreign thing would have been makes no difference.
 */
export function beginTurn(): Turn {
  let stalled: (() => void) | undefined
  let ended = false
  // From a microtask, because ticks come first when both queues hold something.
  const watch = (): void => process.nextTick(look)
  const look = (): void => {
    if (ended) return
    stalled?.()
    queueMicrotask(watch)
  }
  watch()
  return {
    within: work =>
      new Promise((resolve, reject) => {
        stalled = () => reject(new ForeignAwait())
        work().then(resolve, reject)
      }),
    end() {
      ended = true
    },
  }
}
