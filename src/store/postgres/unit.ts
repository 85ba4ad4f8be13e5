import { UnitOver } from '../errors.ts'
import type { Row, Tx, Value } from '../port.ts'
import type { Result } from './connection.ts'
import { constraintViolated } from './constraint.ts'
import { isAftermath } from './failure.ts'
import type { Transaction } from './transaction.ts'
import { watchAwaits } from './watch-await.ts'

/**
 * Runs one unit of work in the open transaction: when this resolves, all of it is in there. When it rejects, what it changed is
 * still there, and it is for the caller to undo it.
 */
export async function runUnit<T>(transaction: Transaction, work: (tx: Tx) => Promise<T>): Promise<T> {
  let scope: Scope | undefined
  try {
    const { done } = watchAwaits<T>(async during => {
      scope = createScope(transaction, during)
      return work(scope.tx)
    })
    const value = await done
    scope?.assertWhole()
    return value
  } catch (error) {
    // Whatever the work made of it: without the statement that failed, it is not the unit that was asked for.
    throw scope?.broken ?? error
  } finally {
    scope?.end()
  }
}

/** What an interleaved unit asks for cannot be had beside others. */
class NeedsToBeAlone extends Error {}

interface Scope {
  readonly tx: Tx
  /** Why nothing can follow in this unit. */
  readonly broken: unknown
  /** @throws where the work has ended with something unfinished or broken in it. */
  assertWhole(): void
  /** No statement is taken any more. */
  end(): void
}

/** Rows that `until` asks for at once, from few to many: nobody knows how soon it is enough. */
const FIRST_ROWS = 4
const MOST_ROWS = 64

function createScope(transaction: Transaction, during: <R>(statement: Promise<R>) => Promise<R>): Scope {
  let over = false
  let depth = 0
  let underWay = 0
  let broken: unknown
  /** What failed first, since the last savepoint that is still there: PostgreSQL refuses all that follows. */
  let failed: unknown
  /** Changes that the innermost nested work does not wait for, and that it cannot end without. */
  let pending: Promise<Result>[] = []

  function assertUsable(): void {
    if (over) throw new UnitOver()
    if (broken !== undefined) throw broken
  }
  async function statement<T>(ask: () => Promise<T>): Promise<T> {
    assertUsable()
    underWay++
    try {
      return await during(ask())
    } finally {
      underWay--
    }
  }
  async function query(text: string, values: readonly Value[]): Promise<Result> {
    try {
      return await transaction.query(text, values)
    } catch (error) {
      if (transaction.isLost) broken ??= error
      // What has failed may have been of another unit, that runs beside this one.
      if (isAftermath(error)) throw failed === undefined ? error : aftermath(failed)
      failed ??= error
      throw constraintViolated(error) ?? error
    }
  }
  async function nested<T>(work: () => Promise<T>): Promise<T> {
    assertUsable()
    // Savepoints are a stack of the transaction's: it runs again, alone.
    if (transaction.interleaved) {
      broken = new NeedsToBeAlone()
      throw broken
    }
    const level = ++depth
    const name = `level_${level}`
    const before = failed
    const outer = pending
    pending = []
    transaction.say(`savepoint ${name}`)
    try {
      const value = await work()
      if (pending.length > 0) await statement(() => Promise.all(pending))
      // It may not have minded that a statement of it has failed.
      if (failed !== before) throw aftermath(failed)
      leave(level)
      transaction.say(`release ${name}`)
      return value
    } catch (error) {
      leave(level)
      transaction.say(`rollback to ${name}`)
      transaction.say(`release ${name}`)
      failed = before
      throw error
    } finally {
      pending = outer
    }
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
  async function until(
    enough: (row: Row) => boolean,
    text: string,
    values: readonly Value[],
  ): Promise<Row[]> {
    const cursor = transaction.nextCursor()
    const found: Row[] = []
    await query(`declare ${cursor} no scroll cursor for ${text}`, values)
    try {
      for (let size = FIRST_ROWS; ; size = Math.min(size * 2, MOST_ROWS)) {
        const { rows } = await query(`fetch ${size} from ${cursor}`, [])
        for (const row of rows) {
          found.push(row)
          if (enough(row)) return found
        }
        if (rows.length < size) return found
      }
    } finally {
      transaction.say(`close ${cursor}`)
    }
  }
  function write(text: string, values: readonly Value[]): void {
    assertUsable()
    if (depth === 0) transaction.write(text, values)
    else pending.push(handled(query(text, values)))
  }
  return {
    tx: {
      concurrent: true,
      get: (text, ...values) => statement(async () => (await query(text, values)).rows[0]),
      all: (text, ...values) => statement(async () => (await query(text, values)).rows),
      run: (text, ...values) => statement(async () => (await query(text, values)).count),
      until: (enough, text, ...values) => statement(() => until(enough, text, values)),
      write: (text, ...values) => write(text, values),
      add(insert, ...values) {
        // Units that are interleaved nest nothing.
        if (!transaction.interleaved) return write(insert.one, values)
        assertUsable()
        transaction.add(insert, values)
      },
      nested,
    },
    get broken() {
      return broken
    },
    assertWhole() {
      assertUsable()
      if (depth > 0 || underWay > 0) throw new UnitOver()
      if (failed !== undefined) throw aftermath(failed)
    },
    end() {
      over = true
    },
  }
}

/** Whoever waits for it hears of its failure. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

const aftermath = (cause: unknown): unknown =>
  new Error(
    'a statement of this unit has failed, so all of it is undone: do what may fail alone within nested()',
    { cause },
  )
