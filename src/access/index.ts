export {
  createAccount,
  findAccount,
  type IssuedKey,
  issueKey,
  type KeyTerms,
  NO_TERMS,
  requireAccount,
} from './accounts.ts'
export { addressOf, isNetwork, isWithin, neighbourhood } from './address.ts'
export { auditEntries, auditFrom, createAuditSweep, writeAudit } from './audit.ts'
export { authenticate, createCallers, type Identified } from './authenticate.ts'
export {
  cookieField,
  cookieValue,
  isSameOrigin,
  type SessionCookie,
  sessionCookie,
} from './cookie.ts'
export { isWellFormedKey, newKey } from './key.ts'
export { checkTerms, type KeyMaking, keyEndpoints, keys } from './keys.ts'
export { noteUses } from './last-use.ts'
export { createLimiter, type Decision, type Limiter, type Use } from './limiter.ts'
export { createQuotaCounter, type QuotaCounter } from './quota.ts'
export {
  checkRequestLog,
  createRequestLog,
  createRequestSweep,
  keptRequest,
  loggedRequests,
  REQUEST_DAYS,
  type RequestLog,
  type RequestLogOptions,
} from './request-log.ts'
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
export { createLimitSweep, createSharedLimiter } from './shared-limiter.ts'
