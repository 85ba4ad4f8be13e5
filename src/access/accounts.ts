import type { NewId, Random } from '../base/index.ts'
import { type Mode, modeOf, type Sql, testAccount } from '../contract/index.ts'
import { newKey } from './key.ts'

const INSERT_ACCOUNT = 'insert into signalbox_accounts (id, name, mode, created_at) values ($1, $2, $3, $4)'
const FIND_ACCOUNT = "select id from signalbox_accounts where name = $1 and mode = 'live' order by id limit 1"
const HAS_ACCOUNT = 'select 1 from signalbox_accounts where id = $1'
const INSERT_KEY = `insert into signalbox_keys
  (id, account_id, mode, name, hint, digest, created_at, scopes, expires_at, addresses)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

/**
 * Makes an account: one consumer of the api, who owns rows, keys and webhooks; and its test account. Answers its id.
 *
 * @throws Error where the id is one of a test account.
 */
export async function createAccount(
  sql: Sql,
  { id, name, now }: { readonly id: string; readonly name: string; readonly now: Date },
): Promise<string> {
  if (modeOf(id) === 'test') throw new Error(`'${id}' is the id of a test account: choose another`)
  for (const each of [id, testAccount(id)])
    await sql.run(INSERT_ACCOUNT, each, name, modeOf(each), now.toISOString())
  return id
}

/** The id of the oldest account with that name; undefined where there is none. */
export async function findAccount(sql: Pick<Sql, 'get'>, name: string): Promise<string | undefined> {
  const row = await sql.get(FIND_ACCOUNT, name)
  return row && String(row['id'])
}

/** @throws Error where there is no such account. */
export async function requireAccount(sql: Pick<Sql, 'get'>, account: string): Promise<void> {
  if ((await sql.get(HAS_ACCOUNT, account)) !== undefined) return
  throw new Error(`there is no account '${account}': make it with accounts.create()`)
}

/** What a key may do, until when, and from where. Null: everything, for ever, from everywhere. */
export interface KeyTerms {
  /** What it may do: `articles:read`. */
  readonly scopes: readonly string[] | null
  /** RFC 3339. From then on it is refused. */
  readonly expires_at: string | null
  /** Addresses and networks that it may be used from: `192.0.2.0/24`. */
  readonly addresses: readonly string[] | null
}

export const NO_TERMS: KeyTerms = { scopes: null, expires_at: null, addresses: null }

/** A key just made. `key` is shown now and never again. */
export interface IssuedKey {
  readonly id: string
  readonly mode: Mode
  readonly name: string
  readonly hint: string
  readonly scopes: string[] | null
  readonly expires_at: string | null
  readonly addresses: string[] | null
  readonly created_at: string
  readonly revoked_at: null
  readonly last_used_at: null
  readonly key: string
}

export async function issueKey(
  sql: Sql,
  made: { readonly newId: NewId; readonly random: Random; readonly prefix: string },
  of: { readonly account: string; readonly name: string; readonly now: Date; readonly terms: KeyTerms },
): Promise<IssuedKey> {
  await requireAccount(sql, of.account)
  const mode = modeOf(of.account)
  const { key, digest, hint } = newKey(made.prefix, mode, made.random)
  const id = made.newId('key')
  const created_at = of.now.toISOString()
  const scopes = of.terms.scopes && [...of.terms.scopes]
  const addresses = of.terms.addresses && [...of.terms.addresses]
  const expires_at = of.terms.expires_at === null ? null : new Date(of.terms.expires_at).toISOString()
  const terms = [jsonOf(scopes), expires_at, jsonOf(addresses)] as const
  await sql.run(INSERT_KEY, id, of.account, mode, of.name, hint, digest, created_at, ...terms)
  const state = { created_at, revoked_at: null, last_used_at: null }
  return { id, mode, name: of.name, hint, ...state, scopes, expires_at, addresses, key }
}

const jsonOf = (list: readonly string[] | null): string | null =>
  list === null ? null : JSON.stringify(list)
