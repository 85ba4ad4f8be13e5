import type { Mode } from './mode.ts'

/** Who calls, by which credential, and from where. */
export interface Caller {
  /** In test mode the account's test account. */
  readonly account: string
  /** Where it is `test`, leave out effects beyond the store: no money, no mail. */
  readonly mode: Mode
  /** The id of the key; null where somebody is signed in, to the portal or to the application. */
  readonly key: string | null
  /** What the key may do; null where it may do all that its account can. */
  readonly scopes: readonly string[] | null
  /** Null where the runtime does not know it. */
  readonly address: string | null
}

/** The first of `needed` that the caller does not have. */
export const missingScope = (
  { scopes }: Pick<Caller, 'scopes'>,
  needed: readonly string[],
): string | undefined => (scopes === null ? undefined : needed.find(scope => !scopes.includes(scope)))
