import { type ProblemCode, type ProblemEntry, problems } from './problem-table.ts'

/** One thing that is wrong with the input: in the body, at a pointer (`#/headline`), or in a query parameter. */
export type FieldError =
  | { readonly pointer: string; readonly detail: string }
  | { readonly parameter: string; readonly detail: string }

/** An error as RFC 9457 has it, before it is written in any format. */
export interface Problem {
  readonly code: string
  readonly status: number
  readonly title: string
  /** What is wrong in this case. It is shown to the caller. */
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  /** Fields that the answer carries: Allow with a 405 (RFC 9110 §15.5.6), Retry-After with a 503. */
  readonly headers?: { readonly [name: string]: string }
}

export type ProblemOptions = Pick<Problem, 'detail' | 'errors' | 'headers'>

/** One of the house's own problems. Header names are in lower case. */
export function problem(code: ProblemCode, options: ProblemOptions = {}): Problem {
  const { status, title, headers, mend }: ProblemEntry = problems[code]
  const all = headers === undefined ? options : { ...options, headers: { ...headers, ...options.headers } }
  // Who comes without a key that is taken has nothing else to go by: the first request of many a caller.
  return status === 401 ? { code, status, title, detail: mend, ...all } : { code, status, title, ...all }
}

/** A problem that an endpoint declares. Its title is its code in words: `already-featured` is 'Already featured'. */
export function declaredProblem(code: string, status: number, options: ProblemOptions = {}): Problem {
  const words = code.replaceAll('-', ' ')
  return { code, status, title: words.charAt(0).toUpperCase() + words.slice(1), ...options }
}

/** The media type of a problem in JSON (RFC 9457 §6.1). */
export const PROBLEM_JSON = 'application/problem+json'
/** The same in XML (RFC 9457 §6.2). */
export const PROBLEM_XML = 'application/problem+xml'

/** The members of a problem, whatever its format. `code`, `errors` and `request_id` are extensions (RFC 9457 §3.2). */
export interface ProblemMembers {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail?: string
  readonly errors?: readonly FieldError[]
}

export interface ProblemBody extends ProblemMembers {
  readonly request_id: string
}

export const problemBody = (from: Problem, requestId: string): ProblemBody => ({
  ...problemMembers(from),
  request_id: requestId,
})

/** The same of a part of a request. */
export function problemMembers({ code, status, title, detail, errors }: Problem): ProblemMembers {
  return {
    // Resolves against the request to the page that explains it (RFC 9457 §3.1.1).
    type: `/docs/problems#${code}`,
    title,
    status,
    code,
    ...(detail !== undefined && { detail }),
    ...(errors !== undefined && { errors }),
  }
}

/** JSON Schema 2020-12 of a `ProblemBody`. */
export const problemSchema = {
  type: 'object',
  description: 'A problem (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'The page that explains the problem.' },
    title: { type: 'string', description: 'The same for every occurrence of the problem.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The HTTP status.' },
    code: { type: 'string', description: 'Stable: programs tell problems apart by it.' },
    detail: { type: 'string', description: 'What is wrong in this case.' },
    errors: {
      type: 'array',
      description: 'What is wrong with the input, one by one.',
      // In XML: <errors><i>…</i></errors> (RFC 9457 Appendix B).
      xml: { nodeType: 'element' },
      items: {
        type: 'object',
        xml: { name: 'i' },
        description: 'Has either a pointer or a parameter.',
        properties: {
          pointer: {
            type: 'string',
            description:
              'The member of the body, as a JSON Pointer in URI fragment form (RFC 6901 §6): #/headline.',
          },
          parameter: { type: 'string', description: 'The query parameter.' },
          detail: { type: 'string', description: 'What is wrong there.' },
        },
        required: ['detail'],
      },
    },
    request_id: { type: 'string', description: 'Names the request when it is reported.' },
  },
  required: ['type', 'title', 'status', 'code', 'request_id'],
} as const

const { request_id: _, ...properties } = problemSchema.properties

/** The same of a `ProblemMembers`. */
export const itemProblemSchema = {
  ...problemSchema,
  properties,
  required: problemSchema.required.filter(name => name !== 'request_id'),
}
