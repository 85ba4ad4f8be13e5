import * as z from 'zod'
import { type AnyEndpoint, type EventType, endpoint, pageQuery, type Resource } from '../contract/index.ts'
import { decodeCursor, encodeCursor } from '../http/index.ts'
import { eventTypeEndpoints } from './event-types.ts'
import { LogEntry, readLog } from './log.ts'
import { page } from './page.ts'
import { EVENT_COLUMNS, storedEvent } from './payloads.ts'
import { eventJson } from './render.ts'

const Event = z
  .object({
    id: z.string(),
    type: z.string(),
    at: z.iso.datetime(),
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

/** An account's own events, and those about shared rows: two walks down one index, not a scan with an `or`. */
const LIST = `select ${EVENT_COLUMNS} from (
    select * from (select ${EVENT_COLUMNS} from signalbox_events where account_id = $1 and id < $2 order by id desc limit $3) as own
    union all
    select * from (select ${EVENT_COLUMNS} from signalbox_events where account_id is null and id < $2 order by id desc limit $3) as shared
  ) as visible order by id desc limit $3`
const GET = `select ${EVENT_COLUMNS}, webhooks from signalbox_events where id = $1 and (account_id = $2 or account_id is null)`
/** Sorts after every id. */
const END = 'evt_~'

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
    input: pageQuery,
    output: page(Event, 'event'),
    problems: { 'invalid-cursor': 400 },
    summary: 'List events, newest first',
    names: { pageOf: 'Event', output: 'EventPage' },
    handle: async ({ input: { limit = 20, cursor }, sql, account, fail }) => {
      const [after] = cursor === undefined ? [END] : (decodeCursor(cursor) ?? fail('invalid-cursor'))
      if (typeof after !== 'string') throw fail('invalid-cursor')
      const rows = await sql.all(LIST, account, after, limit + 1)
      const last = rows.length > limit ? rows[limit - 1]?.['id'] : undefined
      const data = rows.slice(0, limit).map(eventOf)
      return { data, next: typeof last === 'string' ? encodeCursor([last]) : null }
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
      return { ...eventOf(row), webhooks: readLog(row['webhooks'], account) }
    },
  })

  return { listEvents, getEvent, ...eventTypeEndpoints(eventTypes, resources) }
}

const eventOf = (row: { readonly [column: string]: unknown }): z.output<typeof Event> =>
  JSON.parse(eventJson(storedEvent(row))) as z.output<typeof Event>
