import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** What was found after copying. */
export interface Checkpoint {
  /** Frames (pages) in the log. */
  readonly frames: number
}

/**
 * Copies the log into the database, off the main thread: neither the copying nor its syncs hold up a request.
 * Every message is answered with what was found.
 */
const db = new DatabaseSync(String(workerData), { timeout: 0 })
// The log is synced before the database is written: without it a power cut could mix the two.
db.exec('pragma synchronous = normal')
const passive = db.prepare('pragma wal_checkpoint(passive)')

parentPort?.on('message', () => {
  parentPort?.postMessage(copy())
})

function copy(): Checkpoint {
  try {
    return { frames: Number(passive.get()?.['log'] ?? 0) }
  } catch {
    // The disk is full, or another process is copying. The log stays as it is until the next time.
    return { frames: 0 }
  }
}
