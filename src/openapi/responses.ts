import { isSafe, pascal, type Route } from '../contract/index.ts'
import { answerContent, problemContent } from './content.ts'
import { defined, type Json } from './json.ts'
import { schemaRef } from './named-schemas.ts'
import { problemsOf, type RouteProblem } from './problem-codes.ts'
import type { Shared } from './shared.ts'

/** What a status says of every answer that has it. */
const OUTCOMES: { readonly [status: number]: string } = {
  200: 'What was asked for.',
  201: 'It was made.',
  202: 'It was accepted, and goes on in the background.',
  204: 'It was done; there is nothing to show.',
}

/** The answers of a route by status, problems included. */
export function responsesOf(route: Route, outputName: string | undefined, shared: Shared): Json {
  const responses: { [status: string]: Json } = { [route.status]: success(route, outputName, shared) }
  if (isSafe(route.method) && route.isTagged) {
    responses[304] = shared.ref('responses', 'NotModified', notModified(shared))
  }
  for (const [status, problems] of problemsOf(route)) {
    responses[status] = problemResponse(status, problems, shared)
  }
  return responses
}

function success(
  { status, endpoint, output, isTagged }: Route,
  outputName: string | undefined,
  shared: Shared,
): Json {
  return defined({
    description: OUTCOMES[status] ?? 'It succeeded.',
    headers: {
      ...requestId(shared),
      ...(endpoint.limit !== undefined && rateLimits(shared)),
      ...(endpoint.location !== undefined && { Location: shared.ref('headers', 'Location', LOCATION) }),
      ...(isTagged && { ETag: shared.ref('headers', 'ETag', ETAG) }),
      ...(endpoint.lastModified !== undefined && {
        'Last-Modified': shared.ref('headers', 'LastModified', LAST_MODIFIED),
      }),
    },
    content:
      outputName === undefined || output === undefined
        ? undefined
        : answerContent(outputName, output, endpoint),
  })
}

const notModified = (shared: Shared): Json => ({
  description: 'What you have is still right.',
  headers: { ...requestId(shared), ETag: shared.ref('headers', 'ETag', ETAG) },
})

/** One component for each set of problems, named by what is in it, so that no other endpoint changes its name. */
function problemResponse(status: number, problems: readonly RouteProblem[], shared: Shared): Json {
  const codes = problems.map(problem => problem.code)
  return shared.ref('responses', `Problem${status}${codes.map(pascal).join('Or')}`, {
    description: problems.map(({ code, meaning }) => `- \`${code}\`: ${meaning}`).join('\n'),
    headers: {
      ...requestId(shared),
      ...(status === 401 && {
        'WWW-Authenticate': shared.ref('headers', 'WwwAuthenticate', WWW_AUTHENTICATE),
      }),
      ...(status === 429 && rateLimits(shared)),
      ...((status === 429 || status === 503) && {
        'Retry-After': shared.ref('headers', 'RetryAfter', RETRY_AFTER),
      }),
    },
    content: problemContent({
      allOf: [
        schemaRef('Problem'),
        { type: 'object', properties: { status: { const: status }, code: { type: 'string', enum: codes } } },
      ],
    }),
  })
}

const requestId = (shared: Shared): Json => ({
  'Request-Id': shared.ref('headers', 'RequestId', {
    description: 'Names the request when it is reported.',
    required: true,
    schema: { type: 'string' },
  }),
})

const rateLimits = (shared: Shared): Json => ({
  'RateLimit-Policy': shared.ref('headers', 'RateLimitPolicy', RATE_LIMIT_POLICY),
  RateLimit: shared.ref('headers', 'RateLimit', RATE_LIMIT),
})

const RATE_LIMIT_POLICY: Json = {
  description:
    'The limits that apply: `q` requests in `w` seconds (draft-ietf-httpapi-ratelimit-headers-11).',
  schema: { type: 'string' },
}

const RATE_LIMIT: Json = {
  description: 'What is left of each limit: `r` requests now, all of them in `t` seconds.',
  schema: { type: 'string' },
}

const LOCATION: Json = {
  description: 'Where what was made is found (RFC 9110 §10.2.2).',
  required: true,
  schema: { type: 'string', format: 'uri-reference' },
}

const ETAG: Json = {
  description:
    'Names the answer as it is, for If-None-Match and If-Match (RFC 9110 §8.8.3). A list that is sent in pieces has none.',
  schema: { type: 'string' },
}

const LAST_MODIFIED: Json = {
  description: 'When it was last changed (RFC 9110 §8.8.2).',
  schema: { type: 'string' },
}

const WWW_AUTHENTICATE: Json = {
  description: 'How to authenticate (RFC 9110 §11.6.1).',
  required: true,
  schema: { type: 'string' },
}

const RETRY_AFTER: Json = {
  description: 'Seconds to wait before the next try (RFC 9110 §10.2.3).',
  schema: { type: 'integer', minimum: 0 },
}
