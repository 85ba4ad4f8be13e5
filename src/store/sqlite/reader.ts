import type { Memory, State } from '../memory.ts'
import type { OpenReader } from '../port.ts'
import type { Connection } from './connection.ts'
import type { Snapshots } from './snapshots.ts'

/**
 * Reads outside units, on a connection that sees commits only.
 *
 * Whoever asks gets the next snapshot, and who then goes on at once and asks again the same one.
 *
 * @param waits whether answers wait for the flush of what they could have seen.
 */
export function createReader(connection: Connection, snapshots: Snapshots, waits: boolean): OpenReader {
  const ask = <T>(act: () => T): Promise<T> =>
    snapshots.isOpen ? answer(act) : snapshots.next().then(() => ask(act))

  // Not an async function, whose frame costs more than its promise.
  function answer<T>(act: () => T): Promise<T> {
    try {
      const rows = act()
      const { flush } = snapshots.latest
      return waits && flush !== undefined ? flush.then(() => rows) : Promise.resolve(rows)
    } catch (error) {
      return Promise.reject(error)
    }
  }
  function recall<T, U extends T | undefined>(
    memory: Memory<T>,
    key: string,
    make: () => Promise<U>,
  ): Promise<T | U> {
    const state = snapshots.stateOf(memory.of)
    const known = memory.find(state, key)
    return known === undefined ? remember(memory, key, make, state) : answer(() => known)
  }
  async function remember<T, U extends T | undefined>(
    memory: Memory<T>,
    key: string,
    make: () => Promise<U>,
    state: State,
  ): Promise<U> {
    const made = await make()
    // Snapshots never go back: if the latest is of this state, so were all that `make` has seen.
    if (made !== undefined && snapshots.stateOf(memory.of) === state) memory.keep(state, key, made)
    return made
  }
  return {
    get: (text, ...values) => ask(() => connection.get(text, values)),
    all: (text, ...values) => ask(() => connection.all(text, values)),
    until: (enough, text, ...values) => ask(() => connection.until(enough, text, values)),
    recall: (memory, key, make) =>
      snapshots.isOpen ? recall(memory, key, make) : snapshots.next().then(() => recall(memory, key, make)),
  }
}
