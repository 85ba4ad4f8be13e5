import { isSafe, type Route } from '../contract/index.ts'
import { FORM_TYPE, JSON_PATCH_TYPE, JSON_TYPE, MERGE_PATCH_TYPE, NDJSON_TYPE } from '../http/index.ts'
import { filesContent, xmlContent } from './content.ts'
import { defined, type Json, words } from './json.ts'
import { type NamedSchemas, schemaRef } from './named-schemas.ts'
import { takesIdempotencyKey } from './problem-codes.ts'
import { queryParameters } from './query-parameters.ts'
import { responsesOf } from './responses.ts'
import type { Shared } from './shared.ts'

/** One route as an Operation Object (OpenAPI 3.2 §4.10). Path parameters stand with the path. */
export function operationOf(
  route: Route,
  schemas: NamedSchemas,
  shared: Shared,
  about: string | undefined,
): Json {
  const { name, tag, endpoint, input, scopes } = route
  const parameters = [
    ...(input?.from === 'query' ? queryParameters(schemas.inPieces(input.wire.jsonSchema)) : []),
    ...(takesIdempotencyKey(route) ? [shared.ref('parameters', 'IdempotencyKey', IDEMPOTENCY_KEY)] : []),
    ...conditionParameters(route, shared),
    ...(endpoint.live === true ? [LAST_EVENT_ID] : []),
    ...(endpoint.open === true ? [] : [shared.ref('parameters', 'ApiMode', API_MODE)]),
    ...(endpoint.waits === true ? [shared.ref('parameters', 'Prefer', PREFER)] : []),
  ]
  return defined({
    operationId: name,
    tags: [tag],
    summary: endpoint.summary ?? words(name),
    // What its tag says already needs no saying again.
    description: endpoint.description === about ? undefined : endpoint.description,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: requestBody(route),
    responses: responsesOf(route, outputName(route), shared),
    // What a scheme of type http lists is what callers must be allowed, in words of the api's own (OpenAPI 3.2 §4.30).
    security: endpoint.open === true ? [] : [{ bearer: scopes }, { basic: scopes }],
  })
}

/** What the schema of a route's answer is called. */
export const outputName = ({ output, endpoint }: Route): string | undefined =>
  output?.pageOf === undefined ? output?.name : (endpoint.names?.output ?? `${output.pageOf}Page`)

export function pathParameters(route: Route): Json[] {
  return route.segments.flatMap(segment =>
    typeof segment === 'string'
      ? []
      : [{ name: segment.param, in: 'path', required: true, schema: { type: 'string' } }],
  )
}

function requestBody(route: Route): Json | undefined {
  const { method, input, files, endpoint } = route
  if (files !== undefined) return { required: true, content: filesContent(files, input?.name) }
  if (input?.from !== 'body') return undefined
  const { name, element } = input
  const body = { schema: schemaRef(name) }
  const rowsOf = endpoint.names?.rowsOf
  return {
    required: endpoint.bodyless !== true,
    content: {
      ...(method === 'PATCH' && { [MERGE_PATCH_TYPE]: body }),
      [JSON_TYPE]: body,
      ...(endpoint.jsonPatch === true && { [JSON_PATCH_TYPE]: { schema: schemaRef('JsonPatch') } }),
      ...xmlContent(schemaRef(name), element),
      [FORM_TYPE]: body,
      ...(rowsOf !== undefined && { [NDJSON_TYPE]: { itemSchema: schemaRef(rowsOf) } }),
    },
  }
}

/** What is read may be read on a condition where it has an ETag, and changed on one where something shows it. */
function conditionParameters(
  { method, endpoint, isTagged, shownBy, content }: Route,
  shared: Shared,
): Json[] {
  const ifNoneMatch = shared.ref.bind(undefined, 'parameters', 'IfNoneMatch', IF_NONE_MATCH)
  if (content !== undefined)
    return [
      ifNoneMatch(),
      ...Object.entries(RANGES).map(([name, each]) => shared.ref('parameters', name, each)),
    ]
  if (isSafe(method)) return isTagged ? [ifNoneMatch()] : []
  if (shownBy === undefined) return []
  return endpoint.requireMatch === true
    ? [shared.ref('parameters', 'IfMatchRequired', { ...IF_MATCH, required: true })]
    : [shared.ref('parameters', 'IfMatch', IF_MATCH)]
}

const LAST_EVENT_ID: Json = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'Of a stream: the `id` that came last. It goes before `cursor`.',
  schema: { type: 'string' },
}

const IF_NONE_MATCH: Json = {
  name: 'If-None-Match',
  in: 'header',
  description:
    'The ETag of the answer that you have: where it is still right, the answer is 304, without a body.',
  schema: { type: 'string' },
}

const RANGES: { readonly [component: string]: Json } = {
  Range: {
    name: 'Range',
    in: 'header',
    description: 'One range of bytes: `bytes=0-499`, `bytes=500-`, or `bytes=-500` for the last.',
    schema: { type: 'string' },
  },
  IfRange: {
    name: 'If-Range',
    in: 'header',
    description: 'The ETag of what you have a part of: where it is no longer right, the answer is the whole.',
    schema: { type: 'string' },
  },
}

const PREFER: Json = {
  name: 'Prefer',
  in: 'header',
  description:
    '`wait=20` waits for the end of the operation, for 20 s here and 30 s at most; `respond-async` does not (RFC 7240 §4). `Preference-Applied` tells what was heeded.',
  schema: { type: 'string' },
}

const IF_MATCH: Json = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag of what you mean to change: where somebody has changed it since, the answer is 412.',
  schema: { type: 'string' },
}

const API_MODE: Json = {
  name: 'Api-Mode',
  in: 'header',
  description:
    'Has a live key work with the test data of its account. A test key works with nothing else, with this header or without it.',
  schema: { type: 'string', enum: ['live', 'test'] },
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes it safe to send the request again: the second one with the same key gets the answer of the first. A random UUID is a good key.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}
