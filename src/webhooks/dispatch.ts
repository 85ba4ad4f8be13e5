import { isoTime, type NewId, type UnixMs } from '../base/index.ts'
import type { EventType, Sql } from '../contract/index.ts'
import type { Store, Tx } from '../store/index.ts'
import type { Environment, StoredEvent } from '../unit/index.ts'
import { lookAtLane, touchLanes } from './lanes.ts'
import { type Judged, writeLog } from './log.ts'
import { judgeOf } from './match.ts'
import { hasEarlier, orderKeyOf } from './order.ts'
import { EVENT_COLUMNS, eventTypesOf, keepPayload, storedEvent } from './payloads.ts'
import type { Format } from './render.ts'
import { type Subscriber, subscribersIn } from './subscribers.ts'

// From event to deliveries. New events are found by their state, never by a cursor over ids: a transaction that
// commits late with a lower id would be skipped by a cursor. Writing an event's deliveries and marking it as
// dispatched is one unit, so each webhook is owed each event exactly once, whatever dies in between.

/** Events in one unit. More would hold up the units of requests. */
const BATCH = 64
/** Of the events in one unit: rendering a megabyte takes a good part of the time that requests may wait. */
const BATCH_CHARACTERS = 2 ** 20

/**
 * Of types that this process knows, as many as there are parameters: an older version of the program, still running beside
 * a newer one, could neither judge nor write what only the newer one knows.
 */
const isNew = (types: number): string =>
  `dispatched = 0 and type in (${Array.from({ length: types }, (_, i) => `$${i + 1}`).join(', ')})`
const newSql = (types: number): string =>
  `select ${EVENT_COLUMNS} from signalbox_events where ${isNew(types)} order by position limit ${BATCH}`
const anyNewSql = (types: number): string => `select 1 from signalbox_events where ${isNew(types)} limit 1`
const MARK = 'update signalbox_events set dispatched = 1, webhooks = $2 where id = $1'
/** As many as a batch may have: one text, prepared once. */
const MARK_UNHEARD = `update signalbox_events set dispatched = 1
  where id in (${Array.from({ length: BATCH }, (_, i) => `$${i + 1}`).join(', ')})`
const INSERT_DELIVERY = `insert into signalbox_deliveries
  (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count, created_at, next_attempt_at, due_at, fence,
   traceparent, order_key)
  values ($1, $2, $3, $4, $5, $6, 'pending', 0, $7, $8, $9, 0, $10, $11)`

/**
 * Writes the deliveries of new events. Answers how many events it took.
 *
 * @param begun is told that a unit is on its way that may write some.
 */
export async function dispatchEvents(store: Store, env: Environment, begun: () => void): Promise<number> {
  const types = Array.from(env.eventWriters.keys(), type => type.name)
  // A look is enough: the unit below waits for the flush of all that it took.
  if ((await store.peek.get(anyNewSql(types.length), ...types)) === undefined) return 0
  const taken = store.unit(async tx => {
    const events = (await tx.all(newSql(types.length), ...types)).map(storedEvent)
    const typeOf = eventTypesOf(env)
    const subscribers = subscribersIn(tx)
    const now = env.clock.now()
    const unheard: string[] = []
    const owed = new Set<string>()
    let taken = 0
    let characters = 0
    for (const event of events) {
      if (characters > BATCH_CHARACTERS) break
      taken++
      characters += (event.data?.length ?? 0) + (event.before?.length ?? 0)
      const webhooks = await subscribers(event)
      if (webhooks.length === 0) {
        unheard.push(event.id)
        continue
      }
      const type = typeOf(event.type)
      const judge = judgeOf(event, type)
      const judged = webhooks.map(webhook => ({ webhook, verdict: judge(webhook.when) }))
      for (const webhook of await deliverTo(tx, env.newId, event, type, judged, now)) owed.add(webhook)
      await tx.run(MARK, event.id, writeLog(judged))
    }
    await markUnheard(tx, unheard)
    await touchLanes(tx, owed, now)
    return taken
  })
  begun()
  return taken
}

async function deliverTo(
  tx: Tx,
  newId: NewId,
  event: StoredEvent,
  type: EventType | undefined,
  judged: readonly Judged<Subscriber>[],
  now: UnixMs,
): Promise<readonly string[]> {
  const met = judged.filter(({ verdict }) => verdict.met).map(({ webhook }) => webhook)
  for (const format of new Set(met.map(webhook => webhook.format))) await keepPayload(tx, event, format, type)
  for (const webhook of met) await insertDelivery(tx, newId, event, webhook, now)
  return met.map(webhook => webhook.id)
}

/** Whom a delivery is for. */
export interface Recipient {
  readonly id: string
  readonly account: string
  readonly format: Format
  /** Default: null, no order. */
  readonly order?: string | null
}

/** One event, whose payload is kept, owed to one webhook, and due at once. Answers the delivery's id. */
export async function writeDelivery(
  sql: Pick<Sql, 'get' | 'run'>,
  newId: NewId,
  event: StoredEvent,
  recipient: Recipient,
  now: UnixMs,
): Promise<string> {
  const id = await insertDelivery(sql, newId, event, recipient, now)
  await lookAtLane(sql, recipient.id, now)
  return id
}

/** The same, where somebody else sees to it that it is looked at. Where it has an earlier one of its key, it waits for that. */
async function insertDelivery(
  sql: Pick<Sql, 'get' | 'run'>,
  newId: NewId,
  event: StoredEvent,
  { id: webhook, account, format, order = null }: Recipient,
  now: UnixMs,
): Promise<string> {
  const id = newId('dlv')
  const at = isoTime(now)
  const key = orderKeyOf(order, event)
  const waits = key !== null && (await hasEarlier(sql, webhook, key))
  const due = waits ? ([null, null] as const) : ([at, now] as const)
  const { traceparent = null } = event
  await sql.run(
    INSERT_DELIVERY,
    id,
    account,
    webhook,
    event.id,
    event.type,
    format,
    at,
    ...due,
    traceparent,
    key,
  )
  return id
}

/** In one statement: where webhooks are for few of the events, most are marked here. */
async function markUnheard(tx: Tx, [first, ...rest]: readonly string[]): Promise<void> {
  if (first === undefined) return
  await tx.run(MARK_UNHEARD, first, ...rest, ...Array<string>(BATCH - 1 - rest.length).fill(first))
}
