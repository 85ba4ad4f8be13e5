import {
  type AnyEndpoint,
  type Caller,
  InvalidValue,
  type Issue,
  MOST_ISSUES,
  missingScope,
  type Problems,
} from '../contract/index.ts'
import { SinkFull } from '../files/index.ts'
import { type BodyProblem, isUncarried } from '../formats/index.ts'
import {
  declaredProblem,
  type FieldError,
  type Problem,
  type ProblemCode,
  type ProblemOptions,
  pointerOf,
  problem,
  problems,
} from '../http/index.ts'
import { ConstraintViolated, isPassing, StoreClosed, UnstorableText } from '../store/index.ts'
import { Failure, violationOf } from '../unit/index.ts'
import { BodyCutShort, BodyTooLarge } from './exchange.ts'

/** A request ends here, with this problem. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly problem: Problem

  constructor(refused: Problem) {
    super(refused.detail ?? refused.title)
    this.problem = refused
  }
}

export function refuse(code: ProblemCode, options?: ProblemOptions): never {
  throw new Refusal(problem(code, options))
}

/** 403 where the caller is not allowed all of it (RFC 6750 §3.1). */
export function requireScopes(caller: Caller, scopes: readonly string[]): void {
  const scope = missingScope(caller, scopes)
  if (scope === undefined) return
  const challenge = `Bearer realm="api", error="insufficient_scope", scope="${scopes.join(' ')}"`
  refuse('scope-missing', {
    detail: `The key is not allowed ${scope}.`,
    headers: { 'www-authenticate': challenge },
  })
}

/** A body that cannot be read: what is wrong, and where. */
export function refuseBody({ detail, position: { line, column }, tooLarge }: BodyProblem): never {
  return refuse(tooLarge === true ? 'body-too-large' : 'malformed-body', {
    detail: `At line ${line}, column ${column}: ${detail}`,
  })
}

type Answering = Pick<AnyEndpoint, 'problems' | 'storesInput'>

/**
 * The problem that an error is to the caller. Undefined where it is our own fault, which the caller learns nothing of
 * and the log everything.
 */
export function problemOf(error: unknown, endpoint: Answering | undefined): Problem | undefined {
  if (error instanceof Refusal) return error.problem
  if (error instanceof Failure) return failureProblem(error, endpoint?.problems ?? {})
  // A row that a handler made up itself is not the caller's to mend.
  if (error instanceof InvalidValue && endpoint?.storesInput === true) return invalidInput(error.issues)
  // A constraint that is looked at when the unit commits, where nobody tells which row broke it.
  if (error instanceof ConstraintViolated) {
    if (endpoint?.storesInput === true) return invalidInput([{ path: [], message: violationOf(error) }])
    if (endpoint?.problems?.['in-use'] === 409 && error.kind === 'reference') return problem('in-use')
  }
  // What text there is to store came with a request, as a rule.
  if (error instanceof UnstorableText)
    return problem('invalid-input', { detail: 'A text has the character U+0000, which cannot be stored.' })
  if (error instanceof BodyTooLarge) {
    return problem('body-too-large', { detail: `The body may have ${error.limit} bytes at most.` })
  }
  if (isUncarried(error)) {
    const detail = `There is a character at ${error.pointer} that XML cannot carry. Ask for application/json.`
    return problem('not-acceptable', { detail })
  }
  if (error instanceof BodyCutShort)
    return problem('bad-request', { detail: 'The body ended before it was whole.' })
  if (isPassing(error) || error instanceof StoreClosed || error instanceof SinkFull)
    return problem('unavailable', { headers: { 'retry-after': '1' } })
  return undefined
}

/** 422 with a pointer to each wrong member, as far as they are told. */
export function invalidInput(issues: readonly Issue[]): Problem {
  const errors: FieldError[] = issues.slice(0, MOST_ISSUES).map(({ path, message }) => ({
    pointer: pointerOf(path),
    detail: message,
  }))
  const more = issues.length > MOST_ISSUES
  return problem('invalid-input', { errors, ...(more && { detail: MORE }) })
}

const MORE = `There are more errors than these ${MOST_ISSUES}.`

function failureProblem({ code, detail }: Failure, declared: Problems): Problem | undefined {
  const options = detail === undefined ? {} : { detail }
  const status = declared[code]
  // The house's codes mean the same wherever they are answered.
  if (isHouseCode(code) && (status === undefined || status === problems[code].status))
    return problem(code, options)
  return status === undefined ? undefined : declaredProblem(code, status, options)
}

const isHouseCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)
