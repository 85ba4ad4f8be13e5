/** What is committed, as an identity: the same object for as long as nobody commits anything that counts. */
export type State = object

/** What was made of one state of the database, by texts: forgotten with the next commit that counts, whoever makes it. */
export interface Memory<T> {
  /** The table, with a primary key, that all of it was made of: a commit that changes others alone does not count. Undefined: all do. */
  readonly of: string | undefined
  /** What is about to be made, for whoever asks by then. */
  readonly soon: Map<string, Promise<T | undefined>>
  find(state: State, key: string): T | undefined
  keep(state: State, key: string, value: T): void
}

/**
 * @param size of a value, in units of the caller's choice.
 * @param limit of all sizes together: beyond it all is forgotten.
 * @param of the one table that all of it is made of.
 */
export function createMemory<T>(
  limit: number,
  size: (key: string, value: T) => number,
  of?: string,
): Memory<T> {
  let last: State | undefined
  let kept = new Map<string, T>()
  let total = 0
  return {
    of,
    soon: new Map(),
    find: (state, key) => (state === last ? kept.get(key) : undefined),
    keep(state, key, value) {
      total += size(key, value)
      if (state !== last || total > limit) {
        last = state
        kept = new Map()
        total = size(key, value)
      }
      if (total <= limit) kept.set(key, value)
    },
  }
}
