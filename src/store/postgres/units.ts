import { AsyncResource } from 'node:async_hooks'
import type { Clock, Random } from '../../base/index.ts'
import { StoreClosed } from '../errors.ts'
import type { Tx, UnitKind } from '../port.ts'
import { createCommit } from './commit.ts'
import type { Connection } from './connection.ts'
import { isConflict, isDisconnected, isLocked, storeError } from './failure.ts'
import { giveBack } from './give-back.ts'
import { createInserts } from './inserts.ts'
import { APART_UNITS, createLine, type Line, mayShare, type Ran, type Waiting } from './lines.ts'
import type { Pool } from './pool.ts'
import { beforeReconnecting } from './reconnect.ts'
import { createSharing } from './shared.ts'
import { createTurns, MOST_SHARED } from './turns.ts'
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
 * 5. Those of several scopes share a transaction, which locks all of these in one order. Where it fails, or waits for a lock of
 *    somebody's, each scope runs its own again as if there had been no such transaction.
 * 6. A unit runs again where its transaction is lost before it has committed, by a conflict or with its connection. Where the
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

/** Lines without units that are remembered because a unit of theirs has failed, at most. */
const MOST_LINES = 10_000

export function createUnits(options: UnitsOptions): Units {
  const { pool, clock, random, patienceMs } = options
  const inserts = createInserts()
  const commit = createCommit(options)
  const runBatch = createTurns({ clock, inserts, commit })
  const sharing = createSharing({ pool, random, inserts, commit, answer, end })
  const lines = new Map<string, Line>()
  /** Lines in which something was asked for in this turn. */
  const coming = new Set<Line>()
  /** Units that nobody has been told of yet. */
  let unanswered = 0
  let closing: PromiseWithResolvers<void> | undefined

  function answer(batch: readonly Ran[]): void {
    for (const { ending } of batch) ending?.answer()
    answered(batch.length)
  }
  function answered(count: number): void {
    unanswered -= count
    if (unanswered === 0) closing?.resolve()
  }

  function startComing(): void {
    for (const line of coming) start(line)
    coming.clear()
  }
  function start(line: Line): void {
    if (line.running || line.queue.length === 0) return
    if (mayShare(line)) sharing.add(line)
    else {
      line.running = true
      void drain(line)
    }
  }
  /** The line is free, for what has come meanwhile. */
  function end(line: Line): void {
    line.running = false
    if (line.queue.length > 0) start(line)
    else if (line.apart === 0 || lines.size > MOST_LINES) lines.delete(line.scope)
  }
  async function drain(line: Line): Promise<void> {
    do await runSome(line)
    while (line.queue.length > 0 && !mayShare(line))
    end(line)
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
    const failed = await giveBack(pool, connection, runBatch(connection, line, batch))
    line.apart = Math.max(0, line.apart - batch.length)
    if (failed === undefined) answer(batch)
    else
      await lost(
        line,
        batch.map(({ one }) => one),
        failed.reason,
      )
  }

  /** The transaction is gone, with all that was done in it: its units run again, or are refused where that cannot help. */
  async function lost(line: Line, units: readonly Waiting[], error: unknown): Promise<void> {
    const now = clock.elapsed()
    const passes = isConflict(error) || isDisconnected(error)
    if (!passes && !isLocked(error)) line.apart = APART_UNITS
    // Of a deferred constraint: whose it is, only transactions of their own can tell.
    const alone = !passes && units.length > 1 && !isLocked(error)
    const again = units.filter(one => (passes && now - one.since < patienceMs) || alone)
    const refused = units.filter(one => !again.includes(one))
    for (const one of refused) one.reject(storeError(error, patienceMs))
    answered(refused.length)
    for (const one of again) {
      one.again = alone ? MOST_SHARED : one.again + 1
      one.adds = false
    }
    line.queue.unshift(...again)
    if (isDisconnected(error)) await beforeReconnecting(random)
  }

  function enqueue<T>(work: (tx: Tx) => Promise<T>, scope: string, kind: UnitKind): Promise<T> {
    // A batch runs in the async context of whoever began it; each unit must see its own caller's.
    const caller = new AsyncResource('signalbox unit')
    return new Promise<T>((resolve, reject) => {
      const line = lines.get(scope) ?? createLine(scope)
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
        keyed: kind === 'keyed',
      })
      unanswered++
      // What is asked for in the same turn shares the transaction.
      if (coming.size === 0) setImmediate(startComing)
      coming.add(line)
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
