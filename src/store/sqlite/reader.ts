import { StoreBusy, StoreClosed } from '../errors.ts'
import type { Reader, Value } from '../port.ts'
import type { Connection } from './connection.ts'
import { isBusy } from './failure.ts'
import type { Flusher } from './flusher.ts'
import { BUSY, type Patience, retryDelay, unlessBusy } from './patience.ts'

/**
 * Reads outside units.
 *
 * 1. What is asked for in one turn of the event loop shares one snapshot, taken when the turn's sockets have been read:
 *    after all that it answers was asked. The locks of a transaction cost more than most reads do.
 * 2. Whoever goes on at once and asks again sees the same snapshot. It ends when nothing is left to do at once, so that it
 *    pins the log for no longer than a turn.
 * 3. A commit can be seen before it is on the disk. So an answer waits for the flush that is pending when its snapshot is
 *    taken, and where another process has committed since the last one, for a flush of its commit too: whether that process
 *    syncs its log is unknown.
 */
export interface Reads {
  readonly read: Reader
  /** Does not wait for the flush. */
  readonly peek: Reader
  /** Takes no more reads; resolves when all have been answered. */
  close(): Promise<void>
}

export interface ReadsOptions extends Patience {
  readonly connection: Connection
  readonly flusher: Flusher
  /** Of the units; it tells which commits are not its own. */
  readonly writer: Connection
}

interface Waiting {
  /** In a snapshot. */
  run(): void
  reject(error: unknown): void
  /** On `clock.elapsed`. */
  readonly since: number
}

export function createReads(options: ReadsOptions): Reads {
  const { connection, clock, random, patienceMs } = options
  const unflushed = flushOf(options)
  let queue: Waiting[] = []
  let isOpen = false
  /** What answers from the open snapshot wait for; undefined where all of it is on the disk. */
  let flush: Promise<void> | undefined
  let closing: PromiseWithResolvers<void> | undefined

  function open(): void {
    try {
      connection.control('begin')
      flush = unflushed()
    } catch (error) {
      if (connection.inTransaction) connection.control('rollback')
      if (isBusy(error)) waitForLock()
      else refuse(queue.splice(0), error)
      return
    }
    isOpen = true
    const waiting = queue
    queue = []
    for (const one of waiting) one.run()
    // The next-tick queue runs when the microtask queue is empty; asked for from a microtask, because ticks come first when
    // both hold something.
    queueMicrotask(() => process.nextTick(end))
  }
  function end(): void {
    isOpen = false
    // SQLite itself ends the transaction for a few failures.
    if (connection.inTransaction) connection.control('commit')
    if (queue.length === 0) closing?.resolve()
  }
  function waitForLock(): void {
    const now = clock.elapsed()
    const patient = queue.findIndex(one => now - one.since < patienceMs)
    refuse(queue.splice(0, patient === -1 ? queue.length : patient), new StoreBusy(patienceMs))
    if (queue.length > 0) setTimeout(open, retryDelay(random))
  }
  function refuse(waiting: readonly Waiting[], error: unknown): void {
    for (const one of waiting) one.reject(error)
    if (queue.length === 0) closing?.resolve()
  }

  function ask<T>(act: () => T, waits: boolean): Promise<T> {
    if (closing !== undefined) return Promise.reject(new StoreClosed())
    return isOpen ? look(act, waits) : enqueue(act, waits)
  }
  function look<T>(act: () => T, waits: boolean): Promise<T> {
    try {
      const answer = act()
      return waits && flush !== undefined ? flush.then(() => answer) : Promise.resolve(answer)
    } catch (error) {
      // Where SQLite has ended the transaction, the next read would see what nobody has looked for.
      isOpen = connection.inTransaction
      return Promise.reject(error)
    }
  }
  function enqueue<T>(act: () => T, waits: boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): void => resolve(isOpen ? look(act, waits) : enqueue(act, waits))
      if (queue.push({ run, reject, since: clock.elapsed() }) === 1) setImmediate(open)
    })
  }
  const reader = (waits: boolean): Reader => ({
    get: (text, ...values) => ask(() => connection.get(text, values), waits),
    all: (text, ...values) => ask(() => connection.all(text, values), waits),
  })
  return {
    read: reader(true),
    peek: reader(false),
    close() {
      closing ??= Promise.withResolvers<void>()
      if (!isOpen && queue.length === 0) closing.resolve()
      return closing.promise
    },
  }
}

/**
 * What to wait for in a snapshot that has just been taken.
 *
 * A data version changes with every commit of another connection than the one that is asked
 * (https://sqlite.org/pragma.html#pragma_data_version): the reader's with every commit, at no cost since it has the
 * snapshot, the writer's with those of other processes.
 */
function flushOf({ connection, writer, flusher }: ReadsOptions): () => Promise<void> | undefined {
  let seen: Value | undefined
  let foreign: Value | typeof BUSY | undefined
  return () => {
    const version = dataVersion(connection)
    if (version !== seen) {
      const now = unlessBusy(() => dataVersion(writer))
      if (now !== foreign || now === BUSY) void flusher.flush()
      foreign = now
      seen = version
    }
    return flusher.pending
  }
}

const dataVersion = (connection: Connection): Value | undefined =>
  connection.control('pragma data_version')?.['data_version']
