export { createAccount, findAccount, type IssuedKey, issueKey } from './accounts.ts'
export { authenticate, type Caller } from './authenticate.ts'
export { isWellFormedKey, newKey } from './key.ts'
export { keyEndpoints, keys } from './keys.ts'
