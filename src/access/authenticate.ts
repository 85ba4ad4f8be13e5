import type { UnixMs } from '../base/index.ts'
import { type Credentials, type Problem, parseAuthorization, problem } from '../http/index.ts'
import { createMemory, type Memory, type OpenReader, type Reader } from '../store/index.ts'
import { type Credentialed, cookieValue, type SessionCookie } from './cookie.ts'
import { digestOf, isWellFormedKey } from './key.ts'
import { findSession } from './sessions.ts'

/** Who calls. */
export interface Caller {
  readonly account: string
}

/** Whose keys were looked up since the last commit. A key that is refused is looked up again. */
export type Callers = Memory<Caller>

const CALLERS_CHARACTERS = 2 ** 20

export const createCallers = (): Callers =>
  createMemory(CALLERS_CHARACTERS, authorization => authorization.length)

const FIND = `select account_id from signalbox_keys where digest = $1 and revoked_at is null`

/**
 * Finds the account of an `Authorization` field, and without that field the account of a session. Undefined where there is
 * neither: a session that is over, or that another site's page has the browser send, is none.
 */
export async function authenticate(
  reader: OpenReader,
  request: Credentialed,
  {
    callers,
    cookie,
    now,
  }: { readonly callers: Callers; readonly cookie: SessionCookie; readonly now: UnixMs },
): Promise<Caller | Problem | undefined> {
  const authorization = request.header('authorization')
  if (authorization !== undefined) return recallKey(reader, authorization, callers)
  const token = cookieValue(request, cookie)
  return token === undefined ? undefined : findSession(reader, token, now)
}

async function recallKey(
  reader: OpenReader,
  authorization: string,
  callers: Callers,
): Promise<Caller | Problem | undefined> {
  let refused: Problem | undefined
  const caller = await reader.recall(callers, authorization, async () => {
    const found = await findKey(reader, authorization)
    if (!('status' in found)) return found
    refused = found
    return undefined
  })
  return caller ?? refused
}

/**
 * A key as Bearer token (RFC 6750), or as the user or the password of Basic (RFC 7617), as curl's `-u` and Twilio's
 * clients send it.
 */
async function findKey(reader: Reader, authorization: string): Promise<Caller | Problem> {
  const credentials = parseAuthorization(authorization)
  if (credentials === undefined) {
    return problem('key-refused', {
      detail: 'Send the key as `Authorization: Bearer <key>`, or by Basic as the user',
    })
  }
  for (const key of candidates(credentials)) {
    if (!isWellFormedKey(key)) continue
    const row = await reader.get(FIND, digestOf(key))
    if (row !== undefined) return { account: String(row['account_id']) }
  }
  return problem('key-refused')
}

const candidates = (given: Credentials): readonly string[] =>
  given.scheme === 'bearer' ? [given.token] : [given.user, given.password]
