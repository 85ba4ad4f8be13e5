import { EgressRefused, NameUnresolved, TlsFailed } from './connect.ts'

/**
 * What became of an attempt:
 * - `delivered`: a 2xx status came, whatever happened to the rest of the answer.
 * - `gone`: a 410 came: the receiver is not there any more, and its webhook is disabled.
 * - `refused`: any other status came. Redirects are among them; they are not followed.
 * - `timed-out`: no status in time.
 * - `unresolved`: the name has no address.
 * - `blocked`: the egress guard is closed for it. Nothing was connected.
 * - `unreachable`: no connection, or one that was closed before an answer began.
 * - `tls-failed`: the certificate, or the handshake.
 * - `broken`: an answer began that is not HTTP/1.1, or exceeds its limits.
 * - `unauthorized`: an access token for the receiver could not be had. Nothing was sent.
 * - `too-long`: a GET's URL would be too long with the event in it. Nothing was sent, and nothing will be.
 * - `unrenderable`: the event cannot be written in the webhook's format. Nothing was sent, and nothing will be.
 */
export type OutcomeKind =
  | 'delivered'
  | 'gone'
  | 'refused'
  | 'timed-out'
  | 'unresolved'
  | 'blocked'
  | 'unreachable'
  | 'tls-failed'
  | 'broken'
  | 'unauthorized'
  | 'too-long'
  | 'unrenderable'

/** Field values by lower-case name; a field that came several times has a list. */
export interface AnswerHeaders {
  readonly [name: string]: string | readonly string[] | undefined
}

export interface Outcome {
  readonly kind: OutcomeKind
  /** Null where no status came. */
  readonly status: number | null
  readonly headers: AnswerHeaders | null
  /** The first bytes of the answer's body. */
  readonly body: Uint8Array
  /** Whole milliseconds of the whole attempt. */
  readonly durationMs: number
  /** What went wrong, in words for the webhook's owner; beside a status, why the body is not whole. */
  readonly error: string | null
}

export function kindOfStatus(status: number): OutcomeKind {
  if (status >= 200 && status < 300) return 'delivered'
  // RFC 9110 §15.5.11: access is no longer there, and this is likely to be for good.
  return status === 410 ? 'gone' : 'refused'
}

/** The kind of a failure before a status came. `began`: whether bytes of an answer had come. */
export function kindOfError(error: Error, began: boolean): OutcomeKind {
  if (error instanceof EgressRefused) return 'blocked'
  if (error instanceof NameUnresolved) return 'unresolved'
  if (error instanceof TlsFailed) return 'tls-failed'
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'timed-out'
  return began || code.startsWith('HPE_') ? 'broken' : 'unreachable'
}

/** An AggregateError (one failure for each address) has no message of its own. */
export const describe = (error: Error): string =>
  error instanceof AggregateError
    ? error.errors.map(({ message }: Error) => message).join('; ')
    : error.message
