import { isoTime, type UnixMs } from '../base/index.ts'
import type { Sql } from '../contract/index.ts'
import { isKey, overRows, type RowsSql } from './batch.ts'

// The queue of deliveries: a small row for each that is to be sent, beside its large one, which is written when it is made and
// when an attempt is over. Each webhook has a lane in it (lanes.ts); who takes the lane decides on its rows.
//
// - Of a pending delivery there is one row here, unless it waits for an earlier one of its order key (order.ts). Of one that is
//   settled there is none.
// - It waits for its time, which `next_attempt_at` of the delivery says too; or it is being sent (`sending`), and its time is the
//   end of a lease.
// - A claim moves a row from the one to the other and raises `fence`, in one statement; where nothing of its webhook waits, a row is
//   written as claimed (straight.ts). A lease that has run out is claimed again, so what a process that died was sending is sent by
//   another.
// - Whoever settles or releases names the row as it was claimed. Where that is gone, 0 rows change.
// - A delivery that is erased leaves its row behind, which holds ids and a time. Whoever comes to claim it takes it away.
// - The lane says before which times nothing stands here, waiting or being sent. An index of PostgreSQL keeps what has left for as
//   long as any transaction could still see it, and who looks for the first would walk past all of that. Whoever puts rows in
//   lowers these times where it must; who settles raises them, to what is there.

/** Of a webhook `$1`, as SQL. */
export const WAITING = 'webhook_id = $1 and sending = 0'
export const SENDING = 'webhook_id = $1 and sending = 1'

/** A row of the queue. */
export interface Queued {
  readonly webhook: string
  readonly id: string
  readonly dueAt: UnixMs
  readonly fence: number
}

/** A row as a claim has left it. */
export interface Leased {
  readonly webhook: string
  readonly id: string
  readonly fence: number
  /** Unix milliseconds. */
  readonly leaseEnds: UnixMs
}

const lowering = (column: string) =>
  overRows(
    ['text', 'bigint'],
    (given, concurrent) => `update signalbox_lanes set ${column} = given.column2 from ${given}
      where ${isKey('webhook_id', concurrent)} and ${column} > given.column2`,
  )
const lowerWaits = lowering('waits_from')
const lowerLeased = lowering('leased_from')

/** The first time of each webhook. */
function firsts(rows: Iterable<readonly [webhook: string, at: UnixMs]>): [string, UnixMs][] {
  const first = new Map<string, UnixMs>()
  for (const [webhook, at] of rows) first.set(webhook, Math.min(at, first.get(webhook) ?? at))
  return [...first]
}

const EXPECT = 'update signalbox_lanes set waits_from = $2 where webhook_id = $1 and waits_from > $2'

/** Something was put in that is due at this time. */
export const expectAt = (sql: Pick<Sql, 'run'>, webhook: string, dueAt: UnixMs): Promise<number> =>
  sql.run(EXPECT, webhook, dueAt)

/** What each statement begins with that puts rows in. */
export const INTO_QUEUE = 'insert into signalbox_queue (webhook_id, sending, due_at, delivery_id, fence)'

/** A statement that puts rows in, all of them waiting or all being sent. */
function putting(sending: 0 | 1) {
  const insert = overRows(
    ['text', 'bigint', 'text', 'bigint'],
    given =>
      `${INTO_QUEUE} select column1, ${sending}, column2, column3, column4 from ${given} where column1 is not null`,
  )
  const lower = sending === 0 ? lowerWaits : lowerLeased
  return async (sql: RowsSql, rows: readonly Queued[]): Promise<void> => {
    const values = rows.map(({ webhook, dueAt, id, fence }) => [webhook, dueAt, id, fence])
    await Promise.all([insert(sql, values), lower(sql, firsts(rows.map(row => [row.webhook, row.dueAt])))])
  }
}

/** Deliveries that wait for their time. */
export const enqueue = putting(0)
const putSending = putting(1)

/** Deliveries that are claimed as they are written. */
export const enqueueLeased = (sql: RowsSql, rows: readonly Leased[]): Promise<void> =>
  putSending(sql, rows.map(standingOf))

const lease = overRows(
  ['text', 'bigint', 'bigint', 'text', 'bigint'],
  (
    given,
    concurrent,
  ) => `update signalbox_queue set sending = 1, due_at = given.column5, fence = fence + 1 from ${given}
    where ${isKey('webhook_id', concurrent)}
      and sending = given.column2 and due_at = given.column3 and delivery_id = given.column4`,
)

/** A row with where it stands: being sent, or waiting. */
export interface Standing extends Queued {
  readonly sending: boolean
}

const standingOf = ({ webhook, id, fence, leaseEnds }: Leased): Standing => ({
  webhook,
  sending: true,
  dueAt: leaseEnds,
  id,
  fence,
})

/** Claims rows: those that wait, or whose lease has run out. */
export const claimRows = async (
  sql: RowsSql,
  rows: readonly Standing[],
  leaseEnds: UnixMs,
): Promise<void> => {
  const values = rows.map(({ webhook, sending, dueAt, id }) => [
    webhook,
    Number(sending),
    dueAt,
    id,
    leaseEnds,
  ])
  await Promise.all([
    lease(sql, values),
    lowerLeased(sql, firsts(rows.map(({ webhook }) => [webhook, leaseEnds]))),
  ])
}

const remove = overRows(
  ['text', 'bigint', 'bigint', 'text', 'bigint'],
  // Each of them knows a form that the other has not.
  (given, concurrent) =>
    concurrent
      ? `delete from signalbox_queue using ${given} where ${isKey('webhook_id', concurrent)}
          and sending = given.column2 and due_at = given.column3 and delivery_id = given.column4 and fence = given.column5
          returning delivery_id`
      : `delete from signalbox_queue where (webhook_id, sending, due_at, delivery_id, fence) in
          (select column1, column2, column3, column4, column5 from ${given} where column1 is not null) returning delivery_id`,
)

/** Takes rows away that are as they were found. Answers whose they were. */
export const removeRows = async (sql: RowsSql, rows: readonly Standing[]): Promise<ReadonlySet<string>> => {
  const gone = await remove(
    sql,
    rows.map(({ webhook, sending, dueAt, id, fence }) => [webhook, Number(sending), dueAt, id, fence]),
  )
  return new Set(gone.map(row => String(row['delivery_id'])))
}

/** Attempts are over. Answers the deliveries whose claim held until now, whose rows are gone. */
export const leaveQueue = (sql: RowsSql, rows: readonly Leased[]): Promise<ReadonlySet<string>> =>
  removeRows(sql, rows.map(standingOf))

const show = overRows(
  ['text', 'text'],
  (given, concurrent) => `update signalbox_deliveries set next_attempt_at = given.column2 from ${given}
    where ${isKey('id', concurrent)}`,
)

/** Gives back what was claimed: it stands where it stood, and is due at once. Answers the webhooks of which some was left to give. */
export async function releaseRows(
  sql: RowsSql,
  rows: readonly (Leased & Queued)[],
): Promise<ReadonlySet<string>> {
  const held = await leaveQueue(sql, rows)
  const left = rows.filter(({ id }) => held.has(id))
  await enqueue(sql, left)
  await show(
    sql,
    left.map(({ id, dueAt }) => [id, isoTime(dueAt)]),
  )
  return new Set(left.map(({ webhook }) => webhook))
}

const MOVE = `update signalbox_queue set due_at = $3 where ${WAITING} and due_at = $2 and delivery_id = $4`

/** Makes one due that waits until `dueAt`. False where it is being sent. */
export async function hurry(
  sql: RowsSql & Pick<Sql, 'run'>,
  { webhook, id, dueAt }: Omit<Queued, 'fence'>,
  now: UnixMs,
): Promise<boolean> {
  if ((await sql.run(MOVE, webhook, dueAt, now, id)) === 0) return false
  await expectAt(sql, webhook, now)
  await show(sql, [[id, isoTime(now)]])
  return true
}

/** As many as a breaker lets fail before it opens, and more. */
const LATER = `from signalbox_queue where ${WAITING} and due_at > $2 order by due_at, delivery_id limit 1000`
const SHOW_LATER = `update signalbox_deliveries set next_attempt_at = $3 where id in (select delivery_id ${LATER})`
const MOVE_LATER = `update signalbox_queue set due_at = $2 where (webhook_id, sending, due_at, delivery_id) in
  (select webhook_id, sending, due_at, delivery_id ${LATER})`

/** Makes those due that wait for another attempt. */
export async function hurryAll(sql: Pick<Sql, 'run'>, webhook: string, now: UnixMs): Promise<void> {
  await sql.run(SHOW_LATER, webhook, now, isoTime(now))
  await sql.run(MOVE_LATER, webhook, now)
  await expectAt(sql, webhook, now)
}
