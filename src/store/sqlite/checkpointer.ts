import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Checkpoint } from './checkpoint-worker.ts'

/**
 * Keeps the write-ahead log bounded.
 *
 * A worker copies the log into the database while units go on. Under a steady stream of commits it never
 * catches up, and the log starts over only when all of it has been copied: so above `maxBytes` the writer is
 * held back for one more copy, and above twice that even while a copy is still going on, as on a slow or busy
 * machine it may for long. Whatever comes of that copy, the writer goes on, since a reader of another process
 * may pin the log for long.
 */
export interface Checkpointer {
  /** False while the writer is held back. */
  readonly mayWrite: boolean
  /** A commit has made the log longer. */
  committed(): void
  close(): Promise<void>
}

export interface CheckpointerOptions {
  /** An absolute path. */
  readonly file: string
  readonly maxBytes: number
  readonly pageBytes: number
  /** Bytes of the log's file, which a log that starts over is cut back to `maxBytes`. */
  logBytes(): number
  /** `mayWrite` has turned true. */
  onRelease(): void
  /** The worker has died. There is no other; somebody else must bound the log. */
  onDeath(): void
}

/**
 * Until the log is this long, nothing is copied and there is no worker: it takes 12 MB and 80 ms of a core, and whoever writes
 * little does without. SQLite itself copies from 1,000 pages on, which is as much.
 */
const COPY_FROM_BYTES = 4 * 2 ** 20
/** From the first commit after a copy to the next copy. Pages that many commits change are copied once for all of them. */
const COPY_AFTER_MS = 200

export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  let worker: Worker | undefined
  let state: 'idle' | 'due' | 'copying' | 'holding' | 'closed' = 'idle'
  let timer: NodeJS.Timeout | undefined
  /** Copies asked for and not answered yet. */
  let asked = 0
  const copyFrom = Math.min(COPY_FROM_BYTES, options.maxBytes)

  function copy(): void {
    clearTimeout(timer)
    state = 'copying'
    ask()
  }
  function ask(): void {
    asked++
    worker ??= start()
    worker.postMessage('copy')
  }
  function hold(): void {
    state = 'holding'
    // Units wait for this copy, and the process with them.
    worker?.ref()
    ask()
  }
  function start(): Worker {
    // The compiler rewrites imports, not this name: beside this file lies the worker in the same language.
    const started = new Worker(new URL(`./checkpoint-worker${extname(import.meta.url)}`, import.meta.url), {
      workerData: options.file,
      execArgv: [],
      name: 'signalbox checkpoints',
    })
    started.unref()
    started.on('message', copied)
    started.on('error', died)
    started.on('exit', died)
    return started
  }
  function copied({ frames }: Checkpoint): void {
    asked--
    if (state === 'copying' && frames * options.pageBytes > options.maxBytes) hold()
    else if (state !== 'closed' && asked === 0) settle()
  }
  function settle(): void {
    const held = state === 'holding'
    state = 'idle'
    worker?.unref()
    if (held) options.onRelease()
  }
  function died(): void {
    if (state === 'closed') return
    const held = state === 'holding'
    state = 'closed'
    options.onDeath()
    if (held) options.onRelease()
  }
  return {
    get mayWrite() {
      return state !== 'holding'
    },
    committed() {
      if (state === 'due' && options.logBytes() > options.maxBytes) copy()
      else if (state === 'copying' && options.logBytes() > 2 * options.maxBytes) hold()
      if (state !== 'idle' || (worker === undefined && options.logBytes() < copyFrom)) return
      state = 'due'
      timer = setTimeout(copy, COPY_AFTER_MS).unref()
    },
    async close() {
      clearTimeout(timer)
      state = 'closed'
      // A copy that runs is finished first: a thread ends between two calls of SQLite, not in the midst of
      // one.
      await worker?.terminate()
    },
  }
}
