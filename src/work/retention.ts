import { isoTime, type UnixMs } from '../base/index.ts'
import { oldRows, type Store, takeAway } from '../store/index.ts'

/** How long operations stay once they are settled: 30 days. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000

/** Few enough not to hold up the units of requests, whatever their results weigh. */
const OLD = oldRows('signalbox_operations', 'settled_at <= $1', 'settled_at', 100)

/** Takes away some of the operations that are past their time. Answers how many. */
export const forgetOperations = (store: Store, now: UnixMs): Promise<number> =>
  takeAway(store, OLD, isoTime(now - KEEP_MS))
