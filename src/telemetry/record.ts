export const LEVELS = ['info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]

/** What happened, without keys, secrets, bodies or queries in it. */
export interface LogRecord {
  /** RFC 3339, in UTC. */
  readonly time: string
  readonly level: LogLevel
  /** `request`, `failure`, `started`, `stopped`, `left-out`, `waiting`. */
  readonly kind: string
  readonly [field: string]: unknown
}
