import type { FileContent, StoredFile } from '../contract/index.ts'
import { findFile, type Sink } from '../files/index.ts'
import {
  attachmentValue,
  digestTag,
  digestValue,
  evaluate,
  httpDate,
  meetsIfRange,
  rangeOf,
} from '../http/index.ts'
import type { Store } from '../store/index.ts'
import { requireState, validatorsOf } from './conditions.ts'
import { type Answer, headerOf, type Request } from './exchange.ts'
import { refuse } from './refusal.ts'

/** One whose bytes come in pieces. */
interface FileAnswer extends Answer {
  readonly body: AsyncIterable<Uint8Array>
}

/** Digits of a digest in a tag: 128 bits. */
const DIGITS = 32

/** The bytes of the file that a handler answers: all of them, or the range that the request asks for. */
export async function contentAnswer(
  { store, sink }: { readonly store: Store; readonly sink: Sink },
  request: Request,
  {
    content,
    value,
    account,
  }: { readonly content: FileContent; readonly value: unknown; readonly account: string | undefined },
): Promise<FileAnswer> {
  const { id } = value as { readonly id: string }
  const file = await findFile(store.read, id, content.shared ? undefined : account)
  if (file === undefined) return refuse('not-found')
  const headers = fieldsOf(file)
  requireState(request, { headers })
  const { size } = file
  const range = isKnown(request, headers) ? undefined : rangeFor(request, file, headers)
  if (range === 'unsatisfiable') {
    return refuse('range-not-satisfiable', {
      detail: `The file has ${size} bytes.`,
      headers: { 'content-range': `bytes */${size}` },
    })
  }
  const { first, last } = range ?? { first: 0, last: size - 1 }
  return {
    status: range === undefined ? 200 : 206,
    headers: [
      ...headers,
      ['content-length', String(last - first + 1)],
      ...(range === undefined ? [] : [['content-range', `bytes ${first}-${last}/${size}`] as const]),
    ],
    body: sink.read(id, { first, last }),
  }
}

/**
 * What a stranger sent as an image may be a page with a script: it is to be stored, not shown as a page of this origin, and
 * where a browser shows it all the same it may do nothing.
 */
function fieldsOf({ name, type, sha256, created_at }: StoredFile): Answer['headers'] {
  return [
    ['content-type', type],
    ['content-disposition', attachmentValue(name)],
    ['content-security-policy', "default-src 'none'; sandbox"],
    ['accept-ranges', 'bytes'],
    ['etag', digestTag(type, sha256.slice(0, DIGITS))],
    ['last-modified', httpDate(Date.parse(created_at))],
    ['repr-digest', digestValue(sha256)],
  ]
}

/** A Range is looked at where the answer would be a 200 (RFC 9110 §13.2.2). */
function isKnown(request: Request, headers: Answer['headers']): boolean {
  const ifNoneMatch = request.header('if-none-match')
  const conditions = { ifNoneMatch, ifModifiedSince: request.header('if-modified-since') }
  return evaluate(conditions, validatorsOf(headers), true) === 'not-modified'
}

/** Ranges are for GET alone (RFC 9110 §14.2). */
function rangeFor(
  request: Request,
  { size }: StoredFile,
  headers: Answer['headers'],
): ReturnType<typeof rangeOf> {
  const fieldOf = (name: string): string => headerOf({ headers }, name) ?? ''
  const ifRange = request.header('if-range')
  return request.method === 'GET' && meetsIfRange(ifRange, fieldOf('etag'), fieldOf('last-modified'))
    ? rangeOf(request.header('range'), size)
    : undefined
}
