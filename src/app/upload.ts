import { createHash } from 'node:crypto'
import { isoTime } from '../base/index.ts'
import { includesType, type RouteFile, type StoredFile } from '../contract/index.ts'
import { FILE_PREFIX, type Sink } from '../files/index.ts'
import { boundaryOf, MalformedMultipart, type Part, partsOf } from '../formats/index.ts'
import { charsetOf, cleanFilename, type MediaType, MULTIPART_TYPE, parseMediaType } from '../http/index.ts'
import type { Failed } from '../telemetry/index.ts'
import type { Environment } from '../unit/index.ts'
import type { CompiledRoute } from './compile.ts'
import { checkedDigests } from './digests.ts'
import { BodyTooLarge, type Request } from './exchange.ts'
import { paced } from './pace.ts'
import type { Body, Limits } from './reading.ts'
import { invalidInput, Refusal, refuse } from './refusal.ts'
import { createUpload, type Upload } from './uploaded.ts'

// The files of a request go to the sink as they come, before its unit of work: a unit awaits the store only. What of them
// is not committed is taken away as the request ends.

export interface Receiving {
  readonly sink: Sink
  readonly env: Pick<Environment, 'newId' | 'clock'>
  readonly limits: Limits
  readonly failed: Failed
}

/** Fields of a multipart/form-data; a form may have more, and they cost less. */
const MAX_FIELDS = 100
/** Boundaries and header sections of all parts, and blanks around them. */
const BETWEEN_BYTES = 2 ** 20

/** A body with files, and the fields beside them. */
export interface UploadedBody extends Body {
  readonly upload: Upload
}

/** Takes the files of a route that has some. Where it throws, nothing of them is left. */
export async function receiveFiles(
  receiving: Receiving,
  { route, readFields }: CompiledRoute,
  request: Request,
): Promise<UploadedBody> {
  const { sink, env, limits, failed } = receiving
  const files = route.files ?? []
  const upload = createUpload(sink, env.clock, failed)
  const { type, only } = howSent(files, route.input === undefined, request)
  refuseCodings(request)
  const limit =
    only?.maxBytes ?? files.reduce((sum, { maxBytes }) => sum + maxBytes, limits.bodyBytes + BETWEEN_BYTES)
  if (Number(request.header('content-length') ?? 0) > limit) {
    if (only !== undefined) refuseFile(only)
    throw new BodyTooLarge(limit)
  }
  const bytes = checkedDigests(request, paced(upTo(request.stream(), limit), env.clock, limits.patienceMs))
  const store = (file: RouteFile, sent: Sent) => storeFile(receiving, upload, file, sent)
  try {
    const fields: Field[] = []
    if (only !== undefined) await store(only, { filename: undefined, contentType: type, bytes })
    else await receiveParts(bytes, type, { files, fields, upload, store, limits })
    refuseMisfits(files, fields, upload, route.input !== undefined)
    return {
      upload,
      bytes: Buffer.from(JSON.stringify([fields, upload.contents()])),
      contentType: only === undefined ? MULTIPART_TYPE : type.essence,
      read() {
        const reading = readFields?.(fields, limits) ?? { value: undefined }
        return 'detail' in reading ? refuse('malformed-body', { detail: `${reading.detail}.` }) : reading
      },
    }
  } catch (error) {
    await upload.discard()
    if (error instanceof MalformedMultipart) return refuse('malformed-body', { detail: error.message })
    throw error
  }
}

/** A file alone may be the body; `only` is that one then. */
function howSent(
  files: readonly RouteFile[],
  hasNoInput: boolean,
  request: Request,
): { readonly type: MediaType; readonly only: RouteFile | undefined } {
  const [first, ...others] = files
  const alone = hasNoInput && others.length === 0 ? first : undefined
  const type = parseMediaType(request.header('content-type') ?? '')
  if (type?.essence === MULTIPART_TYPE) return { type, only: undefined }
  if (type !== undefined && alone !== undefined && includesType(alone.types, type.essence))
    return { type, only: alone }
  const accept = [MULTIPART_TYPE, ...(alone?.types ?? [])].join(', ')
  return refuse('unsupported-media-type', { detail: `The body may be ${accept}.`, headers: { accept } })
}

/** What is unpacked would have another size and another digest than what is sent. */
function refuseCodings(request: Request): void {
  const coding = request.header('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (coding === 'identity') return
  refuse('unsupported-encoding', {
    detail: 'Files are sent as they are.',
    headers: { 'accept-encoding': 'identity' },
  })
}

const refuseFile = ({ name, maxBytes }: Pick<RouteFile, 'name' | 'maxBytes'>): never =>
  refuse('body-too-large', { detail: `The file '${name}' may have ${maxBytes} bytes at most.` })

async function* upTo(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of body) {
    size += piece.byteLength
    if (size > limit) throw new BodyTooLarge(limit)
    yield piece
  }
}

interface Field {
  readonly name: string
  readonly text: string
}

interface Sent {
  /** Empty where a browser sends a file that nobody has chosen: of no bytes. */
  readonly filename: string | undefined
  readonly contentType: MediaType | undefined
  readonly bytes: AsyncIterable<Uint8Array>
}

interface Parting {
  readonly files: readonly RouteFile[]
  /** Filled as they come. */
  readonly fields: Field[]
  readonly upload: Upload
  readonly store: (file: RouteFile, sent: Sent) => Promise<void>
  readonly limits: Limits
}

async function receiveParts(
  bytes: AsyncIterable<Uint8Array>,
  type: MediaType,
  { files, fields, upload, store, limits }: Parting,
): Promise<void> {
  const boundary = boundaryOf(type)
  if (boundary === undefined)
    throw new MalformedMultipart('The Content-Type has no boundary that could be one.')
  let left = limits.bodyBytes
  for await (const part of partsOf(bytes, boundary)) {
    const { name, filename } = part
    const file = files.find(each => each.name === name)
    if (file === undefined) {
      if (filename !== undefined) refuseInput(name, 'There is no file of this name here')
      if (fields.length === MAX_FIELDS)
        refuse('body-too-large', { detail: `There are more than ${MAX_FIELDS} fields.` })
      const text = await textOf(part, left)
      left -= Buffer.byteLength(text)
      fields.push({ name, text })
    } else {
      if (upload.files.has(name)) refuseInput(name, 'There are two files of this name')
      const contentType = part.contentType === undefined ? undefined : parseMediaType(part.contentType)
      await store(file, { filename, contentType, bytes: part.bytes })
    }
  }
}

/** The text of a field. `left` is what all further fields together may have, in bytes. */
async function textOf({ name, contentType, bytes }: Part, left: number): Promise<string> {
  const type = parseMediaType(contentType ?? 'text/plain')
  const charset = (type && charsetOf(type)) ?? 'utf-8'
  if (type?.essence !== 'text/plain' || (charset !== 'utf-8' && charset !== 'us-ascii'))
    refuseInput(name, 'A field is sent as text/plain, in UTF-8')
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    size += piece.byteLength
    if (size > left)
      refuse('body-too-large', { detail: 'The fields beside the files are too long together.' })
    pieces.push(piece)
  }
  try {
    return UTF8.decode(Buffer.concat(pieces))
  } catch (cause) {
    throw new MalformedMultipart(`The field '${name}' is not UTF-8.`, { cause })
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What has no media type is bytes (RFC 9110 §8.3). */
const BYTES = 'application/octet-stream'

async function storeFile(
  { sink, env }: Receiving,
  upload: Upload,
  { name, types, maxBytes }: RouteFile,
  { filename, contentType, bytes }: Sent,
): Promise<void> {
  const type = contentType?.essence ?? BYTES
  const id = env.newId(FILE_PREFIX)
  const hash = createHash('sha256')
  let size = 0
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const piece of bytes) {
      size += piece.byteLength
      if (size > maxBytes) refuseFile({ name, maxBytes })
      hash.update(piece)
      yield piece
    }
  }
  if (!includesType(types, type)) {
    if (filename === '' && (await isEmpty(bytes))) return
    refuseInput(name, `It is ${type}, and may be ${types.join(', ')}`)
  }
  upload.begin(id)
  await sink.write(id, measured())
  if (filename === '' && size === 0) return
  const made: StoredFile = {
    id,
    name: cleanFilename(filename ?? '') || name,
    type,
    size,
    sha256: hash.digest('hex'),
    created_at: isoTime(env.clock.now()),
  }
  upload.received(name, made)
}

async function isEmpty(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const _ of bytes) return false
  return true
}

const refuseInput = (name: string, message: string): never => {
  throw new Refusal(invalidInput([{ path: [name], message }]))
}

function refuseMisfits(
  files: readonly RouteFile[],
  fields: readonly Field[],
  upload: Upload,
  hasInput: boolean,
): void {
  const missing = files.filter(({ name, optional }) => !optional && !upload.files.has(name))
  const issues = [
    ...missing.map(({ name }) => ({ path: [name], message: 'The file is missing' })),
    ...(hasInput ? [] : fields.map(({ name }) => ({ path: [name], message: 'There are no fields here' }))),
  ]
  if (issues.length > 0) throw new Refusal(invalidInput(issues))
}
