import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { type Answer, type App, BodyCutShort, BodyTooLarge, isStream, type Request } from '../../app/index.ts'
import { createEndOfTurn } from './end-of-turn.ts'
import { allowLong } from './long.ts'
import { guarded } from './unfit.ts'

/** Answers requests of a `node:http` server: `createServer(listener(app))`. */
export const listener = (app: App): RequestListener => guarded(answering(app))

/** The same, of requests that are known to be fit. */
export function answering(app: App): RequestListener {
  const atEndOfTurn = createEndOfTurn()
  return (incoming, outgoing) => {
    // The caller is gone, or the answer cannot be put on the wire: either way this connection is of no more use.
    const hangUp = (): void => void outgoing.destroy()
    const reply = (made: Answer): void =>
      atEndOfTurn(() => {
        try {
          send(outgoing, made, incoming)?.catch(hangUp)
        } catch {
          hangUp()
        }
      })
    const answer = app.answer(new Received(incoming, outgoing))
    if (answer instanceof Promise) answer.then(reply, hangUp)
    else reply(answer)
  }
}

/** A request as Node has received it. What most of them never ask for is made when it is asked for. */
class Received implements Request {
  readonly method: string
  readonly target: string
  readonly #incoming: IncomingMessage
  readonly #outgoing: ServerResponse
  #gone: AbortController | undefined

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.method = incoming.method ?? 'GET'
    this.target = incoming.url ?? '/'
    this.#incoming = incoming
    this.#outgoing = outgoing
  }
  header(name: string): string | undefined {
    const value = this.#incoming.headers[name]
    return typeof value === 'object' ? value.join(', ') : value
  }
  get remote(): string | undefined {
    return this.#incoming.socket.remoteAddress
  }
  body(limit: number, take?: (bytes: number) => void): Promise<Uint8Array> {
    return readBody(this.#incoming, this.#outgoing, limit, take)
  }
  stream(): AsyncIterable<Uint8Array> {
    return streamBody(this.#incoming, this.#outgoing)
  }
  get signal(): AbortSignal {
    this.#gone ??= abortedWithout(this.#outgoing)
    return this.#gone.signal
  }
}

/** Aborted where the connection closes before all has been sent. */
function abortedWithout(outgoing: ServerResponse): AbortController {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort(new Error('the caller went away'))
  })
  return gone
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
    incoming.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    )
    // The caller hung up, or was too slow (Node's requestTimeout).
    incoming.on('error', () => reject(new BodyCutShort()))
    // Of a body that is broken, and was answered for it, Node tells nobody that it has ended.
    outgoing.on('close', () => {
      // Every answer closes at last: an error is dear, its stack above all, and nearly always for nobody.
      if (!incoming.readableEnded) reject(new BodyCutShort())
    })
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
  const length = body === undefined ? 0 : Buffer.byteLength(body)
  // A 304 has the length of what it spares, if any (RFC 9110 §8.6).
  if (status !== 204 && status !== 304) fields.push('content-length', String(length))
  // A body that was not read to its end cannot be followed by another request on this connection.
  if (!incoming.complete) fields.push('connection', 'close')
  outgoing.writeHead(status, fields)
  // As many bytes as characters: all of them are ASCII, which Node writes faster where it need not look for others.
  outgoing.end(body, length === body?.length ? 'latin1' : 'utf8')
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
