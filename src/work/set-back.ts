import type { Clock } from '../base/index.ts'
import type { Row, Store } from '../store/index.ts'
import { LEASE_MS } from './lease.ts'
import { type Loop, startLoop } from './loop.ts'

// Leases and first attempts are times of the wall clock, which all processes of a database share and a process that died
// has left there. Where the clock was ahead and is set back, a lease of 30 s ends an hour and 30 s from now. So whoever
// starts, and whoever sees the clock go back, looks for rows that wait for longer than one of their kind ever does.

/** How often the clock is looked at. */
const LOOK_MS = 1_000
/** Clocks are slewed by this much without being set. */
export const SLACK_MS = 1_000
/** Rows of one unit, and of one look at the many that may rightly wait. */
const PAGE = 1_000

/** Makes due what a clock that was ahead would have wait for it. Answers how many rows. */
export type Mend = (store: Store, clock: Clock) => Promise<number>

export interface SetBackOptions {
  readonly store: Store
  readonly clock: Clock
  readonly mends: readonly Mend[]
  readonly failed: (error: unknown) => void
  /** Rows are due that were not. */
  readonly found: () => void
}

/** Mends at the start, and whenever the clock is set back. */
export function watchClock({ store, clock, mends, failed, found }: SetBackOptions): Loop {
  let before = Number.POSITIVE_INFINITY
  return startLoop(
    async () => {
      const offset = clock.now() - clock.elapsed()
      if (offset < before - SLACK_MS) {
        let mended = 0
        for (const mend of mends) mended += await mend(store, clock)
        if (mended > 0) found()
      }
      before = offset
      return LOOK_MS
    },
    failed,
    LOOK_MS,
  )
}

/** Operations that wait for a lease or for their first attempt, and not for a time of their schedule. */
const LEASED = `state = 'running' or attempt_count = 0`
const LOOK = `select id, due_at, case when ${LEASED} then 1 else 0 end as leased from signalbox_operations
  where due_at is not null and due_at >= $1 and (due_at > $1 or id > $2) order by due_at, id limit ${PAGE}`
const MEND = `update signalbox_operations set due_at = $1 where id = $2 and due_at = $3 and (${LEASED})`

export const mendOperations: Mend = async (store, clock) => {
  const now = clock.now()
  let mended = 0
  let last: Row | undefined = { id: '', due_at: now + LEASE_MS + SLACK_MS }
  while (last !== undefined) {
    const rows: readonly Row[] = await store.peek.all(LOOK, last['due_at'] ?? null, last['id'] ?? null)
    const late = rows.filter(row => Number(row['leased']) === 1)
    if (late.length > 0) {
      mended += await store.unit(async tx => {
        let changed = 0
        for (const { id = null, due_at = null } of late) changed += await tx.run(MEND, now, id, due_at)
        return changed
      })
    }
    last = rows.length < PAGE ? undefined : rows.at(-1)
  }
  return mended
}
