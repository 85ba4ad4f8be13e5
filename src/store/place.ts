/** Where a way along an index has come to, in memory: after a restart it begins anew. */
export interface Place<T> {
  /** Where the next slice begins. `elapsed` as of `Clock.elapsed`. */
  from(elapsed: number): T
  /** A slice has ended here. */
  reach(key: T): void
}

/** What lies behind, because it had to stay or was committed late, is looked at again after this long. */
const AGAIN_MS = 60 * 60 * 1000

/** @param first sorts before every key. */
export function createPlace<T>(first: T): Place<T> {
  let reached = first
  let begunAt = Number.NEGATIVE_INFINITY
  return {
    from(elapsed) {
      if (elapsed - begunAt >= AGAIN_MS) {
        reached = first
        begunAt = elapsed
      }
      return reached
    },
    reach(key) {
      reached = key
    },
  }
}
