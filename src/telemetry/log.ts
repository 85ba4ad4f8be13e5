import { type Clock, isoTime } from '../base/index.ts'
import { readable } from './readable.ts'
import type { Tracing } from './tracing.ts'

const LEVELS = ['info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]

/** What happened, without keys, secrets, bodies or queries in it. */
export interface LogRecord {
  /** RFC 3339, in UTC. */
  readonly time: string
  readonly level: LogLevel
  /** `request`, `failure`, `started`, `stopped`, `left-out`, `waiting`. */
  readonly kind: string
  readonly [field: string]: unknown
}

export interface LogOptions {
  /** The least that is written: `info` has a record for each request. `off`: nothing. Default: `error`. */
  readonly level?: LogLevel | 'off'
  /** Takes the records. Default: a line of JSON for each on standard error, or words where that is a terminal. */
  readonly write?: (record: LogRecord) => void
}

/** The one place that writes the log. */
export interface Log {
  takes(level: LogLevel): boolean
  /** Never throws. With the ids of the trace that goes on. */
  write(level: LogLevel, kind: string, fields: { readonly [field: string]: unknown }): void
}

export function createLog(
  { level: least = 'error', write = writeLine }: LogOptions,
  { clock, tracing }: { readonly clock: Clock; readonly tracing: Tracing | undefined },
): Log {
  const from = least === 'off' ? LEVELS.length : LEVELS.indexOf(least)
  const takes = (level: LogLevel): boolean => LEVELS.indexOf(level) >= from
  return {
    takes,
    write(level, kind, fields) {
      if (!takes(level)) return
      const record = { time: isoTime(clock.now()), level, kind, ...fields, ...tracing?.ids() }
      try {
        write(record)
      } catch {
        // What it threw may hold the record in whatever form; that there was one must not be lost.
        writeLine({ ...record, kind: 'unwritten' })
      }
    },
  }
}

const writeLine = (record: LogRecord): void =>
  console.error(process.stderr.isTTY ? readable(record) : JSON.stringify(record))
