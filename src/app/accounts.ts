import {
  checkTerms,
  createAccount,
  endSessions,
  findAccount,
  type IssuedKey,
  issueKey,
  type KeyMaking,
  type KeyTerms,
  makeSignInLink,
  NO_TERMS,
  type SignInLink,
  writeAudit,
} from '../access/index.ts'
import { type Mode, modeOf, testAccount, type Unit } from '../contract/index.ts'
import type { Store } from '../store/index.ts'
import { type Environment, runUnit } from '../unit/index.ts'

/** On what terms a key is made, and for which data. */
export interface KeyOptions extends Partial<KeyTerms> {
  /** Default: `live`. */
  readonly mode?: Mode
}

/** What the producer's own program does with accounts and their credentials; callers reach their keys at `/keys`. */
export interface Accounts {
  /** Makes an account and answers its id: your own, where your tables know their owners by it. */
  create(name: string, id?: string): Promise<string>
  /** The id of the oldest account of that name, made when there is none. */
  named(name: string): Promise<string>
  /**
   * A fresh key. Its `key` can be shown now and never again. Default: it is for live data, may do all that its account can,
   * from everywhere, and does not expire.
   *
   * @throws InvalidValue where it could not be used on these terms.
   */
  issueKey(account: string, name: string, terms?: KeyOptions): Promise<IssuedKey>
  /**
   * A link that signs its reader in to the portal as the account, once, within `validMs` (default: one hour). Put your
   * own address before its `path`, and give it only to whom you know to be the account's.
   */
  signInLink(account: string, options?: { readonly validMs?: number }): Promise<SignInLink>
  /** Signs out whoever is signed in to the portal as the account, in all processes at once. Links not used yet go too. */
  signOut(account: string): Promise<void>
}

export function createAccounts(store: Store, env: Environment, made: KeyMaking): Accounts {
  const inUnit = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    runUnit(store, env, undefined, ({ run }) => run(work))
  const make = (unit: Unit, name: string, id = env.newId('acc')): Promise<string> =>
    createAccount(unit.sql, { id, name, now: unit.now })
  return {
    create: (name, id) => inUnit(unit => make(unit, name, id)),
    // Looked for and made in one unit, so that two processes that start at once do not make two.
    named: name => inUnit(async unit => (await findAccount(unit.sql, name)) ?? make(unit, name)),
    issueKey: (id, name, { mode = modeOf(id), ...given } = {}) =>
      inUnit(async ({ sql, now }) => {
        const account = mode === modeOf(id) ? id : testAccount(id)
        const terms = { ...NO_TERMS, ...given }
        checkTerms(terms, made.scopes(), now)
        const issued = await issueKey(sql, made, { account, name, now, terms })
        const done = { account, action: 'key.created', subject: issued.id, caller: undefined, now }
        await writeAudit(sql, env.newId, done)
        return issued
      }),
    signInLink: (account, { validMs } = {}) =>
      inUnit(({ sql, now }) => makeSignInLink(sql, made.random, { account, now, validMs })),
    signOut: account => inUnit(({ sql }) => endSessions(sql, account)),
  }
}
