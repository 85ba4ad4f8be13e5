import { after } from '../base/index.ts'
import { type Issue, validate, validateInput } from '../contract/index.ts'
import { charsetOf, parseMediaType } from '../http/index.ts'
import type { Holding } from './bodies.ts'
import type { CompiledRoute } from './compile.ts'
import type { Request } from './exchange.ts'
import type { BodyReader } from './formats.ts'
import { unpacking } from './inflate.ts'
import { bodyTypes } from './match.ts'
import { invalidInput, Refusal, refuse, refuseBody } from './refusal.ts'
import type { Upload } from './uploaded.ts'

export interface Limits {
  /** Bytes of a request's body, as it comes and as it unpacks. */
  readonly bodyBytes: number
  /** Bytes of the bodies that this process holds at once, but for the first 16 KiB of each. An account has half of them at most. */
  readonly inFlightBytes: number
  /** Nesting of its values. */
  readonly depth: number
  /** Its values, those inside others too. */
  readonly values: number
  /** Streams of events that are open in this process at once. */
  readonly streams: number
  /** Of them, those of one account. */
  readonly accountStreams: number
  /** How long a body with files may keep the api waiting, beyond a second for each KiB that comes. */
  readonly patienceMs: number
}

/** A body without its compression, and what reads it. */
export interface Body {
  readonly bytes: Uint8Array
  readonly read: BodyReader | undefined
  /** What its bytes were sent as, where that is not the request's Content-Type: these stand for what was sent. */
  readonly contentType?: string
  /** The files that came with it. */
  readonly upload?: Upload
}

export const NO_BODY: Body = { bytes: new Uint8Array(), read: undefined }

/** The bytes of the body of a route that takes one. */
export async function receiveBody(
  compiled: CompiledRoute,
  request: Request,
  limit: number,
  { take }: Holding,
): Promise<Body> {
  const type = request.header('content-type')
  if (type === undefined && compiled.route.endpoint.bodyless === true && (await request.body(0)).length === 0)
    return NO_BODY
  const read = readerFor(compiled, type)
  const unpack = unpacking(request.header('content-encoding'))
  const packed = await request.body(limit, take)
  if (unpack === undefined) return { read, bytes: packed }
  const bytes = await unpack(packed, limit)
  take(bytes.byteLength)
  return { read, bytes }
}

function readerFor(compiled: CompiledRoute, contentType: string | undefined): BodyReader {
  const { readers, route } = compiled
  const type = contentType === undefined ? undefined : parseMediaType(contentType)
  const read = type && readers.get(type.essence)
  const charset = type && charsetOf(type)
  if (read !== undefined && (charset === undefined || charset === 'utf-8' || charset === 'us-ascii'))
    return read
  const accept = bodyTypes(compiled)
  // RFC 9110 §15.5.16: a 415 tells what would be taken in `Accept`, or `Accept-Encoding`; RFC 5789 §2.2 has a field for PATCH.
  const headers = route.method === 'PATCH' ? { accept, 'accept-patch': accept } : { accept }
  return refuse('unsupported-media-type', { detail: mend(accept, contentType, read), headers })
}

function mend(offered: string, contentType: string | undefined, read: BodyReader | undefined): string {
  if (contentType === undefined) return `Send a Content-Type: ${offered}.`
  return read === undefined ? `The body may be ${offered}.` : 'Send the body in UTF-8.'
}

/** What is wrong in so few bytes is soon told, however much it is. */
const SHORT_BYTES = 2_000

/** The input that the schema has accepted: at once, but where its library takes its time. */
export function readInput(
  { route, readQuery }: CompiledRoute,
  query: string,
  { bytes, read }: Body,
  limits: Limits,
): unknown {
  if (route.input === undefined) return undefined
  const fromQuery = readQuery?.(query)
  if (fromQuery !== undefined && 'errors' in fromQuery) refuse('invalid-query', { errors: fromQuery.errors })
  const reading = fromQuery ?? read?.(bytes, limits) ?? { value: undefined }
  if ('problem' in reading) return refuseBody(reading.problem)
  const { schema, wire } = route.input
  const isShort = bytes.length <= SHORT_BYTES
  const validated = isShort ? validate(schema, reading.value) : validateInput(schema, wire, reading.value)
  return after(validated, result =>
    'value' in result ? result.value : refuseInput(result.issues, readQuery !== undefined),
  )
}

function refuseInput(issues: readonly Issue[], isQuery: boolean): never {
  if (!isQuery) throw new Refusal(invalidInput(issues))
  const errors = issues.map(({ path, message }) => ({ parameter: path.join('.'), detail: message }))
  return refuse('invalid-query', { errors })
}
