import * as z from 'zod'
import { type AnyEndpoint, type EventType, endpoint, type Resource } from '../contract/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { eventQuery, filterOf } from './event-query.ts'
import { eventTypeEndpoints } from './event-types.ts'
import { BEGINNING, END, placeOf, readFeed } from './feed.ts'
import { LogEntry, readLog } from './log.ts'
import { page } from './page.ts'
import { EVENT_COLUMNS, storedEvent } from './payloads.ts'
import { eventJson } from './render.ts'

export const Event = z
  .object({
    id: z.string(),
    type: z.string(),
    at: z.iso.datetime(),
    mode: z.literal('test').optional().describe('There where it is about test data, and only there'),
    test: z.literal(true).optional().describe('There where it did not happen, and was asked for as a test'),
    data: z
      .unknown()
      .optional()
      .describe('The row as it is now, or what was emitted; absent once it is deleted'),
    before: z.unknown().optional().describe('The row as it was; absent where it was created'),
  })
  .describe('A fact. Webhooks are sent this')

const EventWithWebhooks = Event.extend({
  webhooks: z
    .array(LogEntry)
    .describe('Your webhooks that subscribe to it; none until it is dispatched, a moment after it happened'),
})

const GET = `select ${EVENT_COLUMNS}, webhooks from signalbox_events where id = $1 and (account_id = $2 or account_id is null)`
/** What a page reads of `data` and `before` at most: an event can be as large as a row may be. */
const PAGE_CHARACTERS = 4 * 2 ** 20

/**
 * The log of what happened, and the catalogue of what can.
 *
 * @param resources tell what the changes of rows carry, for the examples of events.
 */
export function eventEndpoints(
  eventTypes: ReadonlyMap<string, EventType>,
  resources: readonly Resource[],
): { readonly [name: string]: AnyEndpoint } {
  const listEvents = endpoint({
    method: 'GET',
    path: '/events',
    input: eventQuery(eventTypes),
    output: page(Event, 'event'),
    problems: { 'invalid-cursor': 400, 'cursor-expired': 410, 'too-many-streams': 429 },
    summary: 'List events, or follow them',
    description: ABOUT,
    names: { pageOf: 'Event', output: 'EventPage' },
    handle: async ({ input, sql, account, fail }) => {
      const { cursor, limit, order } = input
      const from = cursor === undefined ? undefined : await placeOf(sql, account, cursor)
      if (typeof from === 'string') throw fail(from)
      const start = order === 'asc' ? BEGINNING : { position: END, id: '' }
      const { position } = from ?? start
      const filter = filterOf(input, account, eventTypes)
      const most = { events: limit, characters: PAGE_CHARACTERS }
      const { events, last, more } = await readFeed(sql, filter, { from: position, order }, most)
      // Who goes forward comes to the end again and again.
      const behind = order === 'asc' ? (last ?? from ?? start).id : null
      return { data: events.map(shownEvent), next: more && last !== undefined ? last.id : behind }
    },
  })

  const getEvent = endpoint({
    method: 'GET',
    path: '/events/{id}',
    output: EventWithWebhooks,
    problems: { 'not-found': 404 },
    summary: 'Get an event, with what your webhooks made of it',
    names: { output: 'EventWithWebhooks', element: 'event' },
    handle: async ({ params, sql, account, fail }) => {
      const row = (await sql.get(GET, params.id, account)) ?? fail('not-found')
      return { ...shownEvent(storedEvent(row)), webhooks: readLog(row['webhooks'], account) }
    },
  })

  return {
    listEvents: { ...listEvents, live: true, readsLog: true },
    getEvent,
    ...eventTypeEndpoints(eventTypes, resources),
  }
}

export const shownEvent = (event: StoredEvent): z.output<typeof Event> =>
  JSON.parse(eventJson(event)) as z.output<typeof Event>

const ABOUT = `Newest first, or with \`order=asc\` as they were committed, so that none is passed over. A page that was looked for
with \`type\` or \`when\` can have fewer events than the limit although there is more to look at: go by \`next\`.

With \`Accept: text/event-stream\` the answer does not end (server-sent events). It sends each event as it is committed, from
now on, or from behind the event that \`Last-Event-ID\` or \`cursor\` names; \`limit\` and \`order\` mean nothing there.`
