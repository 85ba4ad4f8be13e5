import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Answered, Source } from './document.ts'
import type { Reading } from './reader.ts'
import { ImportRefused } from './refused.ts'

/** Enough for pages at the bound of elements, which were seen to take the process to some 500 MB. */
const MEMORY_MB = 512

/**
 * Reads a document in a thread of its own, which is stopped after `readingMs`: finding the article in a large
 * page takes seconds, in a hostile one for ever, and the process has requests to answer meanwhile. Throws
 * `ImportRefused`.
 */
export async function readApart(document: Answered, signal: AbortSignal, readingMs: number): Promise<Source> {
  const deadline = AbortSignal.timeout(readingMs)
  const worker = new Worker(new URL('./reader.ts', import.meta.url), {
    workerData: document,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  try {
    const either = AbortSignal.any([signal, deadline])
    const [reading] = (await once(worker, 'message', { signal: either })) as [Reading]
    if ('source' in reading) return reading.source
    throw new ImportRefused(reading.refused.code, reading.refused.detail)
  } catch (error) {
    signal.throwIfAborted()
    throw deadline.aborted || isOutOfMemory(error) ? tooTangled(error) : error
  } finally {
    await worker.terminate()
  }
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'

const tooTangled = (cause: unknown): ImportRefused =>
  new ImportRefused('too-large', 'The page is too large or too tangled to read.', { cause })
