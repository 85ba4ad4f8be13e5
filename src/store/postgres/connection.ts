import pg from 'pg'
import type { Row, Value } from '../port.ts'
import { nameOf } from './statement.ts'
import { types } from './types.ts'

export interface Result {
  readonly rows: Row[]
  /** Changed rows; 0 for what changes none. */
  readonly count: number
  /** What was done: `COMMIT`, or `ROLLBACK` where a commit found a transaction that had failed. */
  readonly command: string
}

/** One connection, on which statements are sent as they are asked for: none waits for the answer to the one before. */
export interface Connection {
  /** Rejects with the driver's error. */
  query(text: string, values: readonly Value[]): Promise<Result>
  /** What is said to the session itself: begin, commit, savepoints. */
  control(text: string): Promise<Result>
  /** False once it is lost. */
  readonly isOpen: boolean
  /** Called once when it is lost, by whomever. */
  onLost: (() => void) | undefined
  /** Called for each notification. */
  onNotice: ((channel: string, payload: string) => void) | undefined
  /** Waits for what was asked, then ends. */
  close(): Promise<void>
}

export interface ConnectionOptions {
  readonly url: string
  /** Seen in pg_stat_activity. */
  readonly name: string
  /** How long a statement waits for a lock. */
  readonly lockMs: number
  /** How long a transaction may stand still: a process that was stopped must not hold up the others. */
  readonly idleMs: number
  /** Of each statement: beyond it the connection is taken for dead. */
  readonly answerMs: number
  /** Whether nothing can be changed by it. */
  readonly readOnly?: boolean
}

/** How long a connection may take to be made. */
const CONNECT_MS = 5_000

/** Opens a connection, with Signalbox's schema behind the application's in its search path. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { url, name, lockMs, idleMs, answerMs } = options
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    query_timeout: answerMs,
    pipeline: true,
    types,
  })
  let isOpen = true
  let gathering = false
  /** What is asked in one turn goes to the server in one piece: as much costs one write as ten. */
  function gather(): void {
    if (gathering) return
    gathering = true
    const { stream } = client.connection
    stream.cork()
    process.nextTick(() => {
      gathering = false
      stream.uncork()
    })
  }
  /** A query that is made here is one that the driver need not copy. What is refused before it is sent rejects as well. */
  const ask = (text: string, values?: readonly Value[]): Promise<Result> =>
    new Promise((resolve, reject) => {
      const how = values === undefined ? {} : howOf(text)
      gather()
      const query = new pg.Query(text, values as Value[], (error, result) =>
        error ? reject(error) : resolve(resultOf(result)),
      )
      client.query(Object.assign(query, how))
    })
  const connection: Connection = {
    query: ask,
    control: text => ask(text),
    get isOpen() {
      return isOpen
    },
    onLost: undefined,
    onNotice: undefined,
    async close() {
      isOpen = false
      connection.onLost = undefined
      await client.end()
    },
  }
  const lost = (): void => {
    if (!isOpen) return
    isOpen = false
    connection.onLost?.()
  }
  client.on('error', lost)
  client.on('end', lost)
  client.on('notification', ({ channel, payload = '' }) => connection.onNotice?.(channel, payload))
  await client.connect()
  const timeouts = `set lock_timeout = ${lockMs}; set idle_in_transaction_session_timeout = ${idleMs}; `
  await client.query(timeouts + SESSION + (options.readOnly === true ? READ_ONLY : ''))
  return connection
}

/** Without a name, and even so one statement only: by the simple protocol several would be run. */
const EXTENDED = { queryMode: 'extended' } as const

function howOf(text: string): object {
  const name = nameOf(text)
  return name === undefined ? EXTENDED : { name }
}

/**
 * Said once connected: PgBouncer refuses most parameters of a start. Times are read in UTC, numbers with all of their digits.
 * The application's tables are looked for first.
 */
const SESSION = `set time zone 'UTC'; set extra_float_digits = 1; set client_min_messages = warning;
  select set_config('search_path', current_setting('search_path') || ', signalbox', false)`

const READ_ONLY = '; set default_transaction_read_only = on'

const resultOf = ({ rows, rowCount, command }: pg.QueryResult): Result => ({
  rows: rows as Row[],
  count: command === 'SELECT' ? 0 : (rowCount ?? 0),
  command,
})
