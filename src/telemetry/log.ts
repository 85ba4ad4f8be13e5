import { type Clock, isoTime } from '../base/index.ts'
import { readable } from './readable.ts'
import { LEVELS, type LogLevel, type LogRecord } from './record.ts'
import type { Tracing } from './tracing.ts'

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
