import { type FileContent, isSafe, pascal, type Route } from '../contract/index.ts'
import { answerContent, bytesContent, problemContent } from './content.ts'
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
  // Who has waited for the end is answered with what there is.
  if (route.endpoint.waits === true) responses[200] = success({ ...route, status: 200 }, outputName, shared)
  if (route.content !== undefined) {
    responses[200] = fileResponse(route.content, OUTCOMES[200], shared, {})
    responses[206] = fileResponse(route.content, 'The range that was asked for.', shared, {
      'Content-Range': shared.ref('headers', 'ContentRange', CONTENT_RANGE),
    })
  }
  if (isSafe(route.method) && (route.isTagged || route.content !== undefined)) {
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
      ...(endpoint.waits === true && {
        'Preference-Applied': shared.ref('headers', 'PreferenceApplied', PREFERENCE_APPLIED),
      }),
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

function fileResponse(
  { types }: FileContent,
  description: string | undefined,
  shared: Shared,
  more: Json,
): Json {
  const headers = Object.entries(FILE_HEADERS).map(([name, header]) => [
    name,
    shared.ref('headers', name.replaceAll('-', ''), header),
  ])
  return defined({
    description,
    headers: {
      ...requestId(shared),
      ...more,
      ETag: shared.ref('headers', 'ETag', ETAG),
      ...Object.fromEntries(headers),
    },
    content: bytesContent(types),
  })
}

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
      ...((status === 429 || status === 503 || codes.includes('request-in-progress')) && {
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

const PREFERENCE_APPLIED: Json = {
  description: 'What of `Prefer` was heeded (RFC 7240 §3).',
  schema: { type: 'string' },
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

const FILE_HEADERS: { readonly [name: string]: Json } = {
  'Last-Modified': LAST_MODIFIED,
  'Accept-Ranges': { description: '`bytes`: ranges may be asked for.', schema: { type: 'string' } },
  'Content-Disposition': {
    description: 'That it is to be stored, and under what name (RFC 6266).',
    schema: { type: 'string' },
  },
  'Repr-Digest': { description: 'The SHA-256 of the whole file (RFC 9530).', schema: { type: 'string' } },
}

const CONTENT_RANGE: Json = {
  description: 'Which bytes these are, and of how many (RFC 9110 §14.4).',
  required: true,
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
