import type { Clock, Random } from '../../base/index.ts'
import { StoreBusy, StoreClosed } from '../errors.ts'
import type { OpenReader, Row, Value } from '../port.ts'
import { type Connection, type ConnectionOptions, connect } from './connection.ts'
import { isDisconnected, storeError } from './failure.ts'
import type { Pool } from './pool.ts'
import { beforeReconnecting } from './reconnect.ts'

/** Reads outside units: each a statement by itself, so what it sees is committed and on the disk of the server. */
export interface Reads extends OpenReader {
  close(): Promise<void>
}

export interface ReadsOptions {
  readonly connection: ConnectionOptions
  /** For reads that end early. */
  readonly pool: Pool
  readonly clock: Clock
  readonly random: Random
  readonly patienceMs: number
}

/** On each, statements are sent as they come, and the server answers them one after another. */
const CONNECTIONS = 3
/** The usual page, and whether there is more. Few are read for nothing where rows are long. */
const FIRST_ROWS = 24
const NEXT_ROWS = 16

export function createReads(options: ReadsOptions): Reads {
  const { pool, clock, random, patienceMs } = options
  const open: (Promise<Connection> | undefined)[] = Array.from({ length: CONNECTIONS })
  let next = 0
  let underWay = 0
  let closing: PromiseWithResolvers<void> | undefined

  function connection(): Promise<Connection> {
    next = (next + 1) % CONNECTIONS
    const known = open[next] ?? make(next)
    open[next] = known
    return known
  }
  async function make(at: number): Promise<Connection> {
    try {
      const made = await connect({ ...options.connection, readOnly: true })
      made.onLost = () => {
        open[at] = undefined
      }
      return made
    } catch (error) {
      open[at] = undefined
      throw error
    }
  }

  /** Nothing is lost by asking again, so a lost connection is nobody's fault for a while. */
  async function ask<T>(read: () => Promise<T>): Promise<T> {
    if (closing !== undefined) throw new StoreClosed()
    underWay++
    const since = clock.elapsed()
    try {
      for (;;) {
        try {
          return await read()
        } catch (error) {
          if (!isDisconnected(error)) throw storeError(error, patienceMs)
          if (clock.elapsed() - since >= patienceMs) throw new StoreBusy(patienceMs, { cause: error })
        }
        await beforeReconnecting(random)
      }
    } finally {
      underWay--
      settle()
    }
  }
  const settle = (): void => {
    if (underWay === 0) closing?.resolve()
  }
  const rows = (text: string, values: readonly Value[]): Promise<Row[]> =>
    ask(async () => (await (await connection()).query(text, values)).rows)

  async function until(
    enough: (row: Row) => boolean,
    text: string,
    values: readonly Value[],
  ): Promise<Row[]> {
    // First without a cursor: most end there.
    const first = await (await connection()).query(
      `select * from (${text}) as page limit ${FIRST_ROWS}`,
      values,
    )
    const last = first.rows.findIndex(enough)
    if (last !== -1) return first.rows.slice(0, last + 1)
    if (first.rows.length < FIRST_ROWS) return first.rows
    const taken = await pool.take()
    try {
      // All of it is sent at once.
      const said = [
        taken.control('begin read only'),
        taken.query(`declare rows no scroll cursor for ${text}`, values),
      ]
      const found: Row[] = []
      for (let size = FIRST_ROWS; ; size = NEXT_ROWS) {
        const [{ rows }] = await Promise.all([taken.query(`fetch ${size} from rows`, []), ...said])
        for (const row of rows) {
          found.push(row)
          // It has counted as many as these already, of a moment ago.
          if (found.length > FIRST_ROWS && enough(row)) return found
        }
        if (rows.length < size) return found
      }
    } finally {
      taken.control('rollback').catch(() => undefined)
      pool.give(taken)
    }
  }
  return {
    get: async (text, ...values) => (await rows(text, values))[0],
    all: (text, ...values) => rows(text, values),
    until: (enough, text, ...values) => ask(() => until(enough, text, values)),
    // Others may commit at any time, and nobody is told of it before it can be seen.
    recall: (_, __, make) => make(),
    async close() {
      closing ??= Promise.withResolvers<void>()
      settle()
      await closing.promise
      const ends = open.splice(0).map(async each => (await each)?.close())
      await Promise.allSettled(ends)
    },
  }
}
