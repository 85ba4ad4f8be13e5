import { type ConstraintKind, ConstraintViolated } from '../errors.ts'

/** Codes of classes 22 and 23 (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const KINDS: { readonly [code: string]: ConstraintKind } = {
  '22001': 'value',
  '22003': 'value',
  '23502': 'required',
  '23503': 'reference',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'unique',
}

/** What the server tells of an error beside its message. */
interface Told {
  readonly code?: string
  readonly detail?: string
  readonly column?: string
  readonly constraint?: string
  readonly table?: string
}

/** Undefined where the error is another. */
export function constraintViolated(error: unknown): ConstraintViolated | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', detail = '', column, constraint, table } = error as Error & Told
  const kind = KINDS[code]
  if (kind === undefined) return undefined
  // "Key (tenant, email)=(7, a@b.example) already exists."
  const [, keys, key] = /^Key \((.*?)\)=\((.*)\) /s.exec(detail) ?? []
  const columns = column === undefined ? (keys?.split(', ') ?? []) : [column]
  const names = columns.map(name => name.replace(/^"(.*)"$/, '$1'))
  return new ConstraintViolated(kind, names, constraint, error, { table, key })
}
