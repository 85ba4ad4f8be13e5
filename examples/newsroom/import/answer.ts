import { decodeDocument } from './charset.ts'
import type { Answered } from './document.ts'
import { ImportRefused } from './refused.ts'

type Fetch = typeof globalThis.fetch
type Answer = Awaited<ReturnType<Fetch>>

const HEADERS = {
  accept:
    'text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json,' +
    ' application/xml;q=0.9, application/json;q=0.8, */*;q=0.1',
  'user-agent': 'Newsroom/1.0 (an example of Signalbox)',
}
const READABLE = /^(?:text\/.+|application\/(?:.+\+)?(?:xml|json|rss|atom|rdf))$/

/** GETs a document, following redirects, and reads at most `maxBytes` of it, counted after decompression. */
export async function answerAt(
  url: string,
  fetch: Fetch,
  signal: AbortSignal,
  maxBytes: number,
): Promise<Answered> {
  const answer = await fetch(url, { headers: HEADERS, redirect: 'follow', signal })
  const contentType = answer.headers.get('content-type') ?? ''
  const type = contentType.split(';', 1).join().trim().toLowerCase()
  try {
    checkStatus(answer.status)
    if (type !== '' && !READABLE.test(type)) {
      throw new ImportRefused(
        'unsupported',
        `The address answers with ${type}, which is neither a page nor a feed.`,
      )
    }
    const bytes = await bytesOf(answer, maxBytes)
    return { text: decodeDocument(bytes, contentType), type, url: answer.url || url }
  } catch (error) {
    // What is not read has to be given up, or its connection stays open.
    await answer.body?.cancel().catch(() => {})
    throw error
  }
}

function checkStatus(status: number): void {
  if (status >= 200 && status < 300) return
  const later = status === 408 || status === 429 || status >= 500
  throw new ImportRefused(later ? 'unreachable' : 'refused', `The site answered with status ${status}.`)
}

async function bytesOf(answer: Answer, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = new ImportRefused('too-large', `The document is larger than ${maxBytes / 2 ** 20} MiB.`)
  if (Number(answer.headers.get('content-length')) > maxBytes) throw tooLarge
  const chunks: Uint8Array[] = []
  let size = 0
  const body: AsyncIterable<Uint8Array> | null = answer.body
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
