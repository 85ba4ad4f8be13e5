import { StoreBusy, StoreClosed } from '../errors.ts'
import type { State } from '../memory.ts'
import type { Value } from '../port.ts'
import type { Connection } from './connection.ts'
import { isBusy } from './failure.ts'
import type { Flusher } from './flusher.ts'
import { BUSY, type Patience, retryDelay, unlessBusy } from './patience.ts'

/**
 * One read transaction for each turn of the event loop: its locks cost more than most reads do.
 *
 * It begins when the turn's sockets have been read, so after all that it answers was asked, and ends when nothing is left to
 * do at once, so that it pins the log for no longer than that.
 */
export interface Snapshots {
  /** False also where SQLite itself has ended the transaction, as it does for a few failures. */
  readonly isOpen: boolean
  /** The open one, or the one before. */
  readonly latest: Snapshot
  /** Of the latest: of one table, or of all. */
  stateOf(table: string | undefined): State
  /** Resolves in the next one, with `StoreBusy` where none can be had. */
  next(): Promise<void>
  /** Rejects all that is asked for later; resolves when none is open. */
  close(): Promise<void>
}

export interface Snapshot {
  /** What answers wait for; undefined where all of the state is on the disk. */
  readonly flush: Promise<void> | undefined
}

export interface SnapshotsOptions extends Patience {
  readonly connection: Connection
  readonly flusher: Flusher
  /** Of the units; it tells which commits are not its own. */
  readonly writer: Connection
}

export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const { connection, clock, random, patienceMs } = options
  const { look, stateOf } = lookOf(options)
  let isOpen = false
  let latest: Snapshot = { flush: undefined }
  /** What those share who wait for the next one. */
  let next: PromiseWithResolvers<void> | undefined
  /** Since when, on `clock.elapsed`. */
  let since = 0
  let closing: PromiseWithResolvers<void> | undefined

  function open(): void {
    try {
      connection.control('begin')
      latest = look()
      isOpen = true
    } catch (error) {
      if (connection.inTransaction) connection.control('rollback')
      if (!isBusy(error)) settle(error)
      else if (clock.elapsed() - since >= patienceMs) settle(new StoreBusy(patienceMs))
      else setTimeout(open, retryDelay(random))
      return
    }
    settle()
    // Node runs the next-tick queue when the microtask queue is empty; asked for from a microtask, because ticks come first
    // when both hold something.
    queueMicrotask(() => process.nextTick(end))
  }
  function settle(error?: unknown): void {
    if (error === undefined) next?.resolve()
    else next?.reject(error)
    next = undefined
    rest()
  }
  function end(): void {
    isOpen = false
    if (connection.inTransaction) connection.control('commit')
    rest()
  }
  function rest(): void {
    if (!isOpen && next === undefined) closing?.resolve()
  }
  return {
    get isOpen() {
      return isOpen && connection.inTransaction
    },
    get latest() {
      return latest
    },
    stateOf,
    next() {
      if (closing !== undefined) return Promise.reject(new StoreClosed())
      if (next === undefined) {
        next = Promise.withResolvers()
        since = clock.elapsed()
        setImmediate(open)
      }
      return next.promise
    },
    close() {
      closing ??= Promise.withResolvers<void>()
      rest()
      return closing.promise
    },
  }
}

/**
 * Looks at a snapshot that has just been taken.
 *
 * A commit can be seen before it is on the disk, so answers wait for the flush that is pending, and where another process
 * has committed, for a flush of its commit too: whether that process syncs its log is unknown.
 *
 * A data version changes with every commit of another connection than the one that is asked
 * (https://sqlite.org/pragma.html#pragma_data_version): the reader's with every commit, at no cost since it has the
 * snapshot, the writer's with those of other processes.
 */
function lookOf({ connection, writer, flusher }: SnapshotsOptions): {
  readonly look: () => Snapshot
  readonly stateOf: Snapshots['stateOf']
} {
  let version: Value | undefined
  let foreign: Value | typeof BUSY | undefined
  let whole: State = {}
  const ofTables = new Map<string, State>()

  /** No unit is under way: a batch of them has a turn of its own. */
  function changed(byOthers: boolean): void {
    whole = {}
    for (const table of ofTables.keys()) {
      // Who asks for a table for the first time may see it as it was some commits ago. `hasChanged` is true then.
      if (writer.hasChanged(table) || byOthers) ofTables.set(table, {})
    }
  }
  return {
    look() {
      const now = dataVersion(connection)
      if (now !== version) {
        const others = unlessBusy(() => dataVersion(writer))
        const byOthers = others !== foreign || others === BUSY
        if (byOthers) void flusher.flush()
        foreign = others
        version = now
        changed(byOthers)
      }
      return { flush: flusher.pending }
    },
    stateOf(table) {
      if (table === undefined) return whole
      const state = ofTables.get(table) ?? {}
      ofTables.set(table, state)
      return state
    },
  }
}

const dataVersion = (connection: Connection): Value | undefined =>
  connection.control('pragma data_version')?.['data_version']
