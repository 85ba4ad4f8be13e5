import type { Dispatcher } from 'undici'
import type { Clock, Seal } from '../base/index.ts'
import { basicText } from './authorization.ts'
import { MASK, masking } from './mask.ts'
import type { AnswerHeaders, Outcome } from './outcome.ts'
import type { Payload } from './render.ts'
import { type Authorized, type CallingOrder, requestOf, type WebhookMethod } from './request.ts'
import { sendAttempt } from './send.ts'
import { openOrder, type StoredOrder } from './stored-order.ts'
import { createTokens } from './tokens.ts'

/** For a whole attempt, fetching a token included. */
const ATTEMPT_MS = 20_000

/** One attempt that is over, without the secrets that were sent: it may be kept and shown. */
export interface Called {
  readonly sent: {
    readonly method: WebhookMethod
    readonly url: string
    readonly headers: { readonly [name: string]: string }
  }
  readonly outcome: Outcome
}

/** What an attempt is about. */
export interface About {
  readonly eventId: string
  /** In Unix seconds. */
  readonly at: number
  /** The span of the attempt, where traces are kept. */
  readonly traceparent: string | null
}

/**
 * Makes one attempt to call a receiver: authorised, signed and sent within 20 s. It rejects only where a secret cannot be opened
 * (SealedByOther), and has sent nothing then.
 */
export type CallReceiver = (order: StoredOrder, payload: Payload, about: About) => Promise<Called>

export interface CallOptions {
  /** Every connection that it makes has passed the egress guard. */
  readonly agent: () => Dispatcher
  readonly clock: Clock
  readonly seal: Seal
  readonly userAgent: string
}

/** What calls receivers for a whole process, so that they share access tokens. */
export function createCalls(options: CallOptions): CallReceiver {
  const { agent, clock, seal, userAgent } = options
  const tokens = createTokens(options)

  return async (stored, payload, about) => {
    const order = openOrder(stored, seal)
    const started = clock.elapsed()
    const spent = () => clock.elapsed() - started
    const request = requestOf(order, payload, { ...about, userAgent })
    if ('kind' in request) return unsent(order, request, 0)
    const send = async (credentials: Credentials | null): Promise<Called> => {
      const headers = authorized(request.headers, credentials)
      const timeoutMs = Math.max(ATTEMPT_MS - spent(), 0)
      const outcome = await sendAttempt({ agent: agent(), clock, ...request, headers, timeoutMs })
      return withoutSecrets(order, { sent: request, outcome }, credentials)
    }
    const { authorization } = order
    if (authorization?.type !== 'oauth2') return send(authorization && credentialsOf(authorization))

    const { grant } = authorization
    const first = await tokens.of(grant, ATTEMPT_MS - spent())
    if ('error' in first) return unsent(order, { kind: 'unauthorized', ...first }, spent())
    let called = await send(bearer(first.token))
    if (called.outcome.status === 401) {
      // Revoked before its time, most likely. Another is fetched once.
      tokens.refused(grant, first.token)
      const second = await tokens.of(grant, ATTEMPT_MS - spent())
      if ('token' in second) called = await send(bearer(second.token))
    }
    return { ...called, outcome: { ...called.outcome, durationMs: Math.round(spent()) } }
  }
}

/** What an Authorization field says (RFC 9110 §11.4). */
interface Credentials {
  readonly scheme: 'Basic' | 'Bearer'
  readonly text: string
}

const bearer = (text: string): Credentials => ({ scheme: 'Bearer', text })

const credentialsOf = (authorization: Exclude<Authorized, { readonly type: 'oauth2' }>): Credentials =>
  authorization.type === 'bearer'
    ? bearer(authorization.token)
    : { scheme: 'Basic', text: basicText(authorization.username, authorization.password) }

type Headers = Called['sent']['headers']

const authorized = (headers: Headers, credentials: Credentials | null): Headers =>
  credentials === null ? headers : { ...headers, authorization: `${credentials.scheme} ${credentials.text}` }

/** An attempt of which nothing was sent. */
function unsent(
  { method, url }: CallingOrder,
  { kind, error }: Pick<Outcome, 'kind' | 'error'>,
  ms: number,
): Called {
  const durationMs = Math.round(ms)
  const outcome = { kind, error, status: null, headers: null, body: new Uint8Array(), durationMs }
  return { sent: { method, url, headers: {} }, outcome }
}

/** The attempt as it may be kept: without secrets in what was sent, and in what the receiver says of it. */
function withoutSecrets(
  { headers: own, authorization }: CallingOrder,
  called: Called,
  credentials: Credentials | null,
): Called {
  const secret = own.filter(header => header.secret)
  if (secret.length === 0 && credentials === null) return called
  const { sent, outcome } = called
  const hidden = secret.map(({ name }) => [name.toLowerCase(), MASK])
  const headers = {
    ...sent.headers,
    ...(Object.fromEntries(hidden) as Headers),
    ...(credentials && { authorization: `${credentials.scheme} ${MASK}` }),
  }
  const mask = masking([
    ...secret.map(({ value }) => value),
    ...(credentials === null ? [] : [credentials.text]),
    ...(authorization?.type === 'basic' ? [authorization.password] : []),
  ])
  return {
    sent: { ...sent, headers },
    outcome: {
      ...outcome,
      headers: outcome.headers && maskedFields(outcome.headers, mask),
      body: Buffer.from(mask(Buffer.from(outcome.body).toString('utf8')), 'utf8'),
      error: outcome.error && mask(outcome.error),
    },
  }
}

const maskedFields = (headers: AnswerHeaders, mask: (text: string) => string): AnswerHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? mask(value) : value?.map(mask),
    ]),
  )
