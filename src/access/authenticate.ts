import { after, isoTime, type UnixMs } from '../base/index.ts'
import { type Caller, modeOf, testAccount } from '../contract/index.ts'
import { type Credentials, type Problem, parseAuthorization, problem } from '../http/index.ts'
import { createMemory, type Memory, type OpenReader, type Reader, type Row } from '../store/index.ts'
import { isWithin } from './address.ts'
import { type Credentialed, cookieValue, isSameOrigin, type SessionCookie } from './cookie.ts'
import { digestOf, isWellFormedKey } from './key.ts'
import { findSession } from './sessions.ts'

const FIND = `select id, account_id, scopes, expires_at, addresses from signalbox_keys
  where digest = $1 and revoked_at is null`

/** A key that is not revoked, as it is stored. */
interface StoredKey {
  readonly id: string
  readonly account: string
  readonly scopes: readonly string[] | null
  readonly expiresAt: string | null
  readonly addresses: readonly string[] | null
}

/** Keys that were looked up since one was last changed, by the field that they came in. A key that is refused is looked up again. */
export type Callers = Memory<StoredKey>

const CALLERS_CHARACTERS = 2 ** 20

export const createCallers = (): Callers =>
  createMemory(CALLERS_CHARACTERS, authorization => authorization.length, 'signalbox_keys')

/** Who calls, or why nobody is let in; undefined where nobody says who calls. */
export type Identified = Caller | Problem | undefined

export interface Authentication<R extends Credentialed> {
  readonly reader: OpenReader
  readonly callers: Callers
  readonly cookie: SessionCookie
  readonly now: UnixMs
  /** Where a request comes from; undefined where nobody knows. */
  readonly addressOf: (request: R) => string | undefined
  /** The application's own sign-in: the id of the account that the request is for. */
  readonly signedIn: ((request: R) => string | undefined | Promise<string | undefined>) | undefined
}

/**
 * Finds the account of an `Authorization` field, and without that field the account of a session of the portal, or of the
 * application. Undefined where there is none: a session that is over, or that another site's page has the browser send, is
 * none. Where there are no credentials at all, that is answered at once. `Api-Mode: test` makes it the account's test account.
 */
export function authenticate<R extends Credentialed>(
  request: R,
  about: Authentication<R>,
): Identified | Promise<Identified> {
  const authorization = request.header('authorization')
  if (authorization !== undefined) {
    const { reader, callers, now, addressOf } = about
    return after(recallKey(reader, authorization, callers), key =>
      'status' in key ? key : inMode(request, judge(key, now, addressOf(request))),
    )
  }
  return about.signedIn === undefined && request.header('cookie') === undefined
    ? undefined
    : authenticateSession(request, about)
}

async function authenticateSession<R extends Credentialed>(
  request: R,
  { reader, cookie, now, addressOf, signedIn }: Authentication<R>,
): Promise<Identified> {
  const token = cookieValue(request, cookie)
  const session = token === undefined ? undefined : await findSession(reader, token, now)
  if (session !== undefined) return inMode(request, person(session.account, addressOf(request)))
  // A cookie is sent along whoever has the browser ask.
  if (signedIn === undefined || (request.header('cookie') !== undefined && !isSameOrigin(request)))
    return undefined
  const account = await signedIn(request)
  return account === undefined ? undefined : inMode(request, person(account, addressOf(request)))
}

const person = (account: string, address: string | undefined): Caller => ({
  account,
  mode: modeOf(account),
  key: null,
  scopes: null,
  address: address ?? null,
})

/** A key for test data is never one for live data: what it opens is the test account alone. */
function inMode(request: Credentialed, caller: Caller | Problem): Caller | Problem {
  const mode = request.header('api-mode')
  if (mode === undefined || 'status' in caller || mode === caller.mode) return caller
  if (mode === 'test') return { ...caller, account: testAccount(caller.account), mode }
  return problem('mode-refused', {
    detail: mode === 'live' ? 'The key is for test data only.' : 'Api-Mode is either live or test.',
  })
}

async function recallKey(
  reader: OpenReader,
  authorization: string,
  callers: Callers,
): Promise<StoredKey | Problem> {
  const key = await reader.recall(callers, authorization, () => findKey(reader, authorization))
  if (key !== undefined) return key
  return parseAuthorization(authorization) === undefined
    ? problem('key-refused', {
        detail: 'Send the key as `Authorization: Bearer <key>`, or by Basic as the user',
      })
    : problem('key-refused')
}

/**
 * A key as Bearer token (RFC 6750), or as the user or the password of Basic (RFC 7617), as curl's `-u` and Twilio's
 * clients send it.
 */
async function findKey(reader: Reader, authorization: string): Promise<StoredKey | undefined> {
  const credentials = parseAuthorization(authorization)
  for (const key of credentials === undefined ? [] : candidates(credentials)) {
    if (!isWellFormedKey(key)) continue
    const row = await reader.get(FIND, digestOf(key))
    if (row !== undefined) return keyOf(row)
  }
  return undefined
}

const candidates = (given: Credentials): readonly string[] =>
  given.scheme === 'bearer' ? [given.token] : [given.user, given.password]

const keyOf = (row: Row): StoredKey => ({
  id: String(row['id']),
  account: String(row['account_id']),
  scopes: listed(row['scopes']),
  expiresAt: row['expires_at'] == null ? null : String(row['expires_at']),
  addresses: listed(row['addresses']),
})

const listed = (json: unknown): readonly string[] | null =>
  typeof json === 'string' ? (JSON.parse(json) as string[]) : null

/** Whether a key may be used now, and from there. */
function judge(
  { id, account, scopes, expiresAt, addresses }: StoredKey,
  now: UnixMs,
  address: string | undefined,
): Caller | Problem {
  if (expiresAt !== null && expiresAt <= isoTime(now)) return problem('key-refused')
  if (addresses !== null && !isWithin(address, addresses)) {
    return problem('address-refused', {
      detail: `The request came from ${address ?? 'an unknown address'}, which is not in the key's list.`,
    })
  }
  return { account, mode: modeOf(account), key: id, scopes, address: address ?? null }
}
