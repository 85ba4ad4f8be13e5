import { StoreClosed } from '../errors.ts'
import type { Reader } from '../port.ts'
import type { Connection } from './connection.ts'
import { isBusy } from './failure.ts'
import type { Flusher } from './flusher.ts'
import { type Patience, patiently } from './patience.ts'

export interface PeekOptions extends Patience {
  readonly connection: Connection
  isClosed(): boolean
}

export interface ReaderOptions {
  readonly flusher: Flusher
  /** Of the units; it tells which commits are not its own. */
  readonly writer: Connection
}

/**
 * Reads outside units, on a connection that sees commits only.
 *
 * A commit can be seen before it is on the disk. So an answer waits for the pending flush, and where another
 * process has committed since the last look, for a flush of its commit too: whether that process syncs its
 * log is unknown.
 */
export function createReader(options: ReaderOptions, peek: Reader): Reader {
  const { flusher, writer } = options
  let seen = foreignCommits(writer)

  /** The flush to wait for; undefined where all that can be seen is on the disk. */
  function unflushed(): Promise<void> | undefined {
    const now = foreignCommits(writer)
    if (now === seen && now !== undefined) return flusher.pending
    seen = now
    return flusher.flush()
  }
  async function answer<T>(reading: Promise<T>): Promise<T> {
    const rows = await reading
    const flush = unflushed()
    if (flush !== undefined) await flush
    return rows
  }
  return {
    get: (text, ...values) => answer(peek.get(text, ...values)),
    all: (text, ...values) => answer(peek.all(text, ...values)),
  }
}

/** Reads that do not wait for a flush. */
export function createPeek(options: PeekOptions): Reader {
  const { connection } = options
  const answer = <T>(read: () => T): Promise<T> =>
    options.isClosed() ? Promise.reject(new StoreClosed()) : patiently(read, options)
  return {
    get: (text, ...values) => answer(() => connection.get(text, values)),
    all: (text, ...values) => answer(() => connection.all(text, values)),
  }
}

/**
 * A number that changes with every commit of another connection than `writer`
 * (https://sqlite.org/pragma.html#pragma_data_version); undefined where it cannot be known at the moment.
 */
function foreignCommits(writer: Connection): number | undefined {
  try {
    return Number(writer.control('pragma data_version')?.['data_version'])
  } catch (error) {
    if (isBusy(error)) return undefined
    throw error
  }
}
