import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { type Answer, type App, BodyCutShort, BodyTooLarge, isStream, type Request } from '../../app/index.ts'
import { allowLong } from './long.ts'
import { guarded } from './unfit.ts'

/** Answers requests of a `node:http` server: `createServer(listener(app))`. */
export const listener = (app: App): RequestListener => guarded(answering(app))

/** The same, of requests that are known to be fit. */
export function answering(app: App): RequestListener {
  return (incoming, outgoing) => {
    app
      .answer(requestOf(incoming, outgoing))
      .then(answer => send(outgoing, answer, incoming))
      // The caller is gone, or the answer cannot be put on the wire: either way this connection is of no more use.
      .catch(() => outgoing.destroy())
  }
}

function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const { method = 'GET', url = '/', headers } = incoming
  let abort: AbortController | undefined
  return {
    method,
    target: url,
    header(name) {
      const value = headers[name]
      return typeof value === 'object' ? value.join(', ') : value
    },
    remote: incoming.socket.remoteAddress,
    body: (limit, take) => readBody(incoming, outgoing, limit, take),
    stream: () => streamBody(incoming, outgoing),
    // Made when it is asked for: most requests never look at it.
    get signal() {
      if (abort === undefined) {
        const made = new AbortController()
        abort = made
        outgoing.once('close', () => {
          if (!outgoing.writableFinished) made.abort(new Error('the caller went away'))
        })
      }
      return abort.signal
    },
  }
}

function readBody(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  limit: number,
  take?: (bytes: number) => void,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (Number(incoming.headers['content-length'] ?? 0) > limit) return reject(new BodyTooLarge(limit))
    const chunks: Buffer[] = []
    let size = 0
    const keep = (chunk: Buffer): void => {
      size += chunk.length
      try {
        if (size > limit) throw new BodyTooLarge(limit)
        take?.(chunk.length)
        chunks.push(chunk)
      } catch (error) {
        incoming.off('data', keep)
        chunks.length = 0
        reject(error)
      }
    }
    incoming.on('data', keep)
    incoming.once('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    )
    // The caller hung up, or was too slow (Node's requestTimeout).
    incoming.once('error', () => reject(new BodyCutShort()))
    // Of a body that is broken, and was answered for it, Node tells nobody that it has ended.
    outgoing.once('close', () => reject(new BodyCutShort()))
  })
}

/** Who asks for it sees to it that the caller is not too slow, for as long as it takes. */
async function* streamBody(incoming: IncomingMessage, outgoing: ServerResponse): AsyncGenerator<Uint8Array> {
  allowLong(incoming)
  // Of a body that is broken, and was answered for it, Node tells nobody that it has ended.
  outgoing.once('close', () => incoming.destroy())
  try {
    // Who stops asking has an answer for the caller, on this connection.
    yield* incoming.iterator({ destroyOnReturn: false })
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: it is passed, as the only argument
    throw new BodyCutShort({ cause })
  }
}

/** Resolves once a stream has been sent; what is whole is handed over at once. */
function send(
  outgoing: ServerResponse,
  { status, headers, body }: Answer,
  incoming: IncomingMessage,
): Promise<void> | undefined {
  // The body broke off, which has been answered.
  if (outgoing.headersSent) return undefined
  const fields: string[] = []
  for (const [name, value] of headers) fields.push(name, value)
  if (isStream(body)) {
    outgoing.writeHead(status, fields)
    if (incoming.method !== 'HEAD') return sendStream(outgoing, body)
    outgoing.end()
    return undefined
  }
  // A 304 has the length of what it spares, if any (RFC 9110 §8.6).
  if (status !== 204 && status !== 304)
    fields.push('content-length', String(body === undefined ? 0 : Buffer.byteLength(body)))
  // A body that was not read to its end cannot be followed by another request on this connection.
  if (!incoming.complete) fields.push('connection', 'close')
  outgoing.writeHead(status, fields)
  outgoing.end(body)
  return undefined
}

/** A slow caller holds back the next piece. One that leaves ends the stream; a stream that breaks off ends the connection. */
async function sendStream(outgoing: ServerResponse, body: AsyncIterable<string | Uint8Array>): Promise<void> {
  for await (const piece of body) {
    if (!outgoing.destroyed && !outgoing.write(piece)) await writable(outgoing)
    // What the system takes at once leads from piece to piece without a turn of the event loop: others are served between.
    await turn()
    // Before another piece is asked for: nothing is read for who has left, or once the store is closed.
    if (outgoing.destroyed) return
  }
  outgoing.end()
}

const writable = (outgoing: ServerResponse): Promise<void> =>
  new Promise(resolve => {
    const go = (): void => {
      outgoing.off('drain', go)
      outgoing.off('close', go)
      resolve()
    }
    outgoing.on('drain', go)
    outgoing.on('close', go)
  })
