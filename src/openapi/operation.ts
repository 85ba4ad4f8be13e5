import { isSafe, type Route, type RouteInput } from '../contract/index.ts'
import { FORM_TYPE, JSON_TYPE, MERGE_PATCH_TYPE } from '../http/index.ts'
import { xmlContent } from './content.ts'
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
  ]
  return defined({
    operationId: name,
    tags: [tag],
    summary: endpoint.summary ?? words(name),
    // What its tag says already needs no saying again.
    description: endpoint.description === about ? undefined : endpoint.description,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: input?.from === 'body' ? requestBody(route, input) : undefined,
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

function requestBody({ method }: Route, { name, element }: RouteInput): Json {
  const body = { schema: schemaRef(name) }
  return {
    required: true,
    content: {
      ...(method === 'PATCH' && { [MERGE_PATCH_TYPE]: body }),
      [JSON_TYPE]: body,
      ...xmlContent(schemaRef(name), element),
      [FORM_TYPE]: body,
    },
  }
}

/** What is read may be read on a condition where it has an ETag, and changed on one where something shows it. */
function conditionParameters({ method, endpoint, isTagged, shownBy }: Route, shared: Shared): Json[] {
  if (isSafe(method)) return isTagged ? [shared.ref('parameters', 'IfNoneMatch', IF_NONE_MATCH)] : []
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

const IF_MATCH: Json = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag of what you mean to change: where somebody has changed it since, the answer is 412.',
  schema: { type: 'string' },
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Makes it safe to send the request again: the second one with the same key gets the answer of the first. A random UUID is a good key.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}
