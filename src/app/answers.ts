import { writeProblemXml } from '../formats/index.ts'
import { negotiate, PROBLEM_JSON, PROBLEM_XML, type Problem, problemBody } from '../http/index.ts'
import type { Answer } from './exchange.ts'

/** What a problem is written in: JSON where the caller takes both, or neither. Whoever asked for XML can read XML. */
const OFFERS = [
  { mediaType: 'application/json', problem: PROBLEM_JSON },
  { mediaType: PROBLEM_JSON, problem: PROBLEM_JSON },
  { mediaType: 'application/xml', problem: PROBLEM_XML },
  { mediaType: 'text/xml', problem: PROBLEM_XML },
  { mediaType: PROBLEM_XML, problem: PROBLEM_XML },
] as const

/** @param accept what the caller takes. */
export function problemAnswer(from: Problem, requestId: string, accept?: string): Answer {
  const type = negotiate(accept, OFFERS)?.problem ?? PROBLEM_JSON
  const body = problemBody(from, requestId)
  return {
    status: from.status,
    headers: [['content-type', type], ...Object.entries(from.headers ?? {})],
    body: type === PROBLEM_XML ? writeProblemXml(body) : JSON.stringify(body),
  }
}

/** What every answer of the api carries. */
export const withId = (made: Answer, requestId: string, fields: Answer['headers'] = []): Answer => ({
  ...made,
  headers: [
    ...made.headers,
    ...fields,
    ['request-id', requestId],
    ['x-content-type-options', 'nosniff'],
    // The same target answers JSON to one and XML to another, compressed or not (RFC 9110 §12.5.5).
    ['vary', 'accept, accept-encoding'],
  ],
})
