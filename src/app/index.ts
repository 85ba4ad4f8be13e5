export type { Accounts } from './accounts.ts'
export { type App, type AppOptions, openApp } from './app.ts'
export { type Answer, BodyCutShort, BodyTooLarge, isStream, type Request } from './exchange.ts'
export type { Limits } from './reading.ts'
