import { StoreFull } from '../errors.ts'
import { constraintViolated } from './constraint.ts'

/** Primary result codes (https://sqlite.org/rescode.html). Extended codes carry more in the bits above 8. */
const BUSY = 5
const READONLY = 8
const IOERR = 10
const FULL = 13
const CANTOPEN = 14
const CONSTRAINT = 19
const NOTADB = 26

const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0

/** Somebody else holds the lock: asking again can succeed. */
export const isBusy = (error: unknown): boolean => codeOf(error) === BUSY
export const isConstraint = (error: unknown): boolean => codeOf(error) === CONSTRAINT
export const isNotADatabase = (error: unknown): boolean => codeOf(error) === NOTADB
export const isUnwritable = (error: unknown): boolean => [READONLY, CANTOPEN].includes(codeOf(error))

export const isReadOnly = (error: unknown): boolean => codeOf(error) === READONLY

/** The store's own error where the port has one for it, else the error as it is. */
export function storeError(error: unknown): unknown {
  const code = codeOf(error)
  return code === FULL || code === IOERR ? new StoreFull(error) : (constraintViolated(error) ?? error)
}
