import { type MediaType, parsePartDisposition } from '../../http/index.ts'
import { readHeaders } from './headers.ts'
import { MalformedMultipart } from './malformed.ts'

/** One part of a multipart/form-data. */
export interface Part {
  readonly name: string
  /** Undefined where it is a field. */
  readonly filename: string | undefined
  /** In lower case; undefined where the part does not say. */
  readonly contentType: string | undefined
  /** Its bytes as they come. The next part begins where these have been read. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** The header section of one part. Browsers send less than 1 KiB. */
const HEADER_BYTES = 8 * 1024

/** What a Content-Type gives as the boundary (RFC 2046 §5.1.1); undefined where that can be none. */
export function boundaryOf({ parameters }: MediaType): string | undefined {
  const boundary = parameters.get('boundary')
  return boundary !== undefined && /^[A-Za-z0-9'()+_,\-./:=? ]{0,69}[A-Za-z0-9'()+_,\-./:=?]$/.test(boundary)
    ? boundary
    : undefined
}

/**
 * The parts of a multipart/form-data, one after another (RFC 7578, RFC 2046 §5.1). It holds a piece of the body at a time,
 * whatever the parts' sizes, and asks for more when what it has is taken. What comes before the first boundary and after
 * the last is passed over.
 *
 * Strict: a part without a name, a header section that is malformed or longer than 8 KiB, text behind a boundary, and a body
 * that ends before its last boundary are refused.
 *
 * @throws MalformedMultipart, and what `body` throws.
 */
export async function* partsOf(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const window = openWindow(body)
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  // The first boundary may stand at the very beginning.
  window.prepend('\r\n')
  await drain(upTo(window, delimiter))
  while (!(await isLast(window))) {
    const { contentType, disposition } = readHeaders(await headerText(window))
    const part = disposition === undefined ? undefined : parsePartDisposition(disposition)
    if (part === undefined) throw new MalformedMultipart(NO_NAME)
    const bytes = upTo(window, delimiter)
    yield { ...part, contentType, bytes }
    await drain(bytes)
  }
  // The answer to a body that is still coming would be lost on its way.
  while (await window.pull()) window.take(window.buffer.length)
}

const NO_NAME = 'A part has no Content-Disposition of form-data with a name.'

/** What has come of a body and is not taken yet. */
interface Window {
  readonly buffer: Buffer
  prepend(text: string): void
  take(length: number): Buffer
  /** False where nothing more comes. */
  pull(): Promise<boolean>
}

function openWindow(body: AsyncIterable<Uint8Array>): Window {
  const pieces = body[Symbol.asyncIterator]()
  let buffer: Buffer = Buffer.alloc(0)
  return {
    get buffer() {
      return buffer
    },
    prepend(text) {
      buffer = Buffer.concat([Buffer.from(text), buffer])
    },
    take(length) {
      const taken = buffer.subarray(0, length)
      buffer = buffer.subarray(length)
      return taken
    },
    async pull() {
      const next = await pieces.next()
      if (next.done === true) return false
      buffer = buffer.length === 0 ? asBuffer(next.value) : Buffer.concat([buffer, next.value])
      return true
    },
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The bytes before the next delimiter, which is taken too. */
async function* upTo(window: Window, delimiter: Buffer): AsyncGenerator<Uint8Array> {
  for (;;) {
    const at = window.buffer.indexOf(delimiter)
    if (at !== -1) {
      if (at > 0) yield window.take(at)
      window.take(delimiter.length)
      return
    }
    // A delimiter may have begun at the end.
    const certain = window.buffer.length - (delimiter.length - 1)
    if (certain > 0) yield window.take(certain)
    await pullMore(window)
  }
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}

async function pullMore(window: Window): Promise<void> {
  if (!(await window.pull())) throw new MalformedMultipart('The body ends before its last boundary.')
}

/** What follows a delimiter: two dashes behind the last one, else the rest of its line, which is blank. */
async function isLast(window: Window): Promise<boolean> {
  while (window.buffer.length < 2) await pullMore(window)
  if (window.buffer.toString('latin1', 0, 2) === '--') return true
  let end = window.buffer.indexOf('\r\n')
  while (end === -1 && window.buffer.length < LINE_REST) {
    await pullMore(window)
    end = window.buffer.indexOf('\r\n')
  }
  if (end === -1 || !/^[ \t]*$/.test(window.buffer.toString('latin1', 0, end))) {
    throw new MalformedMultipart('There is text behind a boundary.')
  }
  window.take(end + 2)
  return false
}

/** Blanks that a transport may have added to a boundary's line. */
const LINE_REST = 80

/** A part's header section, without the empty line behind it. */
async function headerText(window: Window): Promise<Buffer> {
  for (;;) {
    if (window.buffer.toString('latin1', 0, 2) === '\r\n') throw new MalformedMultipart(NO_NAME)
    const end = window.buffer.indexOf('\r\n\r\n')
    if (end > HEADER_BYTES || (end === -1 && window.buffer.length > HEADER_BYTES)) {
      throw new MalformedMultipart('The header section of a part is longer than 8 KiB.')
    }
    if (end !== -1) {
      const text = Buffer.from(window.take(end))
      window.take(4)
      return text
    }
    await pullMore(window)
  }
}
