import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { createIds, systemClock, systemRandom } from '../../base/index.ts'
import { type ProblemCode, problem, problemBody } from '../../http/index.ts'

/** What Node's parser refuses never becomes a request; its answer is a problem all the same. */
export function refuseBrokenRequests(server: Server): void {
  const newId = createIds(systemClock, systemRandom)
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
