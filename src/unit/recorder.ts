import { isoTime } from '../base/index.ts'
import { createInsert, type Insert, type Row, type Tx, type Value } from '../store/index.ts'
import type { Environment, Recorded } from './environment.ts'
import { attributed, type Written } from './refused-row.ts'

const COLUMNS = ['id', 'account_id', 'type', 'created_at', 'data', 'before', 'traceparent']
// Where nobody listens there is nothing to dispatch: a webhook is owed what happens after it was made. (`values`, since an
// `insert … select` could be of many rows: SQLite prepares to undo the first of them, which costs half as much again.)
const newWhere = (webhooks: string): string =>
  `case when exists (select 1 from signalbox_webhooks ${webhooks}) then 0 else 1 end`
const EVENT = createInsert('signalbox_events', COLUMNS, {
  dispatched: value => newWhere(`where account_id = ${value('account_id')}`),
})
/** About shared rows: for every account. */
const SHARED_EVENT = createInsert('signalbox_events', COLUMNS, { dispatched: () => newWhere('') })

/** A fact as it lies in the database: `data` and `before` are JSON. */
export interface StoredEvent {
  readonly id: string
  /** Its place in the log; 0, or not there, where it has none. */
  readonly position?: number
  /** Null where it is about shared rows, and for everybody. */
  readonly account: string | null
  readonly type: string
  readonly at: string
  readonly data: string | null
  readonly before: string | null
  /** What recorded it, where traces are kept. */
  readonly traceparent?: string | null
  /** True where it did not happen, but was made up to be sent to one webhook. */
  readonly isTest?: boolean
}

/** What a unit says of itself while it runs. */
export interface Recording {
  /** Answers the event's id. */
  event(type: string, account: string | null, data: string | null, before: string | null): string
  operationStarted(): void
  operationSettled(id: string): void
  deliveryWritten(): void
  webhookChanged(id: string): void
  /** Where nobody waits for a row, or a constraint is looked at when the unit commits, it is heard of later that it was refused. */
  rowWritten(table: Written['table'], row: Written['row'], mine: Written['mine']): void
  /** What is written within is told of as at this place of what the caller sent. */
  at<T>(place: Written['place'], work: () => Promise<T>): Promise<T>
  /** Where the work rejects, the events that it recorded are none, nor are its rows. */
  undoable<T>(work: () => Promise<T>): Promise<T>
}

/** Gathers a unit's events, and writes them where the unit ends: in order, in its transaction. */
export interface Recorder extends Recording {
  readonly rows: readonly Written[]
  write(tx: Tx): Recorded
}

/** For calls that only read: there is no commit that an event could be part of. */
export const refusingRecorder: Recording = {
  event: refuseToRecord,
  operationStarted: refuseToRecord,
  operationSettled: refuseToRecord,
  deliveryWritten: refuseToRecord,
  webhookChanged: refuseToRecord,
  rowWritten: refuseToRecord,
  at: refuseToRecord,
  undoable: refuseToRecord,
}

function refuseToRecord(): never {
  throw new Error('a GET cannot record events or start operations, since it is safe (RFC 9110 §9.2.1)')
}

/** What happens now. */
export function newEvent(
  env: Environment,
  type: string,
  account: string | null,
  data: string | null,
  before: string | null,
): StoredEvent {
  const at = isoTime(env.clock.now())
  const traceparent = env.tracing?.traceparent() ?? null
  return { id: env.newId('evt'), account, type, at, data, before, traceparent }
}

/** What adds an event, and its values. */
export function insertOf(event: StoredEvent): [insert: Insert, ...values: Value[]] {
  const { id, account, type, at, data, before, traceparent = null } = event
  const insert = account === null ? SHARED_EVENT : EVENT
  return [insert, id, account, type, at, data, before, traceparent]
}

/**
 * An event as a row, whoever listens: it is for whom dispatches it to find out. A transaction of the application's may be old,
 * and know nothing of a webhook that is there.
 */
export const rowOf = ({ id, account, type, at, data, before, traceparent = null }: StoredEvent): Row => ({
  id,
  account_id: account,
  type,
  created_at: at,
  data,
  before,
  traceparent,
  dispatched: 0,
})

export function createRecorder(env: Environment): Recorder {
  const events: StoredEvent[] = []
  let operations = 0
  let deliveries = 0
  const settled: string[] = []
  const webhooks: string[] = []
  const rows: Written[] = []
  let place: Written['place'] = []
  return {
    rows,
    event(type, account, data, before) {
      const made = newEvent(env, type, account, data, before)
      events.push(made)
      return made.id
    },
    operationStarted() {
      operations++
    },
    operationSettled(id) {
      settled.push(id)
    },
    deliveryWritten() {
      deliveries++
    },
    webhookChanged(id) {
      webhooks.push(id)
    },
    rowWritten(table, row, mine) {
      rows.push({ table, row, mine, place })
    },
    async at(within, work) {
      const before = place
      place = within
      try {
        return await work()
      } finally {
        place = before
      }
    },
    async undoable(work) {
      const [eventsBefore, rowsBefore] = [events.length, rows.length]
      try {
        return await work()
      } catch (error) {
        const told = attributed(error, rows.slice(rowsBefore))
        events.length = eventsBefore
        rows.length = rowsBefore
        throw told
      }
    },
    write(tx) {
      for (const event of events) tx.add(...insertOf(event))
      return { events: events.length, operations, deliveries, settled, webhooks }
    },
  }
}
