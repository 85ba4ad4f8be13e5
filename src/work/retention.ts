import { isoTime, type UnixMs } from '../base/index.ts'
import type { Store } from '../store/index.ts'

/** How long operations stay once they are settled: 30 days. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000

/** Few enough not to hold up the units of requests, whatever their results weigh. */
const FORGET = `delete from signalbox_operations where id in
  (select id from signalbox_operations where settled_at <= $1 order by settled_at limit 100)`

/** Takes away some of the operations that are past their time. Answers how many. */
export const forgetOperations = (store: Store, now: UnixMs): Promise<number> =>
  store.unit(tx => tx.run(FORGET, isoTime(now - KEEP_MS)))
