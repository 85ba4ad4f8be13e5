import { AsyncResource } from 'node:async_hooks'
import type { Clock, Random } from '../../base/index.ts'
import { ForeignAwait, StoreBusy, StoreClosed, StoreFull } from '../errors.ts'
import type { Tx } from '../port.ts'
import type { Connection } from './connection.ts'
import { isBusy, isConstraint, storeError } from './failure.ts'
import type { Flusher } from './flusher.ts'
import { retryDelay } from './patience.ts'
import { beginTurn, type Turn } from './turn.ts'
import { runUnit, type Sharing } from './unit.ts'

/**
 * The queue of units and the commits that they share.
 *
 * 1. There is one writer, and units run one after another.
 * 2. A batch is one transaction, and runs inside one turn of the event loop (`turn.ts`): up to `BATCH_UNITS`
 *    units or `BATCH_MS`, then a commit, then everybody else's turn.
 * 3. Nobody hears of a unit in a commit, not even of its failure, before a flush that began after the commit has
 *    returned. Meanwhile the next batch runs. A batch without a single statement needs no flush.
 * 4. What ends a whole transaction must not reach the neighbours of the unit that caused it: they run again.
 * 5. Units run bare, that is without savepoints, for as long as none fails that has changed something. Where one does, the
 *    transaction is rolled back, and all of the batch run again, each in a savepoint of its own, as do the units
 *    of some time after them: where failing is usual, it costs no more than its savepoint.
 */
export interface Units {
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Looks at the queue again, after `mayWrite` has turned true. */
  resume(): void
  /** Takes no more units; resolves when all have been answered. */
  close(): Promise<void>
}

export interface UnitsOptions {
  readonly connection: Connection
  readonly flusher: Flusher
  readonly clock: Clock
  readonly random: Random
  readonly patienceMs: number
  /** Whether a batch may begin now. */
  mayWrite(): boolean
  /** Called after every commit, with how many units shared it. */
  onCommit(units: number): void
}

const BATCH_UNITS = 256
const BATCH_MS = 4
/** How many units run in savepoints after one that could not be undone without its neighbours. */
const CAREFUL_UNITS = 1_000

interface Waiting {
  run(turn: Turn, sharing: Sharing): Promise<Ending>
  reject(error: unknown): void
  /** On `clock.elapsed`. */
  readonly since: number
  /** Shares no commit, because one that it shared has failed. */
  alone: boolean
}

interface Ending {
  /** Tells the caller; not before the flush. */
  answer(): void
  /** Why the unit was undone, where it was. */
  readonly failed?: { readonly error: unknown }
}

interface Ran extends Ending {
  readonly one: Waiting
  /** It has failed, after it had changed something. */
  readonly failedLate: boolean
  readonly sharing: Sharing
}

export function createUnits(options: UnitsOptions): Units {
  const { connection, flusher, clock, random, patienceMs } = options
  const queue: Waiting[] = []
  /** Units that nobody has been told of yet. */
  let unanswered = 0
  let scheduled = false
  /** How many of the next units run in savepoints. */
  let careful = 0
  let closing: PromiseWithResolvers<void> | undefined

  function schedule(): void {
    if (scheduled || queue.length === 0 || !options.mayWrite()) return
    scheduled = true
    setImmediate(() => queueMicrotask(() => void drain()))
  }
  function rest(): void {
    scheduled = false
    schedule()
  }
  function answered(count: number): void {
    unanswered -= count
    if (unanswered === 0) closing?.resolve()
  }
  function refuse(waiting: readonly Waiting[], error: unknown): void {
    for (const one of waiting) one.reject(error)
    answered(waiting.length)
  }

  async function drain(): Promise<void> {
    // It was true when this was scheduled.
    if (!options.mayWrite()) {
      rest()
      return
    }
    try {
      connection.control('begin immediate')
    } catch (error) {
      if (isBusy(error)) waitForLock()
      else {
        refuse(queue.splice(0), storeError(error))
        rest()
      }
      return
    }
    const before = connection.statements
    const batch = await runBatch()
    finish(batch, connection.statements > before)
    rest()
  }

  function waitForLock(): void {
    const now = clock.elapsed()
    // The queue is in the order of arrival, but for units that run again; those came first.
    const patient = queue.findIndex(one => now - one.since < patienceMs)
    const refused = queue.splice(0, patient === -1 ? queue.length : patient)
    refuse(refused, new StoreBusy(patienceMs))
    if (queue.length === 0) rest()
    else setTimeout(() => queueMicrotask(() => void drain()), retryDelay(random))
  }

  async function runBatch(): Promise<Ran[]> {
    const batch: Ran[] = []
    const until = clock.elapsed() + BATCH_MS
    const turn = beginTurn()
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const ran = await runOne(one, turn)
      batch.push(ran)
      // Without a transaction the next statement would commit by itself.
      if (!connection.inTransaction || mustRollBack(ran)) break
      if (batch.length >= BATCH_UNITS || clock.elapsed() >= until) break
      if (one.alone || queue[0]?.alone) break
    }
    turn.end()
    return batch
  }

  async function runOne(one: Waiting, turn: Turn): Promise<Ran> {
    const sharing = careful === 0 ? 'bare' : 'savepoint'
    const { writes } = connection
    const ending = await one.run(turn, sharing)
    const failedLate = ending.failed !== undefined && connection.writes > writes
    if (failedLate) careful = CAREFUL_UNITS
    else if (careful > 0) careful--
    return { one, ...ending, failedLate, sharing }
  }

  function finish(batch: readonly Ran[], asked: boolean): void {
    if (!connection.inTransaction) {
      lost(batch)
      return
    }
    if (batch.some(mustRollBack)) {
      startOver(batch)
      return
    }
    try {
      connection.control('commit')
    } catch (error) {
      if (connection.inTransaction) connection.control('rollback')
      const waiting = batch.map(({ one }) => one)
      // A deferred foreign key: whose, only separate commits can tell.
      if (isConstraint(error) && waiting.length > 1) runAgain(waiting, true)
      else refuse(waiting, storeError(error))
      return
    }
    // Units that asked nothing of the database have changed nothing, and have seen nothing that a power cut could undo.
    if (!asked) {
      answer(batch)
      return
    }
    options.onCommit(batch.length)
    void flusher.flush().then(() => answer(batch))
  }

  function answer(batch: readonly Ran[]): void {
    for (const one of batch) one.answer()
    answered(batch.length)
  }

  /** SQLite has ended the transaction in the midst of the last unit. */
  function lost(batch: readonly Ran[]): void {
    const culprit = batch.at(-1)
    if (culprit === undefined) return
    const neighbours = batch.slice(0, -1).map(({ one }) => one)
    const error = culprit.failed?.error
    refuse([culprit.one], error)
    if (error instanceof StoreFull) refuse(neighbours, error)
    else runAgain(neighbours, false)
  }
  /**
   * The last unit has failed, and takes the others' changes along. It runs again with them, since what it has failed for may
   * be something that they changed; not where it ran first, nor where its foreign await would be done twice.
   */
  function startOver(batch: readonly Ran[]): void {
    connection.control('rollback')
    const culprit = batch.slice(-1)
    const isKnown = batch.length === 1 || culprit.some(({ failed }) => failed?.error instanceof ForeignAwait)
    const again = isKnown ? batch.slice(0, -1) : batch
    runAgain(
      again.map(({ one }) => one),
      false,
    )
    if (isKnown) void flusher.flush().then(() => answer(culprit))
  }
  function runAgain(waiting: readonly Waiting[], alone: boolean): void {
    for (const one of waiting) one.alone ||= alone
    queue.unshift(...waiting)
  }

  function enqueue<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    // A batch runs in the async context of whoever began it; each unit must see its own caller's.
    const caller = new AsyncResource('signalbox unit')
    return new Promise<T>((resolve, reject) => {
      queue.push({
        run: (turn, sharing) =>
          caller
            .runInAsyncScope(() => runUnit(connection, turn, work, sharing))
            .then(
              value => ({ answer: () => resolve(value) }),
              (error: unknown) => ({ answer: () => reject(error), failed: { error } }),
            ),
        reject,
        since: clock.elapsed(),
        alone: false,
      })
      unanswered++
      schedule()
    })
  }
  return {
    run: work => (closing === undefined ? enqueue(work) : Promise.reject(new StoreClosed())),
    resume: schedule,
    close() {
      closing ??= Promise.withResolvers<void>()
      if (unanswered === 0) closing.resolve()
      return closing.promise
    },
  }
}

const mustRollBack = ({ failedLate, sharing }: Ran): boolean => failedLate && sharing === 'bare'
