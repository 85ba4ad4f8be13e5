/** What is committed, as an identity: the same object for as long as nobody commits anything. */
export type State = object

/** What was made of one state of the database, by texts: forgotten with the next commit, whoever makes it. */
export interface Memory<T> {
  find(state: State, key: string): T | undefined
  keep(state: State, key: string, value: T): void
}

/**
 * @param size of a value, in units of the caller's choice.
 * @param limit of all sizes together: beyond it all is forgotten.
 */
export function createMemory<T>(limit: number, size: (key: string, value: T) => number): Memory<T> {
  let of: State | undefined
  let kept = new Map<string, T>()
  let total = 0
  return {
    find: (state, key) => (state === of ? kept.get(key) : undefined),
    keep(state, key, value) {
      total += size(key, value)
      if (state !== of || total > limit) {
        of = state
        kept = new Map()
        total = size(key, value)
      }
      if (total <= limit) kept.set(key, value)
    },
  }
}
