import type { Clock } from '../../base/index.ts'
import type { Commit } from './commit.ts'
import type { Connection } from './connection.ts'
import { isConflict, isLocked } from './failure.ts'
import type { Inserts } from './inserts.ts'
import { interleave, isForeign, isUndone } from './interleave.ts'
import { CAREFUL_UNITS, type Line, MOST, type Ran, ranOf, takeAdding } from './lines.ts'
import { lockOf } from './scope.ts'
import { openTransaction, type Transaction } from './transaction.ts'

const MOST_MS = 10
/** Transactions that a unit shares with others before it runs alone. */
export const MOST_SHARED = 2

export interface TurnsOptions {
  readonly clock: Clock
  readonly inserts: Inserts
  readonly commit: Commit
}

/**
 * Runs some of what waits in a line, in one transaction, and tells `batch` what that was. What is to run again goes back into the line.
 * Rejects where nothing of the batch is left.
 */
export type RunBatch = (connection: Connection, line: Line, batch: Ran[]) => Promise<void>

export function createTurns({ clock, inserts, commit }: TurnsOptions): RunBatch {
  function runBatch(connection: Connection, line: Line, batch: Ran[]): Promise<void> {
    const adding = takeAdding(line, MOST)
    if (adding.length > 1) {
      batch.push(...adding)
      return runInterleaved(connection, line, batch)
    }
    line.queue.unshift(...adding.map(({ one }) => one))
    return runInTurn(connection, line, batch)
  }

  /** Where one fails, all run again in turn. */
  async function runInterleaved(connection: Connection, line: Line, batch: Ran[]): Promise<void> {
    const transaction = begin(line, openTransaction(connection, inserts), false)
    await interleave(transaction, batch)
    if (batch.some(isUndone)) await undone(connection, line, batch)
    else await commit(connection, transaction, batch.length)
  }

  function begin({ scope }: Line, transaction: Transaction, keyed: boolean): Transaction {
    const { text, values } = lockOf(scope, keyed)
    transaction.say('begin')
    transaction.say(text, values)
    return transaction
  }

  async function runInTurn(connection: Connection, line: Line, batch: Ran[]): Promise<void> {
    const first = line.queue.shift()
    // Those of a scope are of one kind, unless they add.
    const transaction = begin(line, openTransaction(connection), first?.keyed === true)
    const until = clock.elapsed() + MOST_MS
    // Alone, it is undone with its transaction.
    const shares = first !== undefined && first.again < MOST_SHARED && line.queue.length > 0
    for (let one = first; one !== undefined; one = line.queue.shift()) {
      const ran = ranOf(one)
      batch.push(ran)
      const isCareful = shares && line.careful > 0
      if (isCareful) {
        line.careful--
        transaction.say('savepoint unit')
      }
      const { marks } = transaction
      ran.ending = await one.run(transaction)
      const error = ran.ending.failed?.error
      if (transaction.isLost || transaction.failure !== undefined)
        throw transaction.failure ?? error ?? new Error('Connection terminated')
      if (isConflict(error) || isLocked(error)) throw error
      if (error !== undefined && !isCareful && transaction.marks > marks) {
        await undone(connection, line, batch)
        return
      }
      if (isCareful) {
        if (error !== undefined) transaction.say('rollback to unit')
        transaction.say('release unit')
      }
      const next = line.queue[0]
      if (!shares || batch.length >= MOST || clock.elapsed() >= until) break
      if (next === undefined || next.again >= MOST_SHARED) break
    }
    await commit(connection, transaction, batch.length)
  }

  /**
   * One has failed and takes the others' changes along: all run again, each in a savepoint. Who ran alone is answered, and so is a
   * foreign await.
   */
  async function undone(connection: Connection, line: Line, batch: Ran[]): Promise<void> {
    const known = batch.filter(ran => batch.length === 1 || isForeign(ran))
    const again = batch.filter(ran => !known.includes(ran)).map(({ one }) => one)
    if (again.length > 0) line.careful = CAREFUL_UNITS
    for (const one of again) one.adds = false
    line.queue.unshift(...again)
    batch.splice(0, batch.length, ...known)
    await connection.control('rollback')
  }
  return runBatch
}
