/** What a call is about: live data, or test data of the same account. */
export type Mode = 'live' | 'test'

const TEST = ':test'

/**
 * The id of an account's test account: it owns the test data, as the account owns the live data. So they are as far apart
 * as two accounts are, and the id alone tells which it is of.
 */
export const testAccount = (account: string): string => account + TEST

/** @param account undefined where there is none: what belongs to nobody is live. */
export const modeOf = (account: string | null | undefined): Mode =>
  account?.endsWith(TEST) === true ? 'test' : 'live'
