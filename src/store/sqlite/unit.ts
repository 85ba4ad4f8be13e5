import { UnitOver } from '../errors.ts'
import type { Tx } from '../port.ts'
import type { Connection } from './connection.ts'
import type { Turn } from './turn.ts'

/**
 * How a unit shares the open transaction. `savepoint`: what it changed can be undone apart. `bare`: only with all of the
 * transaction, and so without the cost of a savepoint, which keeps a copy of every page that a unit changes.
 */
export type Sharing = 'savepoint' | 'bare'

/**
 * Runs one unit of work in the open transaction: when this resolves, all of it is in there, when it rejects, nothing. What a
 * bare unit changed before it rejected is still there, and the transaction must be rolled back.
 *
 * SQLite itself ends the whole transaction for a few failures (a full disk, a trigger's RAISE(ROLLBACK)).
 * Whatever the work makes of that, this rejects then with the failure, and `connection.inTransaction` is
 * false.
 */
export async function runUnit<T>(
  connection: Connection,
  turn: Turn,
  work: (tx: Tx) => Promise<T>,
  sharing: Sharing,
): Promise<T> {
  const scope = createSavepoints(connection)
  if (sharing === 'savepoint') connection.control(UNIT.begin)
  try {
    const value = await turn.within(() => work(scope.tx))
    scope.assertWhole()
    if (sharing === 'savepoint') connection.control(UNIT.keep)
    return value
  } catch (error) {
    if (!connection.inTransaction) throw scope.lost() ?? error
    if (sharing === 'savepoint') undo(connection, UNIT)
    throw error
  } finally {
    scope.end()
  }
}

interface Savepoints {
  readonly tx: Tx
  /** @throws where the work has ended with something unfinished or broken in it. */
  assertWhole(): void
  /** The failure with which SQLite ended the transaction. */
  lost(): unknown
  /** No statement is taken any more. */
  end(): void
}

function createSavepoints(connection: Connection): Savepoints {
  let over = false
  let depth = 0
  let broken: unknown

  // A refused statement is a rejection. Not an async function: there are many of these in each unit, and the frame of one
  // costs more than its promise.
  function statement<T>(act: () => T): Promise<T> {
    try {
      return Promise.resolve(done(act))
    } catch (error) {
      return Promise.reject(error)
    }
  }
  function done<T>(act: () => T): T {
    try {
      assertUsable()
      return act()
    } catch (error) {
      // Without a transaction the next statement would commit by itself.
      if (!over && !connection.inTransaction) broken ??= error
      throw error
    }
  }
  function assertUsable(): void {
    if (over) throw new UnitOver()
    if (broken !== undefined) throw broken
  }
  async function nested<T>(work: () => Promise<T>): Promise<T> {
    assertUsable()
    const level = ++depth
    const savepoint = savepointAt(level)
    connection.control(savepoint.begin)
    let value: T
    try {
      value = await work()
    } catch (error) {
      leave(level)
      undo(connection, savepoint)
      throw error
    }
    leave(level)
    connection.control(savepoint.keep)
    return value
  }
  /** Savepoints are a stack: what overlaps cannot be undone apart. */
  function leave(level: number): void {
    assertUsable()
    if (depth !== level) {
      broken = new Error('nested work overlaps, so the unit was undone. Await one nested() before the next')
      throw broken
    }
    depth = level - 1
  }
  return {
    tx: {
      // There is one writer at a time.
      concurrent: false,
      get: (text, ...values) => statement(() => connection.get(text, values)),
      all: (text, ...values) => statement(() => connection.all(text, values)),
      until: (enough, text, ...values) => statement(() => connection.until(enough, text, values)),
      run: (text, ...values) => statement(() => connection.run(text, values)),
      write(text, ...values) {
        done(() => connection.run(text, values))
      },
      add(insert, ...values) {
        done(() => connection.run(insert.one, values))
      },
      nested,
    },
    assertWhole() {
      assertUsable()
      if (depth > 0) throw new UnitOver()
    },
    lost: () => broken,
    end() {
      over = true
    },
  }
}

interface Savepoint {
  readonly begin: string
  readonly keep: string
  readonly undo: string
}

const savepointAt = (level: number): Savepoint => ({
  begin: `savepoint level_${level}`,
  keep: `release level_${level}`,
  undo: `rollback to level_${level}`,
})
const UNIT = savepointAt(0)

/** Undoing leaves the savepoint open, so it is released too. */
function undo(connection: Connection, savepoint: Savepoint): void {
  connection.control(savepoint.undo)
  connection.control(savepoint.keep)
}
