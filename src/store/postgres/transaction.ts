import type { Value } from '../port.ts'
import type { Connection, Result } from './connection.ts'

/** One transaction on one connection. What is said and asked is sent at once, and answered in order. */
export interface Transaction {
  query(text: string, values: readonly Value[]): Promise<Result>
  /** A change that is not waited for: where it fails, all of the transaction does. */
  write(text: string, values: readonly Value[]): void
  /** Said without waiting: where it fails, what follows fails too. */
  say(text: string, values?: readonly Value[]): void
  /** What the transaction is called once it has changed something (pg_current_xact_id); undefined before. */
  readonly id: Promise<string> | undefined
  readonly isLost: boolean
  /** Grows with each statement that may have changed something, and each that has failed: what cannot be undone without a savepoint. */
  readonly marks: number
  /** Whether several units run in it at once, so that none of them can be undone alone. */
  readonly interleaved: boolean
  /** A name for a cursor that no other in it has. */
  nextCursor(): string
  /** The first that was said and has failed, once it is known. */
  readonly failure: unknown
}

/** What became of the transaction $1 is: `in progress`, `committed`, `aborted`; null where it was long ago. */
export const OUTCOME = 'select pg_xact_status($1::xid8) as outcome'
const ID = 'select pg_current_xact_id()::text as id'
const isRead = (text: string): boolean => /^\s*(?:select|fetch|declare)\b/i.test(text)

export function openTransaction(connection: Connection, interleaved = false): Transaction {
  let cursors = 0
  let marks = 0
  let id: Promise<string> | undefined
  let failure: unknown
  const failed = (error: unknown): void => {
    failure ??= error
  }
  function query(text: string, values: readonly Value[]): Promise<Result> {
    const reads = isRead(text)
    if (!reads) marks++
    if (id === undefined && !reads) {
      // Before the first change, whose answer comes behind it: so it is known whenever there is something to lose.
      id = connection.control(ID).then(({ rows }) => String(rows[0]?.['id']))
      id.catch(() => undefined)
    }
    const asked = connection.query(text, values)
    asked.catch(() => {
      marks++
    })
    return asked
  }
  return {
    query,
    write(text, values) {
      query(text, values).catch(failed)
    },
    say(text, values) {
      const said = values === undefined ? connection.control(text) : connection.query(text, values)
      said.catch(failed)
    },
    get id() {
      return id
    },
    get marks() {
      return marks
    },
    interleaved,
    nextCursor: () => `rows_${++cursors}`,
    get isLost() {
      return !connection.isOpen
    },
    get failure() {
      return failure
    },
  }
}
