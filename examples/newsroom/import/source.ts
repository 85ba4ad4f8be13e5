import { answerAt } from './answer.ts'
import type { Source } from './document.ts'
import { readApart } from './read-apart.ts'
import { ImportRefused } from './refused.ts'
import { webAddress } from './web-address.ts'

export type { Source } from './document.ts'
export type { Draft } from './draft.ts'
export { ImportRefused, type RefusalCode } from './refused.ts'

/** What one import may cost. */
export interface ImportLimits {
  /** For the whole answer, redirects and body included. Default 15,000. */
  readonly answerMs: number
  /** Of the body, after decompression. Default 5 MiB. */
  readonly bytes: number
  /** For finding the article, in a thread of its own. Default 10,000. */
  readonly readingMs: number
}

const DEFAULTS: ImportLimits = { answerMs: 15_000, bytes: 5 * 2 ** 20, readingMs: 10_000 }

/**
 * Reads the article, or the feed of articles, at an address that a user gave.
 *
 * Which hosts may be reached is for `fetch` to say: hand in one that is guarded. If it throws an
 * `ImportRefused`, also as the cause of another error, the user sees that. Throws `ImportRefused`, and the
 * signal's own reason once it is aborted.
 */
export async function readSource(
  url: string,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  limits: Partial<ImportLimits> = {},
): Promise<Source> {
  const { answerMs, bytes, readingMs } = { ...DEFAULTS, ...limits }
  const address = webAddress(url)
  if (address === undefined)
    throw new ImportRefused('unsupported', 'An address starts with http:// or https://.')
  if (/^https?:\/\/[^/]*@/.test(address)) {
    throw new ImportRefused('unsupported', 'An address with a user name or password in it is not read.')
  }
  const deadline = AbortSignal.timeout(answerMs)
  const document = await answerAt(address, fetch, AbortSignal.any([signal, deadline]), bytes).catch(
    (error: unknown) => {
      signal.throwIfAborted()
      const late = `There was no complete answer within ${answerMs / 1000} s.`
      throw deadline.aborted ? new ImportRefused('unreachable', late, { cause: error }) : refusalOf(error)
    },
  )
  return await readApart(document, signal, readingMs)
}

/** fetch hides why it failed in a chain of causes. */
function refusalOf(error: unknown): ImportRefused {
  let code: string | undefined
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ImportRefused) return cause
    code = (cause as NodeJS.ErrnoException).code ?? code
  }
  return new ImportRefused('unreachable', `The site could not be reached${code ? ` (${code})` : ''}.`, {
    cause: error,
  })
}
