import { isoTime, type Random, sha256, type UnixMs } from '../base/index.ts'
import { modeOf, type Sql } from '../contract/index.ts'
import type { Reader, Tx } from '../store/index.ts'
import { requireAccount } from './accounts.ts'

// A sign-in link and the session that it turns into are one row. Spending the link is one statement that makes its row
// the session's: of two who spend it at once only one finds it, and a process that dies leaves a link or a session.

/** A link just made. */
export interface SignInLink {
  /** `/portal#sign-in=<token>`. A fragment is not sent, so no log has it and no scanner that fetches links spends it. */
  readonly path: string
  readonly expires_at: string
}

/** Somebody who is signed in to the portal. */
export interface Session {
  readonly account: string
  /** Of the account. */
  readonly name: string
  readonly expires_at: string
}

/** How long a session lasts, used or not: 12 hours. */
export const SESSION_MS = 12 * 60 * 60 * 1000

const LINK_MS = 60 * 60 * 1000

const ADD_LINK = `insert into signalbox_sign_ins (digest, kind, account_id, expires_at) values ($1, 'link', $2, $3)`
const FORGET = 'delete from signalbox_sign_ins where expires_at <= $1'
const HAS_LINK = `select 1 from signalbox_sign_ins where digest = $1 and kind = 'link' and expires_at > $2`
const SPEND = `update signalbox_sign_ins set digest = $3, kind = 'session', expires_at = $4
  where digest = $1 and kind = 'link' and expires_at > $2`
const FIND = `select a.id, a.name, s.expires_at
  from signalbox_sign_ins s join signalbox_accounts a on a.id = s.account_id
  where s.digest = $1 and s.kind = 'session' and s.expires_at > $2`
const END = `delete from signalbox_sign_ins where digest = $1 and kind = 'session'`
const END_ALL = 'delete from signalbox_sign_ins where account_id = $1'

/** Makes a link, and takes away what is past its time: the table holds what is of use, and what expired since the last link. */
export async function makeSignInLink(
  sql: Sql,
  random: Random,
  of: { readonly account: string; readonly now: Date; readonly validMs?: number | undefined },
): Promise<SignInLink> {
  const { account, now, validMs = LINK_MS } = of
  await requireAccount(sql, account)
  if (modeOf(account) === 'test')
    throw new Error(`'${account}' is a test account: make the link for the account that it belongs to`)
  await sql.run(FORGET, now.toISOString())
  const token = newToken(random)
  const expires_at = isoTime(now.getTime() + validMs)
  await sql.run(ADD_LINK, sha256(token), account, expires_at)
  return { path: `/portal#sign-in=${token}`, expires_at }
}

/** Whether the token is that of a link which can be spent: a guess costs a read, and does not hold up writers. */
export async function canSpend(reader: Reader, token: string, now: UnixMs): Promise<boolean> {
  return isToken(token) && (await reader.get(HAS_LINK, sha256(token), isoTime(now))) !== undefined
}

/** Turns the link into a session, and answers the session's token; undefined where the link is spent or too old. */
export async function spendSignInLink(
  tx: Tx,
  random: Random,
  token: string,
  now: UnixMs,
): Promise<string | undefined> {
  const session = newToken(random)
  const expires_at = isoTime(now + SESSION_MS)
  const spent = await tx.run(SPEND, sha256(token), isoTime(now), sha256(session), expires_at)
  return spent === 0 ? undefined : session
}

/** The session of this token; undefined where there is none, or it is over. */
export async function findSession(reader: Reader, token: string, now: UnixMs): Promise<Session | undefined> {
  if (!isToken(token)) return undefined
  const row = await reader.get(FIND, sha256(token), isoTime(now))
  return (
    row && { account: String(row['id']), name: String(row['name']), expires_at: String(row['expires_at']) }
  )
}

export async function endSession(tx: Tx, token: string): Promise<void> {
  await tx.run(END, sha256(token))
}

/** Ends all sessions of the account, and its links with them. */
export async function endSessions(sql: Sql, account: string): Promise<void> {
  await sql.run(END_ALL, account)
}

// 256 bits, looked up by their digest: nobody guesses one, and how long it takes tells nothing of how near a guess was.
const newToken = (random: Random): string => Buffer.from(random.bytes(32)).toString('base64url')

const isToken = (text: string): boolean => /^[\w-]{43}$/.test(text)
