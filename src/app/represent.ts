import { CODINGS, type Coding, chooseCoding, codedTag, evaluate } from '../http/index.ts'
import { compress, compressPieces } from './compress.ts'
import { validatorsOf } from './conditions.ts'
import { type Answer, isStream, type Request } from './exchange.ts'
import { refuse } from './refusal.ts'

/** Less than this fits one packet, compressed or not. In characters. */
const WORTH_COMPRESSING = 1024

type Fields = Answer['headers']

/**
 * An answer as this caller gets it: compressed where that is worth it, 304 where the caller has it already. All that depends on
 * how an answer is sent is here, so that what is kept for a retry knows nothing of it.
 */
export function represent(request: Request, answer: Answer): Answer | Promise<Answer> {
  const coding = codingFor(request, answer)
  if (coding === undefined) return unlessKnown(request, answer)
  const coded = unlessKnown(request, { ...answer, headers: codedFields(answer.headers, coding) })
  const { body } = coded
  if (isStream(body)) return { ...coded, body: compressPieces(coding, body) }
  if (typeof body !== 'string') return coded
  const bytes = coded.compressed?.(coding) ?? compress(coding, body)
  return bytes instanceof Promise
    ? bytes.then(compressed => ({ ...coded, body: compressed }))
    : { ...coded, body: bytes }
}

/**
 * Text only: what is bytes is compressed already, or does not gain. And nothing that may not be kept: it holds a secret,
 * which compressed would show in the length, to whoever can have words of their own mixed with it (BREACH).
 */
function codingFor(request: Request, { body, headers }: Answer): Coding | undefined {
  if (typeof body !== 'string' && !isStream(body)) return undefined
  const field = request.header('accept-encoding')
  if (field === undefined) return undefined
  const isSmall = typeof body === 'string' && body.length < WORTH_COMPRESSING
  if (isSmall && !refusesIdentity(field)) return undefined
  return headers.some(isOpaque) ? undefined : chooseCoding(field).coding
}

const isOpaque = ([name, value]: Fields[number]): boolean =>
  name === 'content-encoding' ||
  // Ranges are of the bytes as they are.
  name === 'accept-ranges' ||
  (name === 'cache-control' && value === 'no-store')

/** Before anything is done: afterwards the answer could only be sent as it cannot be read (RFC 9110 §12.5.3). */
export function refuseNoCoding(request: Request): void {
  const field = request.header('accept-encoding')
  if (field === undefined || !refusesIdentity(field) || chooseCoding(field).coding !== undefined) return
  const detail = `Accept-Encoding excludes all that answers come in: ${CODINGS.join(', ')}, and as they are.`
  refuse('not-acceptable', { detail })
}

/** Whether the caller cannot read bytes as they are, so that they are compressed however few they are. */
const refusesIdentity = (acceptEncoding: string): boolean =>
  /identity|\*/i.test(acceptEncoding) && !chooseCoding(acceptEncoding).identity

const codedFields = (headers: Fields, coding: Coding): Fields => [
  ...headers.map(field => (field[0] === 'etag' ? ([field[0], codedTag(field[1], coding)] as const) : field)),
  ['content-encoding', coding],
]

export const isRead = ({ method }: Request): boolean =>
  method === 'GET' || method === 'HEAD' || method === 'QUERY'

/** 304 where the caller has the same representation already (RFC 9110 §13.1.2, §13.1.3). */
function unlessKnown(request: Request, answer: Answer): Answer {
  const ifNoneMatch = request.header('if-none-match')
  const ifModifiedSince = request.header('if-modified-since')
  if ((ifNoneMatch ?? ifModifiedSince) === undefined || answer.status !== 200 || !isRead(request))
    return answer
  const conditions = { ifNoneMatch, ifModifiedSince }
  if (evaluate(conditions, validatorsOf(answer.headers), true) === 'proceed') return answer
  // What tells of the content is left out; the ETag and what caches need are sent again (RFC 9110 §15.4.5).
  const headers = answer.headers.filter(([name]) => !name.startsWith('content-') && name !== 'link')
  return { status: 304, headers, body: undefined }
}
