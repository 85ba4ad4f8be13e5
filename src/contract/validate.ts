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

/** Lets the schema's own library decide, since it knows refinements and transforms that JSON Schema cannot say. */
export async function validate<S extends Schema>(schema: S, value: unknown): Promise<Validated<Out<S>>> {
  const result = (await schema['~standard'].validate(value)) as StandardSchemaV1.Result<Out<S>>
  if (result.issues !== undefined) return { issues: result.issues.map(plainIssue) }
  return { value: result.value }
}

function plainIssue(issue: StandardSchemaV1.Issue): Issue {
  const path = (issue.path ?? []).map(part => (typeof part === 'object' ? part.key : part))
  return { path, message: issue.message }
}
