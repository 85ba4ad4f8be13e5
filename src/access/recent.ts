/** What was last known of each of many, for as long as it may count. */
export interface Recent<T> {
  get(key: string, now: number): T | undefined
  set(key: string, value: T): void
}

/**
 * Two maps, the younger written to. What was not written for `lifeMs` counts no more, so after as long the older map holds
 * nothing of worth and is dropped whole: no sweep, and no timer.
 *
 * @param most how many are remembered at least: of more than twice as many, the oldest are forgotten.
 */
export function createRecent<T>(lifeMs: number, most: number): Recent<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  let since = Number.NEGATIVE_INFINITY
  const turn = (now: number): void => {
    old = young
    young = new Map()
    since = now
  }
  return {
    get(key, now) {
      // Set back, the clock must not keep the maps from turning.
      if (now - since > lifeMs || now < since || young.size >= most) turn(now)
      return young.get(key) ?? old.get(key)
    },
    set: (key, value) => void young.set(key, value),
  }
}
