import { StoreBusy, StoreFull, UnstorableText } from '../errors.ts'
import { constraintViolated } from './constraint.ts'

// Codes of PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Could not be run beside others, and nothing is left of it: the same once more can succeed. */
export const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/** The transaction has failed before, by another statement. */
export const isAftermath = (error: unknown): boolean => codeOf(error) === '25P02'

/** Somebody holds what it waits for. */
export const isLocked = (error: unknown): boolean => codeOf(error) === '55P03'

/** The server has ended, was told to end this connection, or has not yet begun to serve. */
const ENDED = /^(?:57P0[1-5]|08...|25P0[34]|53300)$/
/** Of sockets. */
const BROKEN = /^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOENT|EADDRNOTAVAIL)/

/** The connection is gone, by whomever. */
export function isDisconnected(error: unknown): boolean {
  const code = codeOf(error)
  if (ENDED.test(code) || BROKEN.test(code)) return true
  // The driver has no code for these.
  return (
    error instanceof Error &&
    /^(?:Connection terminated|Query read timeout|timeout expired|Client (?:has encountered|was closed))/.test(
      error.message,
    )
  )
}

/** The store's own error where the port has one for it, else the error as it is. */
export function storeError(error: unknown, patienceMs: number): unknown {
  const code = codeOf(error)
  if (isLocked(error) || isDisconnected(error)) return new StoreBusy(patienceMs, { cause: error })
  // Out of disk, memory or connections; I/O errors of the server.
  if (/^(?:53|58)/.test(code)) return new StoreFull(error)
  // A text with U+0000, which it has no room for, and the same within JSON.
  if (code === '22021' || code === '22P05') return new UnstorableText(error)
  return constraintViolated(error) ?? error
}
