import { InvalidValue, type Issue, type Resource } from '../contract/index.ts'
import { ConstraintViolated } from '../store/index.ts'
import type { Table } from './table.ts'

// Tables of the application have constraints that no schema tells of. What breaks one is for the caller to mend, like what does not
// fit the schema.

/** Rejects with InvalidValue where the table's constraints are what refused the row. */
export const writing = <T>({ resource, columns }: Table, write: Promise<T>): Promise<T> =>
  write.catch((error: unknown) => {
    if (!(error instanceof ConstraintViolated)) throw error
    const shown = new Set(columns.map(({ name }) => name))
    throw new InvalidValue(resource.name, issuesOf(error, resource, shown), { cause: error })
  })

/** At the members that the columns are; of what callers do not see, at the row. */
function issuesOf(
  violated: ConstraintViolated,
  { owner }: Resource,
  shown: ReadonlySet<string>,
): readonly Issue[] {
  const message = violationOf(violated, owner)
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
