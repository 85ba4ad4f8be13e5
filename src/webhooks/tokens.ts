import { createHash } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Clock } from '../base/index.ts'
import { FORM_TYPE, JSON_TYPE } from '../http/index.ts'
import { B64_TOKEN, basicText } from './authorization.ts'
import type { Outcome } from './outcome.ts'
import { sendAttempt } from './send.ts'

// Access tokens by the client credentials grant (RFC 6749 §4.4), kept in memory until shortly before they expire. All who want
// the same token while it is being fetched wait for one request. Nothing that a token endpoint says is handed on but its
// error code: its words may quote the secret.

/** Who asks for a token, and what for. */
export interface Grant {
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly clientAuthentication: 'basic' | 'body'
  readonly scope: string | undefined
  readonly audience: string | undefined
}

/** A token, or why there is none: in words for the webhook's owner, without a secret. */
export type Token = { readonly token: string } | { readonly error: string }

export interface Tokens {
  /** @param withinMs how long the caller can wait. */
  of(grant: Grant, withinMs: number): Promise<Token>
  /** The receiver does not take this token: it is not handed out again. */
  refused(grant: Grant, token: string): void
}

export interface TokensOptions {
  /** Every connection that it makes has passed the egress guard. */
  readonly agent: () => Dispatcher
  readonly clock: Clock
  readonly userAgent: string
}

/** A request for a token. It leaves half of an attempt to the attempt itself. */
const FETCH_MS = 10_000
const MAX_KEPT = 10_000
/** Where the endpoint does not say how long a token is good (RFC 6749 §5.1 only recommends it). */
const USUAL_SECONDS = 300
const LONGEST_SECONDS = 86_400
/** A token is not used in the last tenth of its life, up to this: on its way it would expire. */
const MARGIN_SECONDS = 60
/** Attempts that begin together share a failure too: an endpoint that is down is not asked by each of them. */
const FAILURE_MS = 1_000
const LONGEST_TOKEN = 8_192

interface Kept {
  readonly token: Promise<Token>
  /** Undefined while it is being fetched. `until` is on the clock that only goes forward. */
  settled: { readonly token: Token; readonly until: number } | undefined
}

export function createTokens(options: TokensOptions): Tokens {
  const { clock } = options
  const kept = new Map<string, Kept>()

  function fetched(grant: Grant): Kept {
    const entry: Kept = {
      token: requestToken(options, grant).then(({ seconds, ...token }) => {
        const lasts = 'error' in token ? FAILURE_MS : usableMs(seconds)
        entry.settled = { token, until: clock.elapsed() + lasts }
        return token
      }),
      settled: undefined,
    }
    return entry
  }

  return {
    of(grant, withinMs) {
      const key = keyOf(grant)
      const known = kept.get(key)
      const isOver = known?.settled !== undefined && known.settled.until <= clock.elapsed()
      const entry = known === undefined || isOver ? fetched(grant) : known
      // The one that was asked for last is the last to be forgotten.
      kept.delete(key)
      kept.set(key, entry)
      const oldest = kept.size > MAX_KEPT ? kept.keys().next().value : undefined
      if (oldest !== undefined) kept.delete(oldest)
      return within(entry.token, withinMs)
    },
    refused(grant, token) {
      const key = keyOf(grant)
      const is = kept.get(key)?.settled?.token
      // Who is late finds another one, which nobody has refused.
      if (is !== undefined && 'token' in is && is.token === token) kept.delete(key)
    },
  }
}

const keyOf = (grant: Grant): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(grant)))
    .digest('base64')

/** How long a token is used that is good for so many seconds. */
export const usableMs = (seconds: number): number =>
  (seconds - Math.min(MARGIN_SECONDS, seconds / 10)) * 1_000

function within(token: Promise<Token>, ms: number): Promise<Token> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Token>(resolve => {
    timer = setTimeout(() => resolve({ error: 'the token endpoint did not answer in time' }), ms)
  })
  return Promise.race([token, late]).finally(() => clearTimeout(timer))
}

async function requestToken(
  { agent, clock, userAgent }: TokensOptions,
  grant: Grant,
): Promise<Token & { readonly seconds: number }> {
  const { tokenUrl, clientId, clientSecret, clientAuthentication, scope, audience } = grant
  const byBody = clientAuthentication === 'body'
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(byBody && { client_id: clientId, client_secret: clientSecret }),
  })
  const outcome = await sendAttempt({
    agent: agent(),
    clock,
    url: tokenUrl,
    headers: {
      'content-type': FORM_TYPE,
      accept: JSON_TYPE,
      'user-agent': userAgent,
      // RFC 6749 §2.3.1: both are form-encoded first.
      ...(!byBody && {
        authorization: `Basic ${basicText(formEncoded(clientId), formEncoded(clientSecret))}`,
      }),
    },
    body: form.toString(),
    timeoutMs: FETCH_MS,
  })
  return tokenIn(outcome)
}

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)

/** RFC 6749 §5.2. */
const ERRORS: ReadonlySet<unknown> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
])

/** What an answer of a token endpoint brings (RFC 6749 §5). */
export function tokenIn({ kind, status, body, error }: Pick<Outcome, 'kind' | 'status' | 'body' | 'error'>) {
  const failed = (why: string) => ({ error: why, seconds: 0 })
  if (status === null) return failed(`the token endpoint could not be asked: ${kind}, ${error ?? ''}`)
  const answer = objectIn(body)
  if (kind !== 'delivered') {
    const code = ERRORS.has(answer['error']) ? `: ${String(answer['error'])}` : ''
    return failed(`the token endpoint answered ${status}${code}`)
  }
  if (error !== null) return failed('the answer of the token endpoint did not come whole, or is too long')
  const { access_token: token, token_type: type = 'bearer', expires_in: given } = answer
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN || !B64_TOKEN.test(token))
    return failed(`the token endpoint answered ${status} without a token that can be sent`)
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    return failed('the token endpoint gave a token of another type than bearer')
  const seconds = Number(given ?? USUAL_SECONDS)
  return { token, seconds: seconds >= 0 ? Math.min(seconds, LONGEST_SECONDS) : USUAL_SECONDS }
}

function objectIn(body: Uint8Array): { readonly [member: string]: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
