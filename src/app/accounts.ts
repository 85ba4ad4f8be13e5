import { setTimeout } from 'node:timers/promises'
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
  requireAccount,
  type SignInLink,
  writeAudit,
} from '../access/index.ts'
import { type Mode, modeOf, testAccount, type Unit } from '../contract/index.ts'
import type { Store } from '../store/index.ts'
import { type Environment, putOff, runUnit } from '../unit/index.ts'
import type { EraseWork } from './erase.ts'

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
  /**
   * Erases all that there is of an account and its test account: rows of resources that it owns, files, webhooks, events,
   * deliveries with what was sent and answered, operations, kept answers, requests, the audit log, keys. Its keys and
   * sessions are refused at once; the rest goes in slices, by whichever process works, and goes on after a crash. Resolves
   * when it is done. What stays is one line of the audit log that says so.
   *
   * @throws Error where there is no such account.
   */
  erase(account: string, options?: EraseOptions): Promise<void>
}

export interface EraseOptions {
  /**
   * The id of a row: erases what is kept of it alone, not the row itself nor the account. Events, deliveries, kept answers and
   * operations in which it is a value go whole, and so do requests for it, and the file of that id.
   */
  readonly subject?: string
  /** Told now and then how many rows have gone. */
  readonly progress?: (erased: number) => void
}

const REVOKE_ALL = 'update signalbox_keys set revoked_at = coalesce(revoked_at, $2) where account_id = $1'
const ERASING = 'select state, progress from signalbox_operations where id = $1'
const LOOK_MS = 200

export function createAccounts(
  store: Store,
  env: Environment,
  made: KeyMaking,
  { eraseAccount }: Pick<EraseWork, 'eraseAccount'>,
): Accounts {
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
    async erase(account, { subject = null, progress = () => undefined } = {}) {
      const id = await runUnit(store, env, undefined, async ({ tx, run }) => {
        await run(async ({ sql, now }) => {
          await requireAccount(sql, account)
          if (subject !== null) return
          for (const each of [account, testAccount(account)]) {
            await sql.run(REVOKE_ALL, each, now.toISOString())
            await endSessions(sql, each)
          }
        })
        return putOff(tx, env, eraseAccount, undefined, { account, subject })
      })
      for (;;) {
        const row = await store.read.get(ERASING, id)
        // A task that is done leaves nothing behind.
        if (row === undefined) return
        if (row['state'] === 'failed')
          throw new Error(`erasing '${account}' failed, and may be asked for again`)
        if (typeof row['progress'] === 'string')
          progress((JSON.parse(row['progress']) as { readonly done: number }).done)
        await setTimeout(LOOK_MS)
      }
    },
  }
}
