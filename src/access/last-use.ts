import { isoTime, type UnixMs } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import { createLimiter } from './limiter.ts'

const USED = 'update signalbox_keys set last_used_at = $2 where id = $1'

const ONCE_A_MINUTE = { requests: 1, perMs: 60_000, burst: 1 }

/**
 * Notes that a key was used, once a minute at most: beside the request, which does not wait for it. A note that cannot be
 * written is left out; the key's next minute writes another.
 */
export function noteUses(store: Store): (key: string, now: UnixMs) => void {
  const limiter = createLimiter()
  return (key, now) => {
    if (limiter([{ name: 'use', rate: ONCE_A_MINUTE, subject: key }], now).waitMs > 0) return
    store.unit(tx => tx.run(USED, key, isoTime(now)), 'uses of keys').catch(() => undefined)
  }
}
