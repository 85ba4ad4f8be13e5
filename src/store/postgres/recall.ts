import type { Clock } from '../../base/index.ts'
import type { Memory, State } from '../memory.ts'

// What was made of one state of the database is good for as long as nobody commits, in whatever process. PostgreSQL tells which
// transactions are over, as a statement sees them (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT):
// where it says the same twice, nobody has committed between. To ask reads nothing, and all who ask at once share the answer.

/** After a commit more of them are likely. So long nothing is remembered, and nobody is made to wait for an answer to that. */
const UNREST_MS = 20

export interface Recall {
  /** As `OpenReader.recall`. Whose table a memory is of is all the same here: any commit counts. */
  recall<T, U extends T | undefined>(memory: Memory<T>, key: string, make: () => Promise<U>): Promise<T | U>
  /** What was known is of a server that may be another from here on. */
  forget(): void
}

/** @param ask what `SNAPSHOT` answers, to a statement that is sent from here on. */
export function createRecall(clock: Clock, ask: () => Promise<string>): Recall {
  let snapshot: string | undefined
  let state: State = {}
  /** On `clock.elapsed`. */
  let restlessUntil = 0
  let next: Promise<State> | undefined

  /** The state as it is after this was called. Those who call it until the sockets that are ready have been read share one statement. */
  const look = (): Promise<State> => (next ??= lookNext())
  async function lookNext(): Promise<State> {
    await new Promise(setImmediate)
    next = undefined
    return seen(await ask())
  }
  function seen(now: string): State {
    if (now !== snapshot) {
      if (snapshot !== undefined) restlessUntil = clock.elapsed() + UNREST_MS
      snapshot = now
      state = {}
    }
    return state
  }
  /** Where it is still the state that it was made of. Nobody waits for it; where that cannot be asked, nothing is kept. */
  function keep<T>(memory: Memory<T>, key: string, made: T, before: State): void {
    look().then(
      now => {
        if (now === before) memory.keep(now, key, made)
      },
      () => undefined,
    )
  }

  async function makeSoon<T, U extends T | undefined>(
    memory: Memory<T>,
    key: string,
    make: () => Promise<U>,
  ): Promise<U> {
    await new Promise(setImmediate)
    memory.soon.delete(key)
    const isCalm = clock.elapsed() >= restlessUntil
    const before = state
    const made = await make()
    if (isCalm && made !== undefined) keep(memory, key, made, before)
    return made
  }
  /** Made once for all who ask for it until the sockets that are ready have been read, so after the last of them has asked. */
  function makeOnce<T, U extends T | undefined>(
    memory: Memory<T>,
    key: string,
    make: () => Promise<U>,
  ): Promise<T | U> {
    const others = memory.soon.get(key)
    // Whoever asks for the same would make the same.
    if (others !== undefined) return others as Promise<T | U>
    const made = makeSoon(memory, key, make)
    memory.soon.set(key, made)
    return made
  }

  return {
    async recall(memory, key, make) {
      if (clock.elapsed() >= restlessUntil && memory.find(state, key) !== undefined) {
        const found = memory.find(await look(), key)
        if (found !== undefined) return found
      }
      return makeOnce(memory, key, make)
    },
    forget() {
      snapshot = undefined
      state = {}
    },
  }
}

export const SNAPSHOT = 'select pg_current_snapshot()::text as snapshot'
