import { type ConstraintKind, ConstraintViolated } from '../errors.ts'

/** Extended result codes (https://sqlite.org/rescode.html) of SQLITE_CONSTRAINT. */
const KINDS = new Map<number, ConstraintKind>([
  [275, 'check'],
  [787, 'reference'],
  [1299, 'required'],
  [1555, 'unique'],
  [2067, 'unique'],
  // A value of another type, in a strict table.
  [3091, 'value'],
])

/** Undefined where the error is another. */
export function constraintViolated(error: unknown): ConstraintViolated | undefined {
  if (!(error instanceof Error && 'errcode' in error)) return undefined
  const kind = KINDS.get(Number(error.errcode))
  if (kind === undefined) return undefined
  // "UNIQUE constraint failed: people.tenant, people.email", "CHECK constraint failed: positive"
  const [, told = ''] = /failed: (.*)$/s.exec(error.message) ?? []
  if (kind === 'check')
    // A constraint without a name is told by its whole expression.
    return new ConstraintViolated(kind, [], /^\w+$/.test(told) ? told : undefined, error)
  const columns = told.split(', ').map(name => name.slice(name.indexOf('.') + 1))
  return new ConstraintViolated(kind, told === '' ? [] : columns, undefined, error)
}
