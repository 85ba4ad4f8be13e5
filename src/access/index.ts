export { createAccount, findAccount, type IssuedKey, issueKey } from './accounts.ts'
export { authenticate, type Caller, createCallers } from './authenticate.ts'
export {
  cookieField,
  cookieValue,
  isSameOrigin,
  type SessionCookie,
  sessionCookie,
} from './cookie.ts'
export { isWellFormedKey, newKey } from './key.ts'
export { keyEndpoints, keys } from './keys.ts'
export {
  canSpend,
  endSession,
  endSessions,
  findSession,
  makeSignInLink,
  SESSION_MS,
  type SignInLink,
  spendSignInLink,
} from './sessions.ts'
