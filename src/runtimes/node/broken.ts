import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createIds, systemClock, systemRandom } from '../../base/index.ts'
import { PROBLEM_JSON, type Problem, type ProblemCode, problem, problemBody } from '../../http/index.ts'
import { mayTakeLong } from './long.ts'

const newId = createIds(systemClock, systemRandom)

/** What Node answers by itself, answered as everything else is. */
export function refuseExpectations(server: Server): void {
  // An Expect other than 100-continue (RFC 9110 §10.1.1).
  server.on('checkExpectation', (_incoming, outgoing: ServerResponse) =>
    sendProblem(outgoing, problem('expectation-failed')),
  )
}

/** This is no proxy (RFC 9110 §9.3.6). Without a listener Node hangs up on who asks for one. */
export function refuseTunnels(server: Server): void {
  server.on('connect', (_incoming, socket: Duplex) => {
    end(socket, problem('bad-request', { detail: 'CONNECT is for proxies.' }))
  })
}

/** Answers before the journey begins, and ends the connection: where such a request ends is not certain. */
export function sendProblem(outgoing: ServerResponse, from: Problem): void {
  const { body, headers } = answerOf(from)
  outgoing.writeHead(from.status, headers)
  outgoing.end(body)
}

/**
 * What Node's parser refuses never becomes a request; its answer is a problem all the same. The requests before it on
 * the connection are answered first: else their callers would take its answer for theirs. What comes after it is read by
 * nobody.
 */
export function refuseBrokenRequests(server: Server): void {
  const refused = new WeakSet<Duplex>()
  server.on('request', ({ socket }: { readonly socket: Connection }, outgoing: Latest) => {
    socket[latest] = outgoing
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Connection) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const before = socket[latest]
    // Node tells of it once, and goes on reading.
    if (error.code === REQUEST_TIMEOUT && before !== undefined && mayTakeLong(before.req)) return
    // The parser is asked again with whatever else arrives, and refuses that as well.
    if (refused.has(socket)) return
    refused.add(socket)
    const from = problem(codeOf(error))
    if (before === undefined || before.writableFinished) end(socket, from)
    else if (before.req.complete) before.once('close', () => end(socket, from))
    // Its body is what is broken, and it has no answer yet: this is it, in its turn.
    else if (!before.headersSent) sendProblem(before, from)
    else socket.destroy()
  })
}

type Latest = ServerResponse<IncomingMessage>

/** Where a connection has the answer to its latest request: on itself, since a map that is written for each request costs more. */
const latest = Symbol('latest answer')

interface Connection extends Duplex {
  [latest]?: Latest
}

function end(socket: Duplex, from: Problem): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const { body, headers } = answerOf(from)
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${from.status} ${from.title}`, ...fields, '', body].join('\r\n'))
}

function answerOf(from: Problem): { body: string; headers: Record<string, string> } {
  const id = newId('req')
  const body = JSON.stringify(problemBody(from, id))
  const headers = {
    'content-type': PROBLEM_JSON,
    'content-length': String(Buffer.byteLength(body)),
    'request-id': id,
    connection: 'close',
  }
  return { body, headers }
}

const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT'

function codeOf(error: NodeJS.ErrnoException): ProblemCode {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  if (error.code === REQUEST_TIMEOUT) return 'request-timeout'
  return 'bad-request'
}
