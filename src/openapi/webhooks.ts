import { type EventType, pascal, type Resource, type Route, wireOf } from '../contract/index.ts'
import { type Json, words } from './json.ts'
import { type Claim, schemaRef } from './named-schemas.ts'
import type { Shared } from './shared.ts'

/** An event type with what its body carries: a change shows the row after it (`data`), before it (`before`), or both. */
export interface DescribedEvent {
  readonly type: EventType
  readonly carries: readonly ('data' | 'before')[]
  /** What the schema of a row or of its data is called. */
  readonly schemaName: string
}

/** Says of every event what it carries. An event whose schema an endpoint answers with shares that name. */
export function describeEvents(
  events: Iterable<EventType>,
  resources: readonly Resource[],
  routes: readonly Route[],
): readonly DescribedEvent[] {
  const carried = new Map<EventType, DescribedEvent['carries']>()
  for (const { events: changes } of resources) {
    if (changes === undefined) continue
    carried.set(changes.created, ['data'])
    carried.set(changes.updated, ['data', 'before'])
    carried.set(changes.deleted, ['before'])
  }
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
  const members = Object.fromEntries(carries.map(member => [member, schemaRef(schemaName)]))
  const body = {
    type: 'object',
    properties: {
      id: { type: 'string', description: 'Names the event.' },
      type: { type: 'string', const: type.name },
      at: { type: 'string', format: 'date-time', description: 'When it happened.' },
      ...members,
    },
    required: ['id', 'type', 'at', ...carries],
  }
  return [
    { name: schemaName, schema: wireOf(type.schema, 'output', place).jsonSchema, place },
    { name: bodyName(type), schema: body, place },
  ]
}

/** The `webhooks` of the document (OpenAPI 3.2 §4.1): what a receiver is sent. */
export const webhooksOf = (events: readonly DescribedEvent[], shared: Shared): Json =>
  Object.fromEntries(events.map(({ type }) => [type.name, { post: delivery(type, shared) }]))

function delivery(type: EventType, shared: Shared): Json {
  return {
    operationId: type.name,
    summary: words(type.name),
    ...(type.description !== undefined && { description: type.description }),
    parameters: HEADERS.map(header => shared.ref('parameters', pascal(header.name), header)),
    requestBody: { required: true, content: { 'application/json': { schema: schemaRef(bodyName(type)) } } },
    responses: { '2XX': { description: 'Received. Any other answer makes the delivery be tried again.' } },
    security: [],
  }
}

const bodyName = (type: EventType): string => `${pascalEvent(type)}Event`

const pascalEvent = (type: EventType): string => pascal(type.name.replaceAll('.', '_'))

/** Standard Webhooks, "Webhook headers". */
const HEADERS = [
  header('webhook-id', 'The same in every attempt: what was received once needs no handling again.', {
    type: 'string',
  }),
  header('webhook-timestamp', 'When this attempt was made, in Unix seconds.', { type: 'integer' }),
  header(
    'webhook-signature',
    'Space-separated signatures of `id.timestamp.body`, each a version, a comma and base64: `v1,…`.',
    { type: 'string' },
  ),
]

function header(name: string, description: string, schema: Json) {
  return { name, in: 'header', required: true, description, schema }
}
