import { isoTime, type UnixMs } from '../base/index.ts'
import { oldRows, type Store, takeAway } from '../store/index.ts'

/** Few enough not to hold up the units of requests, whatever their results weigh. */
const OLD = oldRows('signalbox_operations', 'settled_at <= $1', 'settled_at', 100)

/** Takes away some of the operations, and of the tasks that failed, which were settled by then. Answers how many. */
export const forgetOperations = (store: Store, until: UnixMs): Promise<number> =>
  takeAway(store, OLD, isoTime(until))
