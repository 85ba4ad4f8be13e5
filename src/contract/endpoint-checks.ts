import { DefinitionError } from './definition-error.ts'

const METHODS = ['GET', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE']
const STATUSES = [200, 201, 202]
const PROBLEM_STATUSES = [400, 402, 403, 404, 409, 410, 412, 422, 423, 429]

/** What the types refuse as well, for programs that nobody has checked by them. */
export function checkForms(
  {
    method,
    status,
    problems = {},
    emits = [],
  }: {
    readonly method: string
    readonly status?: number
    readonly problems?: { readonly [code: string]: number }
    readonly emits?: readonly { readonly kind: string }[]
  },
  place: string,
): void {
  if (!METHODS.includes(method)) {
    throw new DefinitionError(place, `there is no method '${method}'`, `Write one of ${METHODS.join(', ')}`)
  }
  if (status !== undefined && !STATUSES.includes(status)) {
    throw new DefinitionError(
      place,
      `the status ${status} is not one that it can answer with`,
      `Write one of ${STATUSES.join(', ')}; without an output it is 204 by itself, and what goes wrong is in \`problems\``,
    )
  }
  for (const [code, each] of Object.entries(problems)) {
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(code)) {
      throw new DefinitionError(
        place,
        `the problem '${code}' is not a stable code`,
        "Write it like 'already-featured'",
      )
    }
    if (!PROBLEM_STATUSES.includes(each)) {
      throw new DefinitionError(
        place,
        `the problem '${code}' cannot have the status ${each}`,
        `Write one of ${PROBLEM_STATUSES.join(', ')}; what is no fault of the caller's is thrown, and answered as a 500`,
      )
    }
  }
  const stranger = emits.find(type => type?.kind !== 'event')
  if (stranger !== undefined) {
    throw new DefinitionError(
      place,
      `it emits ${JSON.stringify(stranger)}, which is no event type`,
      "Declare it, const lent = event('book.lent', schema), and name it by reference: emits: [lent]",
    )
  }
}
