import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly id: string
  readonly method: string
  /** As the caller wrote it, put together from its Host and its target. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Said {
  readonly status: number
  readonly body: string
  readonly headers?: { readonly [name: string]: string }
}

/** How a receiver answers: with a status, with more than that, or not at all. */
export type Behaviour = (received: Received) => number | Said | 'hang'

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
  behave(behaviour: Behaviour): void
  /** The first request, past or coming, that fits. */
  next(fits: (received: Received) => boolean, withinMs?: number): Promise<Received>
  close(): Promise<void>
}

/** Somebody's webhook receiver: a real server on a socket. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const waiting = new Set<(one: Received) => void>()
  let behaviour: Behaviour = () => 204
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', headers } = incoming
      const one = {
        id: String(headers['webhook-id']),
        method,
        url: `http://${headers.host}${incoming.url}`,
        headers,
        body: Buffer.concat(chunks).toString(),
      }
      received.push(one)
      const answer = behaviour(one)
      if (typeof answer === 'number') outgoing.writeHead(answer).end()
      else if (answer !== 'hang') outgoing.writeHead(answer.status, answer.headers).end(answer.body)
      for (const tell of waiting) tell(one)
    })
  })
  // A test that fails before it has closed it must not keep its file open.
  server.on('connection', socket => socket.unref()).unref()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    behave(next) {
      behaviour = next
    },
    next(fits, withinMs = 60_000) {
      const past = received.find(fits)
      if (past !== undefined) return Promise.resolve(past)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(tell)
          reject(new Error(`nothing that fits came within ${withinMs} ms; ${received.length} requests came`))
        }, withinMs)
        const tell = (one: Received): void => {
          if (!fits(one)) return
          clearTimeout(timer)
          waiting.delete(tell)
          resolve(one)
        }
        waiting.add(tell)
      })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
