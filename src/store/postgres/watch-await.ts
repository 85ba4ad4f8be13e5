import { ForeignAwait } from '../errors.ts'

/** Watches whether work waits for anything but its own statements. */
export interface Watched<T> {
  /** Settles as the work does; rejects with `ForeignAwait` as soon as it waits for anything else. */
  readonly done: Promise<T>
  /** A statement that the work asked for: until it settles, the work may wait. */
  during<R>(statement: Promise<R>): Promise<R>
}

/**
 * Between two answers of the database, work that awaits nothing else goes on in the microtask queue until it asks for the next
 * statement or is done. Node runs the next-tick queue when the microtask queue is empty; work that still runs then, with no
 * statement under way, waits for a timer, a socket, a thread: something foreign. How fast that would be makes no
 * difference.
 */
export function watchAwaits<T>(work: (watch: Watched<T>['during']) => Promise<T>): Watched<T> {
  let underWay = 0
  let ended = false
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const look = (): void => {
    if (!ended && underWay === 0) reject(new ForeignAwait())
  }
  // From a microtask, because ticks come first when both queues hold something.
  const lookSoon = (): void => queueMicrotask(() => process.nextTick(look))
  const during = async <R>(statement: Promise<R>): Promise<R> => {
    underWay++
    try {
      return await statement
    } finally {
      underWay--
      lookSoon()
    }
  }
  const end = (): void => {
    ended = true
  }
  promise.then(end, end)
  lookSoon()
  try {
    work(during).then(resolve, reject)
  } catch (error) {
    reject(error)
  }
  return { done: promise, during }
}
