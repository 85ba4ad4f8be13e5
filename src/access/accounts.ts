import type { NewId, Random } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'
import { newKey } from './key.ts'

const INSERT_ACCOUNT = 'insert into signalbox_accounts (id, name, created_at) values ($1, $2, $3)'
const FIND_ACCOUNT = 'select id from signalbox_accounts where name = $1 order by id limit 1'
const HAS_ACCOUNT = 'select 1 from signalbox_accounts where id = $1'
const INSERT_KEY = `insert into signalbox_keys (id, account_id, name, hint, digest, created_at) values ($1, $2, $3, $4, $5, $6)`

/** Makes an account: one consumer of the api, who owns rows, keys and webhooks. Answers its id. */
export async function createAccount(
  sql: Sql,
  { id, name, now }: { readonly id: string; readonly name: string; readonly now: Date },
): Promise<string> {
  await sql.run(INSERT_ACCOUNT, id, name, now.toISOString())
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

/** A key just made. `key` is shown now and never again. */
export interface IssuedKey {
  readonly id: string
  readonly name: string
  readonly hint: string
  readonly created_at: string
  readonly revoked_at: null
  readonly key: string
}

export async function issueKey(
  sql: Sql,
  made: { readonly newId: NewId; readonly random: Random; readonly prefix: string },
  of: { readonly account: string; readonly name: string; readonly now: Date },
): Promise<IssuedKey> {
  await requireAccount(sql, of.account)
  const { key, digest, hint } = newKey(made.prefix, made.random)
  const id = made.newId('key')
  const created_at = of.now.toISOString()
  await sql.run(INSERT_KEY, id, of.account, of.name, hint, digest, created_at)
  return { id, name: of.name, hint, created_at, revoked_at: null, key }
}
