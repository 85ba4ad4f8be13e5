import { isSafe, type Route } from '../contract/index.ts'
import { declaredProblem, type ProblemCode, type ProblemEntry, problems } from '../http/index.ts'

/** A problem that a route can answer. */
export interface RouteProblem {
  readonly code: string
  readonly status: number
  /** What happened, as a sentence. */
  readonly meaning: string
}

/** Whether the answer to a request is kept for its Idempotency-Key: there must be an effect, and an account to keep it for. */
export const takesIdempotencyKey = ({ method, endpoint }: Route): boolean =>
  !isSafe(method) && endpoint.open !== true

/** Every problem that the route can answer, by status: its own, and the house's that its form brings along. */
export function problemsOf(route: Route): ReadonlyMap<number, readonly RouteProblem[]> {
  const own = Object.entries(route.endpoint.problems ?? {}).map(([code, status]) => declared(code, status))
  const house = houseCodes(route).map((code): RouteProblem => ({ code, ...problems[code] }))
  const known = new Set(own.map(({ code }) => code))
  const byStatus = new Map<number, RouteProblem[]>()
  for (const problem of [...house.filter(({ code }) => !known.has(code)), ...own]) {
    byStatus.set(problem.status, [...(byStatus.get(problem.status) ?? []), problem])
  }
  return new Map([...byStatus].toSorted(([a], [b]) => a - b))
}

function declared(code: string, status: number): RouteProblem {
  const table: { readonly [code: string]: ProblemEntry } = problems
  const entry = Object.hasOwn(table, code) ? table[code] : undefined
  return { code, status, meaning: entry?.meaning ?? `${declaredProblem(code, status).title}.` }
}

function houseCodes(route: Route): ProblemCode[] {
  const { endpoint, input, segments, method } = route
  const hasParameters = segments.some(segment => typeof segment !== 'string')
  return [
    ...when(hasParameters, 'bad-request', 'not-found'),
    ...when(input?.from === 'query', 'invalid-query'),
    ...when(isSafe(method) && endpoint.names?.pageOf !== undefined, 'invalid-cursor'),
    ...when(
      input?.from === 'body' || route.files !== undefined,
      'malformed-body',
      'body-too-large',
      'unsupported-media-type',
      'unsupported-encoding',
      'invalid-input',
    ),
    ...when(route.files !== undefined, 'digest-mismatch', 'request-timeout'),
    ...when(route.content !== undefined, 'range-not-satisfiable'),
    ...when(
      takesIdempotencyKey(route),
      'invalid-idempotency-key',
      'request-in-progress',
      'idempotency-key-reused',
    ),
    ...when(endpoint.shownOnce === true, 'shown-once'),
    ...when(endpoint.requireMatch === true, 'precondition-required'),
    ...when(endpoint.open !== true, 'key-missing'),
    // An open route does without a key, but not with a wrong one.
    'key-refused',
    'address-refused',
    'mode-refused',
    ...when(route.scopes.length > 0, 'scope-missing'),
    // At the least for wrong keys.
    'rate-limited',
    'not-acceptable',
    'precondition-failed',
    'internal-error',
    'unavailable',
  ]
}

const when = (applies: boolean, ...codes: ProblemCode[]): ProblemCode[] => (applies ? codes : [])
