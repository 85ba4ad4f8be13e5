import { type Credentials, type Problem, parseAuthorization, problem } from '../http/index.ts'
import type { Reader } from '../store/index.ts'
import { digestOf, isWellFormedKey } from './key.ts'

/** Who calls. */
export interface Caller {
  readonly account: string
  readonly key: string
}

const FIND = `select id, account_id from signalbox_keys where digest = $1 and revoked_at is null`

/**
 * Finds the account of an `Authorization` field: a key as Bearer token (RFC 6750), or as the user or the password of
 * Basic (RFC 7617), as curl's `-u` and Twilio's clients send it. Undefined where there is no such field.
 */
export async function authenticate(
  reader: Reader,
  authorization: string | undefined,
): Promise<Caller | Problem | undefined> {
  if (authorization === undefined) return undefined
  const credentials = parseAuthorization(authorization)
  if (credentials === undefined) {
    return problem('key-refused', {
      detail: 'Send the key as `Authorization: Bearer <key>`, or by Basic as the user',
    })
  }
  for (const key of candidates(credentials)) {
    if (!isWellFormedKey(key)) continue
    const row = await reader.get(FIND, digestOf(key))
    if (row !== undefined) return { account: String(row['account_id']), key: String(row['id']) }
  }
  return problem('key-refused')
}

const candidates = (given: Credentials): readonly string[] =>
  given.scheme === 'bearer' ? [given.token] : [given.user, given.password]
