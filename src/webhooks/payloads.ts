import type { EventType, Sql } from '../contract/index.ts'
import type { Environment, StoredEvent } from '../unit/index.ts'
import { overRows } from './batch.ts'
import { type Format, type Payload, renderEvent } from './render.ts'

// What is sent of an event is rendered once for each format and kept, so that every attempt sends the same bytes. That it
// cannot be rendered is not kept: the next version of the program may know how.

/** The columns that `storedEvent` reads. */
export const EVENT_COLUMNS = 'id, position, account_id, type, created_at, data, before, traceparent, test'

const KEEP = `insert into signalbox_payloads (event_id, format, body) values ($1, $2, $3) on conflict do nothing`
/** Keeps rendered events: rows of the event's id, the format and the body. */
export const keepPayloads = overRows(
  ['text', 'text', 'text'],
  given => `insert into signalbox_payloads (event_id, format, body) select column1, column2, column3
    from ${given} where column1 is not null on conflict do nothing`,
)
const EVENT = `select ${EVENT_COLUMNS} from signalbox_events where id = $1`

/** Renders and keeps what deliveries of an event in this format send. */
export async function keepPayload(
  sql: Pick<Sql, 'run'>,
  event: StoredEvent,
  format: Format,
  type: EventType | undefined,
): Promise<Payload> {
  const payload = renderEvent(event, format, type)
  if ('body' in payload) await sql.run(KEEP, event.id, format, payload.body)
  return payload
}

/** The same for an event that is known by its id, and was not rendered in this format when it was dispatched. */
export async function renderAgain(
  sql: Pick<Sql, 'get' | 'run'>,
  eventId: string,
  format: Format,
  typeOf: (name: string) => EventType | undefined,
): Promise<Payload> {
  const row = await sql.get(EVENT, eventId)
  if (row === undefined) return { error: 'the event is gone' }
  const event = storedEvent(row)
  return keepPayload(sql, event, format, typeOf(event.type))
}

export function storedEvent(row: { readonly [column: string]: unknown }): StoredEvent {
  const text = (column: string): string | null => (typeof row[column] === 'string' ? row[column] : null)
  return {
    id: text('id') ?? '',
    position: Number(row['position'] ?? 0),
    account: text('account_id'),
    type: text('type') ?? '',
    at: text('created_at') ?? '',
    data: text('data'),
    before: text('before'),
    traceparent: text('traceparent'),
    isTest: Number(row['test']) === 1,
  }
}

/** Finds an event type of the api by its name. */
export function eventTypesOf(env: Environment): (name: string) => EventType | undefined {
  const types = new Map([...env.eventWriters.keys()].map(type => [type.name, type]))
  return name => types.get(name)
}
