import { AsyncResource } from 'node:async_hooks'
import type { Clock, Random } from '../../base/index.ts'
import { ForeignAwait, StoreBusy, StoreClosed } from '../errors.ts'
import type { Tx, UnitKind } from '../port.ts'
import type { Connection } from './connection.ts'
import { isConflict, isDisconnected, isLocked, storeError } from './failure.ts'
import { createInserts } from './inserts.ts'
import type { Pool } from './pool.ts'
import { beforeReconnecting } from './reconnect.ts'
import { lockOf } from './scope.ts'
import { OUTCOME, openTransaction, type Transaction } from './transaction.ts'
import { runUnit } from './unit.ts'

/**
 * The queues of units, and the transactions that they share.
 *
 * 1. Units of one scope run one after another, in all processes: a transaction begins with the lock of its scope, and holds it
 *    until it has committed. Units of different scopes run beside each other; units without a scope run beside none.
 * 2. Isolation is READ COMMITTED: each statement sees what was committed before it, so after the lock all that was done in its
 *    scope. Rows that units of several scopes decide on are locked where they are read.
 * 3. What waits in a scope shares a transaction: up to `MOST` units or `MOST_MS`, then one commit. Nobody hears of a unit before
 *    it, not even of its failure. They run bare for as long as none fails that has changed something; where one does, all run
 *    again, each in a savepoint, as do those that come next.
 * 4. Units that only add rows are interleaved: all of them run at once in one transaction, none in a savepoint. Where one
 *    fails, all are undone and run again in turn.
 * 5. A unit runs again where its transaction is lost before it has committed, by a conflict or with its connection. Where the
 *    connection is lost while it commits, the server is asked what became of it.
 */
export interface Units {
  run<T>(work: (tx: Tx) => Promise<T>, scope: string, kind: UnitKind): Promise<T>
  /** Takes no more units; resolves when all have been answered. */
  close(): Promise<void>
}

export interface UnitsOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly random: Random
  readonly patienceMs: number
  /** Called after every commit, with how many units shared it and how long it took. */
  onCommit(units: number, seconds: number): void
}

const MOST = 64
const MOST_MS = 10
/** How many units run in savepoints after one that could not be undone without its neighbours. */
const CAREFUL_UNITS = 1_000
/** Transactions that a unit shares with others before it runs alone. */
const MOST_SHARED = 2

interface Waiting {
  run(transaction: Transaction): Promise<Ending>
  reject(error: unknown): void
  /** On `clock.elapsed`. */
  readonly since: number
  /** How often it has run for nothing. */
  again: number
  /** It may run interleaved with others of its kind. */
  adds: boolean
}

interface Ending {
  /** Tells the caller; not before the commit. */
  answer(): void
  /** Why the unit was undone, where it was. */
  readonly failed?: { readonly error: unknown }
}

/** The units of one scope. */
interface Line {
  readonly scope: string
  readonly queue: Waiting[]
  running: boolean
  /** How many of the next units run in savepoints. */
  careful: number
}

export function createUnits(options: UnitsOptions): Units {
  const { pool, clock, random, patienceMs } = options
  const inserts = createInserts()
  const lines = new Map<string, Line>()
  /** Units that nobody has been told of yet. */
  let unanswered = 0
  let closing: PromiseWithResolvers<void> | undefined

  function answered(count: number): void {
    unanswered -= count
    if (unanswered === 0) closing?.resolve()
  }

  function start(line: Line): void {
    if (line.running || line.queue.length === 0) return
    line.running = true
    void drain(line)
  }
  async function drain(line: Line): Promise<void> {
    while (line.queue.length > 0) await runSome(line)
    line.running = false
    lines.delete(line.scope)
  }

  async function runSome(line: Line): Promise<void> {
    let connection: Connection
    try {
      connection = await pool.take()
    } catch (error) {
      await lost(line, line.queue.splice(0), error)
      return
    }
    const batch: Ran[] = []
    const error = await runBatch(connection, line, batch).then(
      () => undefined,
      (reason: unknown) => ({ reason }),
    )
    // Whoever takes the connection next begins anew; where nothing is open this is nothing.
    if (error !== undefined && connection.isOpen) connection.control('rollback').catch(() => undefined)
    pool.give(connection)
    if (error === undefined) {
      for (const { ending } of batch) ending?.answer()
      answered(batch.length)
      return
    }
    await lost(
      line,
      batch.map(({ one }) => one),
      error.reason,
    )
  }

  /** The transaction is gone, with all that was done in it: its units run again, or are refused where that cannot help. */
  async function lost(line: Line, units: readonly Waiting[], error: unknown): Promise<void> {
    const now = clock.elapsed()
    const passes = isConflict(error) || isDisconnected(error)
    // Of a deferred constraint: whose it is, only transactions of their own can tell.
    const apart = !passes && units.length > 1 && !isLocked(error)
    const again = units.filter(one => (passes && now - one.since < patienceMs) || apart)
    const refused = units.filter(one => !again.includes(one))
    for (const one of refused) one.reject(storeError(error, patienceMs))
    answered(refused.length)
    for (const one of again) {
      one.again = apart ? MOST_SHARED : one.again + 1
      one.adds = false
    }
    line.queue.unshift(...again)
    if (isDisconnected(error)) await beforeReconnecting(random)
  }

  /** Rejects where nothing of the batch is left. */
  function runBatch(connection: Connection, line: Line, batch: Ran[]): Promise<void> {
    const others = line.queue.findIndex(({ adds }) => !adds)
    const adding = line.queue.splice(0, Math.min(others === -1 ? line.queue.length : others, MOST))
    if (adding.length > 1) return runInterleaved(connection, line, adding, batch)
    line.queue.unshift(...adding)
    return runInTurn(connection, line, batch)
  }

  /** At once: the server has something to do while each makes up its next statement. Where one fails, all run again in turn. */
  async function runInterleaved(
    connection: Connection,
    line: Line,
    units: readonly Waiting[],
    batch: Ran[],
  ): Promise<void> {
    const transaction = begin(line, openTransaction(connection, inserts))
    batch.push(...units.map(one => ({ one, ending: undefined })))
    const endings = await Promise.all(units.map(one => one.run(transaction)))
    const failed = endings.find(({ failed }) => failed !== undefined)?.failed
    if (failed !== undefined && !transaction.isLost && transaction.failure === undefined) {
      for (const [i, ran] of batch.entries()) ran.ending = endings[i]
      await undone(connection, line, batch)
      return
    }
    if (transaction.isLost || transaction.failure !== undefined)
      throw transaction.failure ?? failed?.error ?? new Error('Connection terminated')
    for (const [i, ran] of batch.entries()) ran.ending = endings[i]
    await commit(connection, transaction, batch.length)
  }

  function begin(line: Line, transaction: Transaction): Transaction {
    const { text, values } = lockOf(line.scope)
    transaction.say('begin')
    transaction.say(text, values)
    return transaction
  }

  async function runInTurn(connection: Connection, line: Line, batch: Ran[]): Promise<void> {
    const transaction = begin(line, openTransaction(connection))
    const until = clock.elapsed() + MOST_MS
    const first = line.queue.shift()
    // Alone, it is undone with its transaction.
    const shares = first !== undefined && first.again < MOST_SHARED && line.queue.length > 0
    for (let one = first; one !== undefined; one = line.queue.shift()) {
      const ran: Ran = { one, ending: undefined }
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
   * foreign await, which would be done twice.
   */
  async function undone(connection: Connection, line: Line, batch: Ran[]): Promise<void> {
    const isKnown = ({ ending }: Ran): boolean =>
      batch.length === 1 || ending?.failed?.error instanceof ForeignAwait
    const known = batch.filter(isKnown)
    const again = batch.filter(ran => !known.includes(ran)).map(({ one }) => one)
    if (again.length > 0) line.careful = CAREFUL_UNITS
    for (const one of again) one.adds = false
    line.queue.unshift(...again)
    batch.splice(0, batch.length, ...known)
    await connection.control('rollback')
  }

  async function commit(connection: Connection, transaction: Transaction, units: number): Promise<void> {
    transaction.send()
    const begun = clock.elapsed()
    const id = await transaction.id
    try {
      const { command } = await connection.control('commit')
      // So it ends a transaction of which a statement has failed, without an error.
      if (command !== 'COMMIT')
        throw transaction.failure ?? new Error('the transaction had failed before its end')
    } catch (error) {
      if (id === undefined || !isDisconnected(error) || !(await hasCommitted(id))) throw error
    }
    if (id !== undefined) options.onCommit(units, (clock.elapsed() - begun) / 1_000)
  }

  /** Asks the server what became of a transaction whose end nobody has heard of. */
  async function hasCommitted(id: string): Promise<boolean> {
    const end = clock.elapsed() + OUTCOME_MS
    for (;;) {
      try {
        // All of the pool may be waiting for the same.
        const connection = await pool.makeApart()
        try {
          const { rows } = await connection.query(OUTCOME, [id])
          const outcome = rows[0]?.['outcome']
          if (outcome !== 'in progress') return outcome === 'committed'
        } finally {
          connection.close().catch(() => undefined)
        }
      } catch (error) {
        if (!isDisconnected(error)) throw error
      }
      if (clock.elapsed() > end) throw new StoreBusy(OUTCOME_MS)
      await beforeReconnecting(random)
    }
  }

  function enqueue<T>(work: (tx: Tx) => Promise<T>, scope: string, kind: UnitKind): Promise<T> {
    // A batch runs in the async context of whoever began it; each unit must see its own caller's.
    const caller = new AsyncResource('signalbox unit')
    return new Promise<T>((resolve, reject) => {
      const line = lines.get(scope) ?? { scope, queue: [], running: false, careful: 0 }
      lines.set(scope, line)
      line.queue.push({
        run: transaction =>
          caller
            .runInAsyncScope(() => runUnit(transaction, work))
            .then(
              value => ({ answer: () => resolve(value) }),
              (error: unknown) => ({
                answer: () => reject(storeError(error, patienceMs)),
                failed: { error },
              }),
            ),
        reject,
        since: clock.elapsed(),
        again: 0,
        adds: kind === 'adds',
      })
      unanswered++
      // What is asked for in the same turn shares the transaction.
      setImmediate(() => start(line))
    })
  }
  return {
    run: (work, scope, kind) =>
      closing === undefined ? enqueue(work, scope, kind) : Promise.reject(new StoreClosed()),
    close() {
      closing ??= Promise.withResolvers<void>()
      if (unanswered === 0) closing.resolve()
      return closing.promise
    },
  }
}

interface Ran {
  readonly one: Waiting
  ending: Ending | undefined
}

/** A server that restarts is asked again for as long. */
const OUTCOME_MS = 60_000
