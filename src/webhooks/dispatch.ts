import type { NewId, UnixMs } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'
import type { Row, Store } from '../store/index.ts'
import type { Environment, StoredEvent } from '../unit/index.ts'

// From event to deliveries. New events are found by their state, never by a cursor over ids: a transaction that
// commits late with a lower id would be skipped by a cursor. Writing an event's deliveries and marking it as
// dispatched is one unit, so each webhook is owed each event exactly once, whatever dies in between.

/** Events in one unit. More would hold up the units of requests. */
const BATCH = 64

const NEW = `select id, account_id, type, created_at, data, before from signalbox_events
  where dispatched = 0 order by id limit ${BATCH}`
const ANY_NEW = 'select 1 from signalbox_events where dispatched = 0 limit 1'
const MARK = 'update signalbox_events set dispatched = 1 where id = $1'
const WEBHOOKS_OF = 'select id, account_id, events, created_at from signalbox_webhooks where account_id = $1'
const ALL_WEBHOOKS = 'select id, account_id, events, created_at from signalbox_webhooks'
const KEEP_PAYLOAD = `insert into signalbox_payloads (event_id, format, body) values ($1, 'json', $2) on conflict do nothing`
const INSERT_DELIVERY = `insert into signalbox_deliveries
  (id, account_id, webhook_id, event_id, event_type, state, attempt_count, created_at, next_attempt_at, due_at, fence)
  values ($1, $2, $3, $4, $5, 'pending', 0, $6, $6, $7, 0)`

interface Subscriber {
  readonly id: string
  readonly account: string
}

interface Subscription extends Subscriber {
  readonly events: ReadonlySet<string>
  /** When the webhook was created. */
  readonly since: string
}

/** Writes the deliveries of new events. Answers how many events it took. */
export async function dispatchEvents(store: Store, env: Environment): Promise<number> {
  // A look is enough: the unit below waits for the flush of all that it took.
  if ((await store.peek.get(ANY_NEW)) === undefined) return 0
  return store.unit(async tx => {
    const events = (await tx.all(NEW)).map(storedEvent)
    const subscribers = subscribersIn(tx)
    const now = env.clock.now()
    for (const event of events) {
      const webhooks = await subscribers(event)
      if (webhooks.length > 0) await keepPayload(tx, event)
      for (const webhook of webhooks) await writeDelivery(tx, env.newId, event, webhook, now)
      await tx.run(MARK, event.id)
    }
    return events.length
  })
}

/** Renders what every delivery of an event sends. */
export async function keepPayload(sql: Sql, event: StoredEvent): Promise<void> {
  await sql.run(KEEP_PAYLOAD, event.id, renderEvent(event))
}

/** One event, whose payload is kept, owed to one webhook, due at once. Answers the delivery's id. */
export async function writeDelivery(
  sql: Sql,
  newId: NewId,
  event: StoredEvent,
  webhook: Subscriber,
  now: UnixMs,
): Promise<string> {
  const id = newId('dlv')
  const at = new Date(now).toISOString()
  await sql.run(INSERT_DELIVERY, id, webhook.account, webhook.id, event.id, event.type, at, now)
  return id
}

/** The body of a delivery, which is also how the API shows the event. */
export function renderEvent({ id, type, at, data, before }: StoredEvent): string {
  const head = `{"id":${JSON.stringify(id)},"type":${JSON.stringify(type)},"at":${JSON.stringify(at)}`
  return `${head}${data === null ? '' : `,"data":${data}`}${before === null ? '' : `,"before":${before}`}}`
}

export function storedEvent(row: Row): StoredEvent {
  const text = (column: string): string | null => (row[column] == null ? null : String(row[column]))
  return {
    id: String(row['id']),
    account: text('account_id'),
    type: String(row['type']),
    at: String(row['created_at']),
    data: text('data'),
    before: text('before'),
  }
}

/** Who is owed an event. Each account's webhooks are read once in the unit. */
function subscribersIn(sql: Sql): (event: StoredEvent) => Promise<readonly Subscriber[]> {
  const byAccount = new Map<string | null, readonly Subscription[]>()
  return async ({ account, type, at }) => {
    let webhooks = byAccount.get(account)
    if (webhooks === undefined) {
      const rows = account === null ? await sql.all(ALL_WEBHOOKS) : await sql.all(WEBHOOKS_OF, account)
      webhooks = rows.map(row => ({
        id: String(row['id']),
        account: String(row['account_id']),
        events: new Set(JSON.parse(String(row['events'])) as string[]),
        since: String(row['created_at']),
      }))
      byAccount.set(account, webhooks)
    }
    // What happened before somebody asked to be told is not told.
    return webhooks.filter(({ events, since }) => events.has(type) && since <= at)
  }
}
