import * as z from 'zod'
import { type AnyEndpoint, type EventType, endpoint, pageQuery, wireOf } from '../contract/index.ts'
import { decodeCursor, encodeCursor } from '../http/index.ts'
import { renderEvent, storedEvent } from './dispatch.ts'

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
  .describe('A fact. Webhooks are sent exactly this')

const EventTypeShown = z.object({
  name: z.string(),
  description: z.string().nullable(),
  schema: z.record(z.string(), z.unknown()).describe('The JSON Schema of its data'),
})

const COLUMNS = 'id, account_id, type, created_at, data, before'
/** An account's own events, and those about shared rows: two walks down one index, not a scan with an `or`. */
const LIST = `select ${COLUMNS} from (
    select * from (select ${COLUMNS} from signalbox_events where account_id = $1 and id < $2 order by id desc limit $3) as own
    union all
    select * from (select ${COLUMNS} from signalbox_events where account_id is null and id < $2 order by id desc limit $3) as shared
  ) as visible order by id desc limit $3`
const GET = `select ${COLUMNS} from signalbox_events where id = $1 and (account_id = $2 or account_id is null)`
/** Sorts after every id. */
const END = 'evt_~'

const page = <S extends z.ZodType>(item: S) => z.object({ data: z.array(item), next: z.string().nullable() })

/** The log of what happened, and the catalogue of what can. */
export function eventEndpoints(eventTypes: ReadonlyMap<string, EventType>): {
  readonly [name: string]: AnyEndpoint
} {
  const listEvents = endpoint({
    method: 'GET',
    path: '/events',
    input: pageQuery,
    output: page(Event),
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
    output: Event,
    problems: { 'not-found': 404 },
    summary: 'Get an event',
    names: { output: 'Event' },
    handle: async ({ params, sql, account, fail }) =>
      eventOf((await sql.get(GET, params.id, account)) ?? fail('not-found')),
  })

  const catalogue = [...eventTypes.values()].map(({ name, description, schema }) => ({
    name,
    description: description ?? null,
    schema: { ...wireOf(schema, 'output', `event '${name}'`).jsonSchema },
  }))
  const listEventTypes = endpoint({
    method: 'GET',
    path: '/event-types',
    output: page(EventTypeShown),
    summary: 'List the types of events that webhooks can subscribe to',
    names: { pageOf: 'EventType', output: 'EventTypePage' },
    handle: () => ({ data: catalogue, next: null }),
  })

  return { listEvents, getEvent, listEventTypes }
}

const eventOf = (row: { readonly [column: string]: unknown }): z.output<typeof Event> =>
  JSON.parse(renderEvent(storedEvent(row as never))) as z.output<typeof Event>
