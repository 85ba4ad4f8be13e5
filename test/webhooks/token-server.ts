import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What came to a token endpoint. */
export interface TokenRequest {
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
}

/** A token endpoint: a real server on a socket. */
export async function startTokenServer() {
  const received: TokenRequest[] = []
  let answer = (outgoing: ServerResponse, n: number): void => giving(`token-${n}`)(outgoing)
  const server = createServer((incoming: IncomingMessage, outgoing) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    incoming.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(body))
      received.push({ authorization: incoming.headers.authorization, form })
      answer(outgoing, received.length)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    received,
    answer(next: typeof answer) {
      answer = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Answers with this token. */
export const giving =
  (token: string, more: object = { expires_in: 3600 }) =>
  (outgoing: ServerResponse): void => {
    outgoing.setHeader('content-type', 'application/json')
    outgoing.end(JSON.stringify({ access_token: token, token_type: 'Bearer', ...more }))
  }

/** Answers with a status and a body. */
export const saying =
  (status: number, body: unknown) =>
  (outgoing: ServerResponse): void => {
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
