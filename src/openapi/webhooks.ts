import {
  type EventType,
  type JsonSchema,
  pascal,
  type Resource,
  type Route,
  wireOf,
} from '../contract/index.ts'
import { FORM_TYPE, JSON_TYPE, XML_TYPES } from '../http/index.ts'
import { type Json, words } from './json.ts'
import { type Claim, schemaRef } from './named-schemas.ts'
import type { Shared } from './shared.ts'

/** What an event has besides its head: a change has the row after it (`data`), before it (`before`), or both. */
export type Carries = readonly ('data' | 'before')[]

/** What the changes of rows carry. Every other event carries its data. */
export function changesOf(resources: Iterable<Resource>): ReadonlyMap<EventType, Carries> {
  const carried = new Map<EventType, Carries>()
  for (const { events: changes } of resources) {
    if (changes === undefined) continue
    carried.set(changes.created, ['data'])
    carried.set(changes.updated, ['data', 'before'])
    carried.set(changes.deleted, ['before'])
  }
  return carried
}

/** The JSON Schema of an event as it is sent: its head, and what it carries, which `row` describes. */
export const eventSchema = (type: EventType, carries: Carries, row: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Names the event.' },
    type: { type: 'string', const: type.name },
    at: { type: 'string', format: 'date-time', description: 'When it happened.' },
    mode: {
      type: 'string',
      const: 'test',
      description: 'There where it is about test data, and only there.',
    },
    test: {
      type: 'boolean',
      const: true,
      description: 'There where it did not happen, and was asked for to try the webhook out.',
    },
    ...Object.fromEntries(carries.map(member => [member, row])),
  },
  required: ['id', 'type', 'at', ...carries],
})

/** An event type with what its body carries. */
export interface DescribedEvent {
  readonly type: EventType
  readonly carries: Carries
  /** What the schema of a row or of its data is called. */
  readonly schemaName: string
}

/** Says of every event what it carries. An event whose schema an endpoint answers with shares that name. */
export function describeEvents(
  events: Iterable<EventType>,
  resources: readonly Resource[],
  routes: readonly Route[],
): readonly DescribedEvent[] {
  const carried = changesOf(resources)
  const names = new Map([
    ...routes.flatMap(({ endpoint, output }) =>
      output === undefined || endpoint.output === undefined || output.pageOf !== undefined
        ? []
        : [[endpoint.output, output.name] as const],
    ),
    ...resources.map(resource => [resource.schema, pascal(resource.name)] as const),
  ])
  return [...events].map(type => ({
    type,
    carries: carried.get(type) ?? ['data'],
    schemaName: names.get(type.schema) ?? `${pascalEvent(type)}Data`,
  }))
}

/** The schemas of an event's data and of the body that carries it. */
export function eventClaims({ type, carries, schemaName }: DescribedEvent): Claim[] {
  const place = `event '${type.name}'`
  const body = { ...eventSchema(type, carries, schemaRef(schemaName)), xml: { name: EVENT_ELEMENT } }
  return [
    { name: schemaName, schema: wireOf(type.schema, 'output', place).jsonSchema, place },
    { name: bodyName(type), schema: body, place },
  ]
}

/** What a new URL is asked. It is sent like an event, and is none: its answer counts. */
export const describeChallenge = (type: EventType): DescribedEvent => ({
  type,
  carries: ['data'],
  schemaName: `${pascalEvent(type)}Data`,
})

/** The `webhooks` of the document (OpenAPI 3.2 §4.1): what a receiver is sent. */
export const webhooksOf = (
  events: readonly DescribedEvent[],
  challenge: DescribedEvent | undefined,
  shared: Shared,
): Json => ({
  ...Object.fromEntries(events.map(({ type }) => [type.name, { post: sent(type, RECEIVED, shared) }])),
  ...(challenge && { [challenge.type.name]: { post: sent(challenge.type, PASSED, shared) } }),
})

const RECEIVED: Json = {
  '2XX': { description: 'Received. Any other answer makes the delivery be tried again.' },
}

/** A text or JSON, whatever the format of the webhook is. */
const PASSED: Json = {
  '2XX': {
    description:
      'Passed, where the challenge of the request is all of the body, or its member `challenge`. With any other answer the webhook stays paused.',
    content: {
      'text/plain': { schema: { type: 'string', description: '`data.challenge` of the request.' } },
      [JSON_TYPE]: {
        schema: {
          type: 'object',
          properties: { challenge: { type: 'string', description: '`data.challenge` of the request.' } },
          required: ['challenge'],
        },
      },
    },
  },
}

function sent(type: EventType, responses: Json, shared: Shared): Json {
  const { name, description } = type
  const body = { schema: schemaRef(bodyName(type)) }
  return {
    operationId: name,
    summary: words(name),
    description: description === undefined ? WAYS : `${description}\n\n${WAYS}`,
    parameters: HEADERS.map(header => shared.ref('parameters', pascal(header.name), header)),
    requestBody: {
      required: true,
      content: {
        [JSON_TYPE]: body,
        [XML_TYPES[0]]: body,
        [FORM_TYPE]: { schema: FORM },
      },
    },
    responses,
    security: [],
  }
}

const bodyName = (type: EventType): string => `${pascalEvent(type)}Event`

const pascalEvent = (type: EventType): string => pascal(type.name.replaceAll('.', '_'))

/** The root element of an event in XML. */
export const EVENT_ELEMENT = 'event'

const WAYS =
  'A webhook says how it is called: by POST or PUT with a body in its format, or by GET with the members of the form as query parameters.'

/** A form is flat, whatever the event carries. */
const FORM: Json = {
  type: 'object',
  description:
    'Names of nested members have dots between them, and lists are repeated: `data.score=12.5&data.tags=a&data.tags=b`.',
  properties: {
    id: { type: 'string' },
    type: { type: 'string' },
    at: { type: 'string', format: 'date-time' },
  },
  required: ['id', 'type', 'at'],
  patternProperties: { '^(data|before)($|\\.)': { type: ['string', 'array'], items: { type: 'string' } } },
}

/** Standard Webhooks, "Webhook headers"; the other signatures are those of the vendors after whom they are named. */
const HEADERS = [
  header('webhook-id', true, 'The same in every attempt: what was received once needs no handling again.'),
  header('webhook-timestamp', true, 'When this attempt was made, in Unix seconds.', 'integer'),
  header(
    'webhook-signature',
    false,
    'With the signature `standard`: space-separated signatures of `id.timestamp.body`, each a version, a comma and base64: `v1,…`.',
  ),
  header(
    'x-twilio-signature',
    false,
    'With `twilio`: base64 of the HMAC-SHA1 of the URL and the sorted members of the form. In other formats the URL has the hash of the body as `bodySHA256`.',
  ),
  header('stripe-signature', false, 'With `stripe`: `t=<timestamp>,v1=<HMAC-SHA256 of timestamp.body>`.'),
  header('x-hub-signature-256', false, 'With `github`: `sha256=<HMAC-SHA256 of the body>`.'),
]

function header(name: string, required: boolean, description: string, type: 'string' | 'integer' = 'string') {
  return { name, in: 'header', required, description, schema: { type } }
}
