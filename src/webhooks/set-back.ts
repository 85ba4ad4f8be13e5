import { earliestId, isoTime } from '../base/index.ts'
import type { Reader, Row, Tx } from '../store/index.ts'
import { LEASE_MS, type Mend, SLACK_MS } from '../work/index.ts'
import { deliveries } from './deliveries.ts'
import { refreshLane } from './lanes.ts'
import { hurry, SENDING } from './queue.ts'

/** Deliveries in one unit. */
const PAGE = 1_000

/** Being sent until a time that no lease of now has. */
const LAPSED = `select q.webhook_id, q.due_at, q.delivery_id from signalbox_lanes l
  join signalbox_queue q on q.webhook_id = l.webhook_id and q.sending = 1 and q.due_at > $1 limit ${PAGE}`
/** Written by a clock that was ahead, which their ids tell, and to be sent at once. */
const FIRST = `select id, webhook_id, next_attempt_at from signalbox_deliveries
  where id > $1 and next_attempt_at > $2 and attempt_count = 0 and state = 'pending' order by id limit ${PAGE}`
/** Waits for a rate, or for a lease that was counted by the same clock. */
const HELD = `select webhook_id from signalbox_lanes
  where slow in (0, 1) and ready_at > $1 and held = 1 and probe_at is null limit ${PAGE}`

const MEND_LAPSED = `update signalbox_queue set due_at = $3 where ${SENDING} and due_at = $2 and delivery_id = $4`

/** The same for deliveries, and for the lanes that they wait in. */
export const mendDeliveries: Mend = async ({ peek, unit }, clock) => {
  const now = clock.now()
  const late = now + LEASE_MS + SLACK_MS
  const look = (reader: Reader) =>
    Promise.all([
      reader.all(LAPSED, late),
      reader.all(FIRST, earliestId(deliveries.prefix, now + SLACK_MS), isoTime(now + SLACK_MS)),
      reader.all(HELD, late),
    ])
  let mended = 0
  while ((await look(peek)).some(rows => rows.length > 0)) {
    const changed = await unit(async tx => {
      const [lapsed, first, held] = await look(tx)
      for (const { webhook_id = null, due_at = null, delivery_id = null } of lapsed)
        await tx.run(MEND_LAPSED, webhook_id, due_at, now, delivery_id)
      for (const row of first) await hurry(tx, waitingIn(row), now)
      await refreshAll(tx, [...lapsed, ...first, ...held])
      return lapsed.length + first.length + held.length
    })
    mended += changed
    // What is still late then waits for something else.
    if (changed < PAGE) break
  }
  return mended
}

const LOOK_AT_ALL = 'update signalbox_lanes set waits_from = 0, leased_from = 0 where webhook_id = $1'

async function refreshAll(tx: Tx, rows: readonly Row[]): Promise<void> {
  for (const webhook of new Set(rows.map(row => String(row['webhook_id'])))) {
    await tx.run(LOOK_AT_ALL, webhook)
    await refreshLane(tx, webhook)
  }
}

const waitingIn = (row: Row) => ({
  webhook: String(row['webhook_id']),
  id: String(row['id']),
  dueAt: Date.parse(String(row['next_attempt_at'])),
})
