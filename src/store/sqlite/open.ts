import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Connection, connect } from './connection.ts'
import { isNotADatabase, isUnwritable } from './failure.ts'
import { type Patience, patiently } from './patience.ts'

/** An open database in WAL mode. */
export interface Opened {
  readonly writer: Connection
  readonly reader: Connection
  /** Of the write-ahead log. */
  readonly walFd: number
  readonly pageBytes: number
}

/**
 * Opens the file, or makes it and its folder.
 *
 * @param file an absolute path.
 * @param walBytes what the log is cut back to when it starts over.
 * @throws Error that names the file, what is wrong with it, and the mend.
 */
export async function open(file: string, walBytes: number, patience: Patience): Promise<Opened> {
  const connections: Connection[] = []
  const use = (access: 'read' | 'write'): Connection => {
    const connection = connect(file, access)
    connections.push(connection)
    return connection
  }
  try {
    mkdirSync(dirname(file), { recursive: true })
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
    const writer = use('write')
    await patiently(() => prepareWriter(writer, walBytes), patience)
    const reader = use('read')
    const walFd = openLog(file)
    syncFolder(dirname(file))
    return { writer, reader, walFd, pageBytes: Number(writer.control('pragma page_size')?.['page_size']) }
  } catch (error) {
    for (const connection of connections) connection.close()
    throw explain(file, error)
  }
}

/** May run again where a lock was in the way. */
function prepareWriter(writer: Connection, walBytes: number): void {
  const mode = writer.control('pragma journal_mode = wal')?.['journal_mode']
  if (mode !== 'wal') throw new NoWal()
  // The store syncs the log itself (`flusher.ts`), and copies it in a worker (`checkpointer.ts`).
  writer.control('pragma synchronous = normal')
  writer.control('pragma wal_autocheckpoint = 0')
  // A savepoint keeps the pages that it would undo. Beyond 64 KiB in one transaction SQLite writes them to a temporary
  // file, two calls a page: more of them than the commit itself makes.
  writer.control('pragma temp_store = memory')
  // When the log starts over, what it had grown beyond this is cut off: its file's size tells how long it is.
  writer.control(`pragma journal_size_limit = ${walBytes}`)
  // The first look at the database makes the log's file.
  writer.control('select count(*) from sqlite_schema')
}

/**
 * The log stays this file for as long as the writer is open: SQLite deletes it only with an exclusive lock on
 * the database, and every connection in WAL mode holds a shared one. SQLite takes no locks on the log itself,
 * so closing this descriptor drops none (POSIX drops all that a process has on a file when it closes any
 * descriptor of it).
 */
const openLog = (file: string): number => openSync(`${file}-wal`, 'r+')

/**
 * A new file can be lost with its name, whatever was synced in it. Windows has no such call and no such need.
 */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

class NoWal extends Error {}

function explain(file: string, error: unknown): Error {
  const [wrong, mend] = reasons(error)
  return new Error(`cannot use '${file}' as the database: ${wrong}. ${mend}.`, { cause: error })
}

function reasons(error: unknown): readonly [wrong: string, mend: string] {
  if (isNotADatabase(error)) {
    return ['it is another kind of file, or encrypted', 'Name another file, or move this one away']
  }
  if (error instanceof NoWal) {
    return ['its file system has no shared memory for a write-ahead log', 'Put it on a local disk']
  }
  const said = error instanceof Error ? error.message : String(error)
  if (isUnwritable(error) || (error instanceof Error && 'syscall' in error)) {
    return [said, 'Give this process the right to write the file and its folder, or name another']
  }
  return [said, 'Mend that, or name another file']
}
