import type { Insert } from '../insert.ts'
import type { Value } from '../port.ts'
import type { Connection, Result } from './connection.ts'
import type { Inserts } from './inserts.ts'

/** One transaction on one connection. What is said and asked is sent at once, and answered in order. */
export interface Transaction {
  query(text: string, values: readonly Value[]): Promise<Result>
  /** A change that is not waited for: where it fails, all of the transaction does. */
  write(text: string, values: readonly Value[]): void
  /** Adds a row: it is sent before whatever is asked or said next, with others of its table. */
  add(insert: Insert, values: readonly Value[]): void
  /** Sends the rows that were added. */
  send(): void
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

/** Characters of the rows that are held before they are sent: those of 64 usual ones are fewer. */
const MOST_HELD = 2 ** 20

/** @param inserts of the store, where several units run in it at once. */
export function openTransaction(connection: Connection, inserts?: Inserts): Transaction {
  let cursors = 0
  let marks = 0
  let id: Promise<string> | undefined
  let failure: unknown
  /** Rows that are yet to be sent: those first of whose kind the first was added first. */
  let added = new Map<Insert, (readonly Value[])[]>()
  let held = 0
  const failed = (error: unknown): void => {
    failure ??= error
  }
  function query(text: string, values: readonly Value[]): Promise<Result> {
    if (added.size > 0) send()
    return ask(text, values)
  }
  function ask(text: string, values: readonly Value[]): Promise<Result> {
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
  const change = (text: string, values: readonly Value[]): Promise<Result> => {
    const asked = ask(text, values)
    asked.catch(failed)
    return asked
  }
  function send(): void {
    const rows = added
    added = new Map()
    held = 0
    for (const [insert, values] of rows) inserts?.send(insert, values, change)
  }
  return {
    query,
    write(text, values) {
      query(text, values).catch(failed)
    },
    add(insert, values) {
      const rows = added.get(insert)
      if (rows === undefined) added.set(insert, [values])
      else rows.push(values)
      for (const value of values) held += typeof value === 'string' ? value.length : 0
      if (held > MOST_HELD) send()
    },
    send,
    say(text, values) {
      if (added.size > 0) send()
      const said = values === undefined ? connection.control(text) : connection.query(text, values)
      said.catch(failed)
    },
    get id() {
      return id
    },
    get marks() {
      return marks
    },
    interleaved: inserts !== undefined,
    nextCursor: () => `rows_${++cursors}`,
    get isLost() {
      return !connection.isOpen
    },
    get failure() {
      return failure
    },
  }
}
