import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { systemClock } from '../../src/base/index.ts'
import { type ConnectOptions, createAgent } from '../../src/webhooks/connect.ts'
import type { Lookup } from '../../src/webhooks/dns.ts'
import { createEgress } from '../../src/webhooks/egress.ts'
import { type Attempt, sendAttempt } from '../../src/webhooks/send.ts'
import { testCertificate } from './certificate.ts'

/** A receiver made of a bare socket, so that it can misbehave in any way. */
export interface Receiver {
  readonly port: number
  readonly url: string
  /** How many connections have come. */
  connects(): number
  /** All that was sent to it. */
  received(): string
  /** Resolves when the first connection is over. */
  readonly dropped: Promise<void>
}

interface Options {
  readonly host?: string
  /** Default: a free one. */
  readonly port?: number
  readonly tls?: boolean
}

export async function receive(
  t: TestContext,
  onRequest: (socket: Socket) => void,
  { host = '127.0.0.1', port: wanted = 0, tls = false }: Options = {},
): Promise<Receiver> {
  let count = 0
  let received = ''
  const over = Promise.withResolvers<void>()
  const open = new Set<Socket>()
  const accept = (socket: Socket) => {
    count += 1
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      open.delete(socket)
      over.resolve()
    })
    socket.on('data', chunk => {
      received += chunk.toString('latin1')
    })
    socket.once('data', () => onRequest(socket))
  }
  const server: Server = tls ? createTlsServer(testCertificate, accept) : createServer(accept)
  if (tls) server.on('tlsClientError', () => {})
  server.listen(wanted, host)
  await once(server, 'listening')
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the test server has no port')
  const { port } = address
  return {
    port,
    url: `${tls ? 'https' : 'http'}://${host}:${port}/hook`,
    connects: () => count,
    received: () => received,
    dropped: over.promise,
  }
}

/** Answers with these bytes, and leaves the connection open. */
export const answering = (text: string) => (socket: Socket) => {
  socket.write(text)
}

export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** An agent to which only 127.0.0.1 is open, so that 127.0.0.2 stands for everything that is closed. */
export function testAgent(t: TestContext, options?: ConnectOptions, lookup?: Lookup) {
  const agent = createAgent(createEgress({ open: ['127.0.0.1/32'] }), options, lookup)
  t.after(() => agent.destroy())
  return agent
}

/** One attempt with what most tests share. */
export const attemptTo = (url: string, rest: Pick<Attempt, 'agent'> & Partial<Attempt>) =>
  sendAttempt({
    url,
    headers: { 'content-type': 'application/json' },
    body: '{"id":"evt_1"}',
    clock: systemClock,
    ...rest,
  })
