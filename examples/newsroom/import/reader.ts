import { parentPort, workerData } from 'node:worker_threads'
import { type Answered, type Source, sourceOf } from './document.ts'
import { ImportRefused, type RefusalCode } from './refused.ts'

/**
 * What the reading thread sends back. Errors lose their class between threads, so a refusal travels as data.
 */
export type Reading =
  | { readonly source: Source }
  | { readonly refused: { readonly code: RefusalCode; readonly detail: string } }

function read(document: Answered): Reading {
  try {
    return { source: sourceOf(document) }
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error
    return { refused: { code: error.code, detail: error.message } }
  }
}

parentPort?.postMessage(read(workerData as Answered))
