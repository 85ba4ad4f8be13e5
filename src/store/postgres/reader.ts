import type { Clock, Random } from '../../base/index.ts'
import { StoreBusy, StoreClosed } from '../errors.ts'
import type { OpenReader, Row, Value } from '../port.ts'
import { type Connection, type ConnectionOptions, connect } from './connection.ts'
import { isDisconnected, storeError } from './failure.ts'
import type { Pool } from './pool.ts'
import { createRecall, SNAPSHOT } from './recall.ts'
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
/** What is sent on one connection costs both ends less than the same on several: up to so many wait there together. */
const TOGETHER = 16
/** Where nothing was answered for so long, something slow is under way, and what comes is sent on another. */
const SLOW_MS = 5

interface Line {
  connection: Promise<Connection> | undefined
  underWay: number
  /** When its first was sent, or the last answer came: on `clock.elapsed`. */
  movedAt: number
}

/** The usual page, and whether there is more. Few are read for nothing where rows are long. */
const FIRST_ROWS = 24
const NEXT_ROWS = 16

export function createReads(options: ReadsOptions): Reads {
  const { pool, clock, random, patienceMs } = options
  const lines = Array.from(
    { length: CONNECTIONS },
    (): Line => ({
      connection: undefined,
      underWay: 0,
      movedAt: 0,
    }),
  )
  let underWay = 0
  let closing: PromiseWithResolvers<void> | undefined

  function lineNow(): Line {
    const now = clock.elapsed()
    const moves = ({ underWay, movedAt }: Line): boolean => now - movedAt < SLOW_MS && underWay < TOGETHER
    return (
      lines.find(line => line.underWay === 0 || moves(line)) ??
      lines.reduce((one, other) => (other.underWay < one.underWay ? other : one))
    )
  }
  async function send(text: string, values: readonly Value[]): Promise<Row[]> {
    const line = lineNow()
    if (line.underWay++ === 0) line.movedAt = clock.elapsed()
    try {
      line.connection ??= open(line)
      const connection = await line.connection
      return (await connection.query(text, values)).rows
    } finally {
      line.underWay--
      line.movedAt = clock.elapsed()
    }
  }
  const recalling = createRecall(clock, async () => String((await rows(SNAPSHOT, []))[0]?.['snapshot']))
  async function open(line: Line): Promise<Connection> {
    const lost = (): void => {
      line.connection = undefined
      recalling.forget()
    }
    try {
      const made = await connect({ ...options.connection, readOnly: true })
      made.onLost = lost
      return made
    } catch (error) {
      lost()
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
  const rows = (text: string, values: readonly Value[]): Promise<Row[]> => ask(() => send(text, values))

  async function until(
    enough: (row: Row) => boolean,
    text: string,
    values: readonly Value[],
  ): Promise<Row[]> {
    // First without a cursor: most end there.
    const first = await send(`select * from (${text}) as page limit ${FIRST_ROWS}`, values)
    const last = first.findIndex(enough)
    if (last !== -1) return first.slice(0, last + 1)
    if (first.length < FIRST_ROWS) return first
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
    recall: recalling.recall,
    async close() {
      closing ??= Promise.withResolvers<void>()
      settle()
      await closing.promise
      const ends = lines.map(async line => (await line.connection)?.close())
      await Promise.allSettled(ends)
    },
  }
}
