import * as z from 'zod'
import { type AnyEndpoint, type EventType, endpoint, type Resource, wireOf } from '../contract/index.ts'
import { changesOf } from '../openapi/index.ts'
import { noEventType } from './check.ts'
import { page } from './page.ts'
import { FORMATS, renderEvent } from './render.ts'
import { CONTENT_TYPES, METHODS } from './request.ts'
import { sampleOf } from './sample.ts'
import { triggerEndpoint } from './trigger.ts'

const EventTypeShown = z.object({
  name: z.string(),
  description: z.string().nullable(),
  schema: z.record(z.string(), z.unknown()).describe('The JSON Schema of its data'),
})

const Example = z.object({
  method: z.enum(METHODS),
  query: z.string().nullable().describe('What a GET adds to the query of the URL'),
  content_type: z.string().nullable(),
  body: z.string().nullable().describe('Null by GET, and where nothing fits the schema that can be made up'),
})

const ExampleQuery = z
  .object({
    method: z.enum(METHODS).default('POST'),
    format: z.enum(FORMATS).optional().describe('Default: `json`. By GET it is `form`'),
  })
  .refine(({ method, format = 'form' }) => method !== 'GET' || format === 'form', {
    message: 'A GET has no body: its fields are query parameters. Leave format out.',
    path: ['format'],
  })

/**
 * The catalogue of what can happen.
 *
 * @param resources tell what the changes of rows carry.
 */
export function eventTypeEndpoints(
  eventTypes: ReadonlyMap<string, EventType>,
  resources: readonly Resource[],
): { readonly [name: string]: AnyEndpoint } {
  const catalogue = [...eventTypes.values()].map(({ name, description, schema }) => ({
    name,
    description: description ?? null,
    schema: { ...wireOf(schema, 'output', `event '${name}'`).jsonSchema },
  }))
  const changes = changesOf(resources)

  const listEventTypes = endpoint({
    method: 'GET',
    path: '/event-types',
    output: page(EventTypeShown, 'event_type'),
    summary: 'List the types of events that webhooks can subscribe to',
    names: { pageOf: 'EventType', output: 'EventTypePage' },
    handle: () => ({ data: catalogue, next: null }),
  })

  const getEventExample = endpoint({
    method: 'GET',
    path: '/event-types/{name}/example',
    input: ExampleQuery,
    output: Example,
    problems: { 'not-found': 404 },
    scope: ['event-types:read', 'events:read'],
    summary: 'Show what a delivery of a type of event looks like',
    description: 'It is your latest event of this type; where there is none, one made up from the schema.',
    names: { output: 'EventExample' },
    handle: async ({ params, input: { method, format = 'json' }, sql, account, fail }) => {
      const type = eventTypes.get(params.name) ?? fail('not-found', noEventType(params.name, eventTypes))
      const event = await sampleOf(sql, account, type, changes.get(type) ?? ['data'])
      const sent = method === 'GET' ? 'form' : format
      const payload = event && renderEvent(event, sent, type)
      const text = payload !== undefined && 'body' in payload ? payload.body : null
      if (method === 'GET') return { method, query: text, content_type: null, body: null }
      return { method, query: null, content_type: CONTENT_TYPES[sent], body: text }
    },
  })

  return { listEventTypes, getEventExample, triggerEvent: triggerEndpoint(eventTypes, resources) }
}
