import type { AnyEndpoint } from '../contract/index.ts'
import { writeProblemXml } from '../formats/index.ts'
import {
  JSON_TYPE,
  negotiate,
  PROBLEM_JSON,
  PROBLEM_XML,
  type Problem,
  problem,
  problemBody,
  XML_TYPES,
} from '../http/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { Failure } from '../unit/index.ts'
import type { Answer } from './exchange.ts'
import { problemOf } from './refusal.ts'

/**
 * What a problem is written in: JSON where the caller takes both, or neither. Whoever asked for XML can read XML. Browsers
 * that ask for a page show JSON, and would store a problem's own types as a file.
 */
const OFFERS = [
  ...[JSON_TYPE, PROBLEM_JSON].map(mediaType => ({ mediaType, problem: PROBLEM_JSON })),
  ...[...XML_TYPES, PROBLEM_XML].map(mediaType => ({ mediaType, problem: PROBLEM_XML })),
  { mediaType: 'text/html', problem: JSON_TYPE },
]

/** @param accept what the caller takes. */
export function problemAnswer(from: Problem, requestId: string, accept?: string): Answer {
  const type = negotiate(accept, OFFERS)?.problem ?? PROBLEM_JSON
  const body = problemBody(from, requestId)
  return {
    status: from.status,
    headers: [['content-type', type], ...Object.entries(from.headers ?? {})],
    body: type === PROBLEM_XML ? writeProblemXml(body) : JSON.stringify(body),
    problem: from.code,
  }
}

/** The code of a problem that was written before. */
export const problemIn = (body: string | undefined): string | undefined =>
  /"code":"([^"]+)"|<code>([^<]+)</
    .exec(body ?? '')
    ?.slice(1)
    .find(Boolean)

/** What a request failed of. Our own faults are told to nobody but the log. */
export function failureAnswer(
  error: unknown,
  about: {
    /** What was asked for, for the log. */
    readonly name: string
    readonly endpoint?: AnyEndpoint | undefined
    readonly requestId: string
    readonly accept?: string | undefined
    readonly failed: Failed
  },
): Answer {
  const { name, endpoint, requestId, accept, failed } = about
  const known = problemOf(error, endpoint)
  if (known === undefined || known.status >= 500) failed(undeclared(error) ?? error, `${name} ${requestId}`)
  return problemAnswer(known ?? problem('internal-error'), requestId, accept)
}

/** A code that only the types would have refused. */
const undeclared = (error: unknown): Error | undefined =>
  error instanceof Failure
    ? new Error(`fail('${error.code}') is not declared: add it to \`problems\`, with its status`, {
        cause: error,
      })
    : undefined

export const NOSNIFF = ['x-content-type-options', 'nosniff'] as const
export const NO_STORE = ['cache-control', 'no-store'] as const

/** What every answer of the api carries, and `fields` of its own. */
export const withId = (made: Answer, requestId: string, fields: Answer['headers']): Answer => ({
  ...made,
  headers: [...made.headers, ['request-id', requestId], NOSNIFF, BY_ACCEPT, ...fields],
})

/** The same target answers JSON to one and XML to another, compressed or not (RFC 9110 §12.5.5). */
const BY_ACCEPT = ['vary', 'accept, accept-encoding'] as const
