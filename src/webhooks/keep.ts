import { type Clock, earliestId, isoTime } from '../base/index.ts'
import { createWalk, type Store } from '../store/index.ts'
import { deliveries } from './deliveries.ts'
import { EVENT_PREFIX } from './feed.ts'

// What stays whatever its age: a delivery that is not settled; the payload that it sends; an event as long as there is a
// delivery of it; and the latest event of each account and of shared rows, so that whoever has seen all finds its place in the
// log again.

/** How long what is past is kept, in milliseconds; infinite where it is for ever. */
export interface KeptMs {
  /** From when it was recorded. */
  readonly events: number
  /** From when it was settled, attempts included. */
  readonly deliveries: number
  /** From when the last delivery that sends it was settled. */
  readonly payloads: number
}

// PostgreSQL answers `exists` by reading the whole table for each row where it knows nothing of what is in there, so that any row seems to
// do. The least and the greatest it takes from an index, whatever it knows; not those of null, which is no value to it.
const HAS_NONE = '(select min(d.webhook_id) from signalbox_deliveries d where d.event_id = old.id) is null'
const IS_LATER =
  '(select max(n.position) from signalbox_events n where n.account_id = old.account_id and n.test = 0) > old.position'
const IS_LATER_SHARED = `exists
  (select 1 from signalbox_events n where n.account_id is null and n.position > old.position and n.test = 0)`

/** Answers what takes away some of what is past its time, and tells whether there may be more: how much it looked at. */
export function createKeeper(store: Store, clock: Clock, kept: KeptMs): () => Promise<number> {
  const settled = createWalk({
    table: 'signalbox_deliveries',
    key: 'id',
    // Most attempts are small; one keeps up to 64 KiB of what came back.
    weight: 'attempt_count * 8192',
    gone: 'old.settled_at <= $3',
    along: [['signalbox_attempts', 'delivery_id']],
  })
  const payloads = createWalk({
    table: 'signalbox_payloads',
    key: 'event_id',
    weight: 'octet_length(body)',
    gone: `not exists (select 1 from signalbox_deliveries d
      where d.event_id = old.event_id and (d.settled_at is null or d.settled_at > $3))`,
  })
  const events = createWalk({
    table: 'signalbox_events',
    key: 'id',
    weight: 'coalesce(octet_length(data), 0) + coalesce(octet_length(before), 0)',
    gone: `old.dispatched = 1 and ${HAS_NONE}
      and (old.test = 1 or ${IS_LATER} or (old.account_id is null and ${IS_LATER_SHARED}))`,
    along: [['signalbox_payloads', 'event_id']],
  })
  return async () => {
    const elapsed = clock.elapsed()
    const until = (ms: number): number => Math.max(0, clock.now() - ms)
    const idBefore = (prefix: string, ms: number): string => earliestId(prefix, until(ms))
    const ofDeliveries = await settled(store, {
      before: idBefore(deliveries.prefix, kept.deliveries),
      elapsed,
      values: [isoTime(until(kept.deliveries))],
    })
    const ofPayloads = await payloads(store, {
      before: idBefore(EVENT_PREFIX, kept.payloads),
      elapsed,
      values: [isoTime(until(kept.payloads))],
    })
    const ofEvents = await events(store, { before: idBefore(EVENT_PREFIX, kept.events), elapsed })
    return ofDeliveries + ofPayloads + ofEvents
  }
}
