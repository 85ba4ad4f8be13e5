import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Out, Schema } from './schema.ts'

/** Where a value does not fit, and why. The path leads from the root, `['tags', 2]`. */
export interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

export type Validated<T> = { readonly value: T } | { readonly issues: readonly Issue[] }

/** A value that does not fit its schema, where only an exception can say so. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
  readonly issues: readonly Issue[]

  constructor(what: string, issues: readonly Issue[]) {
    super(
      `${what} does not fit its schema: ${issues.map(i => `${i.path.join('/')} ${i.message}`).join('; ')}`,
    )
    this.issues = issues
  }
}

/**
 * Lets the schema's own library decide, since it knows refinements and transforms that JSON Schema cannot say. Most
 * answer at once, and then so does this.
 */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
): Validated<Out<S>> | Promise<Validated<Out<S>>> {
  const result = schema['~standard'].validate(value) as
    | StandardSchemaV1.Result<Out<S>>
    | Promise<StandardSchemaV1.Result<Out<S>>>
  return result instanceof Promise ? result.then(validated) : validated(result)
}

const validated = <T>(result: StandardSchemaV1.Result<T>): Validated<T> =>
  result.issues === undefined ? { value: result.value } : { issues: result.issues.map(plainIssue) }

function plainIssue(issue: StandardSchemaV1.Issue): Issue {
  const path = (issue.path ?? []).map(part => (typeof part === 'object' ? part.key : part))
  return { path, message: issue.message }
}
