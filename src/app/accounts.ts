import { createAccount, findAccount, type IssuedKey, issueKey } from '../access/index.ts'
import type { NewId, Random } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import { type Environment, runUnit } from '../unit/index.ts'

/** What the producer's own program does with accounts and keys; callers reach theirs at `/keys`. */
export interface Accounts {
  /** Makes an account and answers its id. */
  create(name: string): Promise<string>
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
  const create = (name: string): Promise<string> =>
    runUnit(store, env, undefined, ({ unit }) => createAccount(unit.sql, env.newId, { name, now: unit.now }))
  return {
    create,
    // Looked for and made in one unit, so that two processes that start at once do not make two.
    named: name =>
      runUnit(store, env, undefined, async ({ unit }) => {
        const found = await findAccount(unit.sql, name)
        return found ?? createAccount(unit.sql, env.newId, { name, now: unit.now })
      }),
    issueKey: (account, name) =>
      runUnit(store, env, undefined, ({ unit }) =>
        issueKey(unit.sql, made, { account, name, now: unit.now }),
      ),
  }
}
