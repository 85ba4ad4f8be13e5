import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createIds, systemClock, systemRandom } from '../../base/index.ts'
import { PROBLEM_JSON, type ProblemCode, problem, problemBody } from '../../http/index.ts'

const newId = createIds(systemClock, systemRandom)

/** What Node answers by itself, answered as everything else is. */
export function refuseExpectations(server: Server): void {
  // An Expect other than 100-continue (RFC 9110 §10.1.1).
  server.on('checkExpectation', (_incoming, outgoing: ServerResponse) => {
    const from = problem('expectation-failed')
    const id = newId('req')
    outgoing.writeHead(from.status, { 'content-type': PROBLEM_JSON, 'request-id': id })
    outgoing.end(JSON.stringify(problemBody(from, id)))
  })
}

/** What Node's parser refuses never becomes a request; its answer is a problem all the same. */
export function refuseBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const from = problem(codeOf(error))
    const id = newId('req')
    const body = JSON.stringify(problemBody(from, id))
    socket.end(
      [
        `HTTP/1.1 ${from.status} ${from.title}`,
        'Content-Type: application/problem+json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        `Request-Id: ${id}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    )
  })
}

function codeOf(error: NodeJS.ErrnoException): ProblemCode {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout'
  return 'bad-request'
}
