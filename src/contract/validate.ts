import type { StandardSchemaV1 } from '@standard-schema/spec'
import { cutBehind } from './cut.ts'
import type { Out, Schema } from './schema.ts'
import type { Wire } from './shape.ts'
import { unstorable } from './unstorable.ts'

/** Where a value does not fit, and why. The path leads from the root, `['tags', 2]`. */
export interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

export type Validated<T> = { readonly value: T } | { readonly issues: readonly Issue[] }

/** More of them help nobody, and what is answered must not grow with what was sent. */
export const MOST_ISSUES = 100
/** As many as a message is read for. */
const QUOTED_ISSUES = 10
const UNSTORABLE = 'The character U+0000 cannot be stored'

/** A value that does not fit its schema, where only an exception can say so. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
  readonly issues: readonly Issue[]

  constructor(what: string, issues: readonly Issue[], options?: ErrorOptions) {
    const quoted = issues.slice(0, QUOTED_ISSUES).map(({ path, message }) => `${path.join('/')} ${message}`)
    super(`${what} does not fit its schema: ${quoted.join('; ')}`, options)
    this.issues = issues
  }
}

/**
 * Lets the schema's own library decide, since it knows refinements and transforms that JSON Schema cannot say. Most
 * answer at once, and then so does this. What no store has room for fits no schema.
 */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
): Validated<Out<S>> | Promise<Validated<Out<S>>> {
  const result = schema['~standard'].validate(value) as
    | StandardSchemaV1.Result<Out<S>>
    | Promise<StandardSchemaV1.Result<Out<S>>>
  const storable = (made: StandardSchemaV1.Result<Out<S>>): Validated<Out<S>> => {
    const places = made.issues === undefined ? unstorable(value, MOST_ISSUES + 1) : []
    return places.length === 0
      ? validated(made)
      : { issues: places.map(path => ({ path, message: UNSTORABLE })) }
  }
  return result instanceof Promise ? result.then(storable) : storable(result)
}

/**
 * The same of what a caller sent, whose faults nobody has counted yet. A library makes an issue of each, and holds up everybody
 * else meanwhile: ten thousand take it 50 ms. So where the wire shows more faults than are told, it is asked only
 * about what ends with the last of those. If it finds none of them wrong it knows better, and is asked about the whole.
 */
export function validateInput<S extends Schema>(
  schema: S,
  wire: Wire,
  value: unknown,
): Validated<Out<S>> | Promise<Validated<Out<S>>> {
  const cut = cutBehind(value, wire, MOST_ISSUES + 1)
  if (cut === undefined) return validate(schema, value)
  const wrong = new Set(cut.faults.map(placeOf))
  const sure = (result: Validated<Out<S>>): Validated<Out<S>> | Promise<Validated<Out<S>>> => {
    // Where something was cut away, more may be wrong than was.
    const issues = 'issues' in result ? result.issues.filter(({ path }) => wrong.has(placeOf(path))) : []
    return issues.length > 0 ? { issues } : validate(schema, value)
  }
  const result = validate(schema, cut.value)
  return result instanceof Promise ? result.then(sure) : sure(result)
}

const placeOf = (path: readonly PropertyKey[]): string => JSON.stringify(path.map(String))

/** One more than are told says that there are more. */
const validated = <T>(result: StandardSchemaV1.Result<T>): Validated<T> =>
  result.issues === undefined
    ? { value: result.value }
    : { issues: result.issues.slice(0, MOST_ISSUES + 1).map(plainIssue) }

function plainIssue(issue: StandardSchemaV1.Issue): Issue {
  const path = (issue.path ?? []).map(part => (typeof part === 'object' ? part.key : part))
  return { path, message: issue.message }
}
