import { fdatasync } from 'node:fs'
import type { Clock, Histogram } from '../../base/index.ts'

/** Brings the write-ahead log to the disk, off the event loop. */
export interface Flusher {
  /** Resolves when all that was in the log at the time of this call is on the disk. */
  flush(): Promise<void>
  /** The flush that was asked for last; undefined when all have returned. */
  readonly pending: Promise<void> | undefined
}

interface Flush {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

/** As `fdatasync` of `node:fs`. */
export type Sync = (fd: number, done: (error: Error | null) => void) => void

/**
 * Flushes run one at a time. What is asked for while one runs shares the next: one that has begun may have
 * passed over what was written since.
 */
export function createFlusher(
  walFd: number,
  clock: Clock,
  seconds: Histogram,
  sync: Sync = fdatasync,
): Flusher {
  let running: Flush | undefined
  let next: Flush | undefined

  function start(flush: Flush): void {
    running = flush
    const started = clock.elapsed()
    sync(walFd, error => {
      // After a failed sync the kernel may have dropped the dirty pages and report success the next time.
      // Nobody in this process can know any more what is on the disk; only recovery at a restart reads the
      // truth.
      if (error !== null) process.abort()
      seconds.record((clock.elapsed() - started) / 1000)
      const after = next
      next = undefined
      running = undefined
      if (after !== undefined) start(after)
      flush.resolve()
    })
  }
  return {
    flush() {
      const flush = next ?? Promise.withResolvers<void>()
      if (running === undefined) start(flush)
      else next = flush
      return flush.promise
    },
    get pending() {
      return (next ?? running)?.promise
    },
  }
}
