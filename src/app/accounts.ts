import { createAccount, findAccount, type IssuedKey, issueKey } from '../access/index.ts'
import type { NewId, Random } from '../base/index.ts'
import type { Unit } from '../contract/index.ts'
import type { Store } from '../store/index.ts'
import { type Environment, runUnit } from '../unit/index.ts'

/** What the producer's own program does with accounts and keys; callers reach theirs at `/keys`. */
export interface Accounts {
  /** Makes an account and answers its id: your own, where your tables know their owners by it. */
  create(name: string, id?: string): Promise<string>
  /** The id of the oldest account of that name, made when there is none. */
  named(name: string): Promise<string>
  /** A fresh key. Its `key` can be shown now and never again. */
  issueKey(account: string, name: string): Promise<IssuedKey>
}

export function createAccounts(
  store: Store,
  env: Environment,
  made: { readonly newId: NewId; readonly random: Random; readonly prefix: string },
): Accounts {
  const inUnit = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    runUnit(store, env, undefined, ({ run }) => run(work))
  const make = (unit: Unit, name: string, id = env.newId('acc')): Promise<string> =>
    createAccount(unit.sql, { id, name, now: unit.now })
  return {
    create: (name, id) => inUnit(unit => make(unit, name, id)),
    // Looked for and made in one unit, so that two processes that start at once do not make two.
    named: name => inUnit(async unit => (await findAccount(unit.sql, name)) ?? make(unit, name)),
    issueKey: (account, name) => inUnit(({ sql, now }) => issueKey(sql, made, { account, name, now })),
  }
}
