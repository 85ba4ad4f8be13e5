import { InvalidValue, type Issue } from '../contract/index.ts'
import { ConstraintViolated } from '../store/index.ts'
import type { Table } from './table.ts'

// Tables of the application have constraints that no schema tells of. What breaks one is for the caller to mend, like what does not
// fit the schema.

/** Rejects with InvalidValue where the table's constraints are what refused the row. */
export const writing = <T>(table: Table, write: Promise<T>): Promise<T> =>
  write.catch((error: unknown) => {
    if (!(error instanceof ConstraintViolated)) throw error
    throw new InvalidValue(table.resource.name, issuesOf(error, table), { cause: error })
  })

/** A row that a unit has written. */
export interface Written {
  readonly table: Table
  readonly row: { readonly [field: string]: unknown }
  /** The owner's value, where rows have one. */
  readonly mine: readonly unknown[]
  /** Where the caller sent it. */
  readonly place: Issue['path']
}

/**
 * The error as `writing` would have it, where it tells of one of these rows: its place and its members. Of several rows of one table
 * it is the last that has the values which the database tells.
 */
export function attributed(error: unknown, rows: readonly Written[]): unknown {
  if (!(error instanceof ConstraintViolated)) return error
  const { columns, at } = error
  const ofTable = rows.filter(({ table }) => table.resource.table === at.table)
  const keyOf = ({ table, row, mine }: Written): string =>
    columns.map(name => String(name === table.resource.owner ? mine[0] : row[name])).join(', ')
  const found = ofTable.length === 1 ? ofTable[0] : ofTable.findLast(written => keyOf(written) === at.key)
  if (found === undefined) return error
  const { resource } = found.table
  const issues = issuesOf(error, found.table).map(issue => ({
    ...issue,
    path: [...found.place, ...issue.path],
  }))
  return new InvalidValue(resource.name, issues, { cause: error })
}

/** At the members that the columns are; of what callers do not see, at the row. */
function issuesOf(violated: ConstraintViolated, { resource, columns }: Table): readonly Issue[] {
  const shown = new Set(columns.map(({ name }) => name))
  const message = violationOf(violated, resource.owner)
  const members = violated.columns.filter(name => shown.has(name))
  return members.length === 0 ? [{ path: [], message }] : members.map(name => ({ path: [name], message }))
}

/** What is wrong, for a caller to read. The `owner` column is one that callers do not know of. */
export function violationOf({ kind, columns, constraint }: ConstraintViolated, owner?: string): string {
  switch (kind) {
    case 'unique': {
      const together = columns.filter(name => name !== owner).length > 1
      return together
        ? 'There is one already with these values together'
        : 'There is one already with this value'
    }
    case 'reference':
      return 'What it refers to is not there'
    case 'required':
      return 'It must have a value'
    case 'value':
      return 'The value is longer, or larger, than its column takes'
    case 'check':
      return `The table does not take it${constraint === undefined ? '' : `: it breaks '${constraint}'`}`
  }
}

/** Whether rows of a table that is no resource refer to what was to be deleted. */
export const isReferredTo = (error: unknown): boolean =>
  error instanceof ConstraintViolated && error.kind === 'reference'
