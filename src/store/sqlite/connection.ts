import { DatabaseSync, type Session, type StatementSync } from 'node:sqlite'
import { keepRecent } from '../../base/index.ts'
import type { Row, Value } from '../port.ts'
import { storeError } from './failure.ts'
import { type StatementText, statementText } from './statement-text.ts'

/** One connection. Every answer comes at once; nothing here waits, not even for a lock. */
export interface Connection {
  get(text: string, values: Value[]): Row | undefined
  all(text: string, values: Value[]): Row[]
  until(enough: (row: Row) => boolean, text: string, values: Value[]): Row[]
  /** Answers the number of rows changed. */
  run(text: string, values: Value[]): number
  /** Runs SQL of the store's own: the limits of `statementText` do not hold for it. */
  control(sql: string): Row | undefined
  /** How many statements it has run, those of `control` left out. */
  readonly statements: number
  /** How many of these may have changed something. */
  readonly writes: number
  readonly inTransaction: boolean
  /**
   * Whether this connection has changed a row of the table, which has a primary key, since this was last asked: by a trigger
   * or a cascade too. True when it is asked for the first time.
   */
  hasChanged(table: string): boolean
  close(): void
}

interface Prepared extends StatementText {
  readonly statement: StatementSync
}

/** Statements kept prepared per connection, at least; at most twice as many. */
const KEPT = 256

/** @param file an absolute path, so that SQLite does not take it for a URI. */
export function connect(file: string, access: 'read' | 'write'): Connection {
  // timeout 0: SQLite waits for a lock by sleeping. That would stop the event loop, and deadlock it where the
  // lock belongs to another connection of this process.
  const db = new DatabaseSync(file, {
    timeout: 0,
    readOnly: access === 'read',
    enableForeignKeyConstraints: true,
  })
  const prepared = keepRecent(KEPT, text => {
    const plan = statementText(text)
    return { ...plan, statement: db.prepare(plan.sql) }
  })
  const controls = keepRecent(KEPT, sql => db.prepare(sql))
  /** SQLite's own record of changed rows (https://sqlite.org/sessionintro.html). */
  const sessions = new Map<string, Session>()
  let statements = 0
  let writes = 0

  function use<T>(text: string, values: Value[], act: (prepared: Prepared) => T): T {
    statements++
    try {
      const found = prepared(text)
      if (!found.isRead) writes++
      // SQLite would take a missing value for null.
      if (found.values !== values.length) {
        throw new Error(`the statement takes ${found.values} values and was given ${values.length}: ${text}`)
      }
      return act(found)
    } catch (error) {
      throw storeError(error)
    }
  }
  return {
    get: (text, values) => use(text, values, ({ statement }) => statement.get(...values)),
    all: (text, values) => use(text, values, ({ statement }) => statement.all(...values)),
    until: (enough, text, values) =>
      use(text, values, ({ statement }) => {
        const rows: Row[] = []
        for (const row of statement.iterate(...values)) {
          rows.push(row)
          if (enough(row)) break
        }
        return rows
      }),
    run: (text, values) =>
      use(text, values, ({ statement, changesRows }) => {
        const { changes } = statement.run(...values)
        return changesRows ? Number(changes) : 0
      }),
    control: sql => controls(sql).get(),
    get statements() {
      return statements
    },
    get writes() {
      return writes
    },
    get inTransaction() {
      return db.isTransaction
    },
    hasChanged(table) {
      const session = sessions.get(table)
      if (session !== undefined && isEmpty(session)) return false
      session?.close()
      sessions.set(table, db.createSession({ table }))
      return true
    },
    close: () => db.close(),
  }
}

function isEmpty(session: Session): boolean {
  try {
    return session.changeset().length === 0
  } catch {
    // Another connection has the lock, or the table is no longer what it was.
    return false
  }
}
