import type { Dispatcher } from 'undici'
import type { Clock } from '../base/index.ts'
import {
  type AnswerHeaders,
  describe,
  kindOfError,
  kindOfStatus,
  type Outcome,
  type OutcomeKind,
} from './outcome.ts'

export interface Attempt {
  readonly agent: Dispatcher
  readonly url: string
  /** Default: POST. */
  readonly method?: 'POST' | 'PUT' | 'GET'
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array | string | null
  /** For the whole attempt: DNS, connection, headers and body. Default: 20,000. */
  readonly timeoutMs?: number
  /** How much of the answer's body is read before the connection is dropped. Default: 65,536. */
  readonly maxBytes?: number
  readonly clock: Clock
}

/** A final answer comes within a few interim ones (RFC 9110 §15.2); more are a way to keep us busy. */
const MAX_INTERIM = 16
const NOTHING = new Uint8Array()

/** Makes one attempt. It never rejects and never outlasts `timeoutMs`; redirects are not followed. */
export function sendAttempt(attempt: Attempt): Promise<Outcome> {
  const { agent, method = 'POST', headers, body, timeoutMs = 20_000, maxBytes = 65_536, clock } = attempt
  const url = URL.parse(attempt.url)
  return new Promise(resolve => {
    const started = clock.elapsed()
    const answer = collect(maxBytes, outcome => {
      clearTimeout(timer)
      resolve({ ...outcome, durationMs: Math.round(clock.elapsed() - started) })
    })
    const timer = setTimeout(
      () => answer.drop('timed-out', `the answer did not end within ${timeoutMs} ms`),
      timeoutMs,
    )
    if (url === null) {
      answer.drop('unreachable', 'the URL cannot be read')
      return
    }
    // One timer bounds the whole; undici's own would only bound its pieces.
    const limits = { headersTimeout: 0, bodyTimeout: 0 }
    const { origin, pathname, search } = url
    agent.dispatch({ origin, path: pathname + search, method, headers, body, ...limits }, answer.handler)
  })
}

/** Gathers an answer from undici's calls. `done` is called once, at the first of: its end, a failure, `drop`. */
function collect(maxBytes: number, done: (outcome: Omit<Outcome, 'durationMs'>) => void) {
  let controller: Dispatcher.DispatchController | undefined
  let over = false
  let began = false
  let interim = 0
  let status: number | null = null
  let headers: AnswerHeaders | null = null
  const chunks: Uint8Array[] = []
  let size = 0

  /** Once a status has come, it is the outcome, and `error` a note on the body. */
  const end = (kind: OutcomeKind, error: string | null) => {
    if (over) return
    over = true
    const body = size === 0 ? NOTHING : Buffer.concat(chunks, Math.min(size, maxBytes))
    done({ kind: status === null ? kind : kindOfStatus(status), status, headers, body, error })
  }
  /** Ends here, and drops the connection. */
  const drop = (kind: OutcomeKind, error: string) => {
    end(kind, error)
    controller?.abort(new Error(error))
  }
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started
      // Dropped before the connection stood: nothing may be sent any more.
      if (over) started.abort(new Error('the attempt is over'))
    },
    onResponseStarted() {
      began = true
    },
    onResponseStart(_controller, code, fields) {
      if (code >= 200) {
        status = code
        headers = fields
      } else if (++interim > MAX_INTERIM) {
        drop('broken', `more than ${MAX_INTERIM} interim answers came`)
      }
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) drop('broken', `the body is longer than the ${maxBytes} bytes that are read`)
    },
    onResponseEnd() {
      // A status has come by now, so it says what this is.
      end('broken', null)
    },
    onResponseError(_controller, error) {
      end(kindOfError(error, began), describe(error))
    },
  }
  return { handler, drop }
}
