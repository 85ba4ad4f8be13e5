import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { UnfitConnection } from '../errors.ts'
import type { OwnConnection, Row, SyncTx } from '../port.ts'
import { isReadOnly } from './failure.ts'

/**
 * The transaction that the application's connection is in.
 *
 * @param file of the store.
 */
export function ownTx(connection: OwnConnection, file: string): SyncTx {
  // Two copies of SQLite in one process do not see each other's locks, since those of POSIX belong to processes, and each
  // overwrites what the other commits (https://sqlite.org/howtocorrupt.html §2.2.1).
  if (!(connection instanceof DatabaseSync)) {
    throw new UnfitConnection(
      'is no connection of node:sqlite',
      'Use its DatabaseSync: another copy of SQLite in this process would lose what is committed',
    )
  }
  // Outside of a transaction the statement would commit by itself, and the application's next one could still fail.
  if (!inTransaction(connection)) {
    throw new UnfitConnection(
      'is a connection that has begun no transaction',
      'Begin one, write, emit, then commit; or emit alone with app.unit(account, ({ emit }) => …)',
    )
  }
  const theirs = fileOf(connection)
  if (!isSameFile(theirs, file)) {
    const name = theirs === '' ? 'a database in memory' : `'${theirs}'`
    throw new UnfitConnection(`is a connection to ${name}`, `Open '${file}', where the events are`)
  }
  return {
    answers: 'at once',
    insert(table, row) {
      try {
        connection.prepare(insertion(table, row)).run(...Object.values(row))
      } catch (error) {
        throw isReadOnly(error) ? readOnly() : error
      }
    },
    get isOpen() {
      return inTransaction(connection)
    },
  }
}

function insertion(table: string, row: Row): string {
  const columns = Object.keys(row)
  return `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
}

const readOnly = (): Error => new UnfitConnection('is a connection that may only read', 'Open it for writing')

/** A closed connection does not say that it is in none, but throws. */
function inTransaction(connection: DatabaseSync): boolean {
  try {
    return connection.isTransaction
  } catch {
    return false
  }
}

/** Empty for one in memory. Names without a schema are looked up there, before what is attached. */
function fileOf(connection: DatabaseSync): string {
  const row = connection.prepare("select file from pragma_database_list where name = 'main'").get()
  // A connection may be set to answer rows as arrays.
  const [file] = Object.values(row as object) as unknown[]
  return typeof file === 'string' ? file : ''
}

/** One file has several names, by links and relative paths. */
function isSameFile(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [one, other].map(file => statSync(file, { bigint: true, throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}
