import { createPlace } from './place.ts'
import type { Store, Value } from './port.ts'
import { KEEPING_SCOPE } from './take-away.ts'

/** Rows that are past their time in the order in which they were written, all of them up to the first that is not. */
export interface Sweep {
  readonly table: string
  /** The column in whose order, and index, it goes. */
  readonly key: string
  /** Sorts before every key. */
  readonly first: Value
  /** Which rows are past their time, as SQL over the columns; `$2` is the bound. */
  readonly past: string
  /** Rows in one unit, at most. */
  readonly most: number
}

/** Takes away some of what is past its time. Answers how many rows. `elapsed` as of `Clock.elapsed`. */
export type TakePast = (store: Store, elapsed: number, bound: Value) => Promise<number>

/**
 * A slice begins where the one before has ended. From the beginning of the index it would pass over the entries of all that is gone
 * already, until the database has cleared those away; on PostgreSQL somebody's long transaction puts that off.
 */
export function createSweep({ table, key, first, past, most }: Sweep): TakePast {
  const next = `select ${key} as key, case when ${past} then 1 else 0 end as past from ${table}
    where ${key} > $1 order by ${key} limit ${most}`
  const remove = `delete from ${table} where ${key} > $1 and ${key} <= $3 and ${past}`
  const place = createPlace(first)
  return async ({ peek, unit }, elapsed, bound) => {
    const from = place.from(elapsed)
    const rows = await peek.until(row => Number(row['past']) === 0, next, from, bound)
    const last = rows.findLast(row => Number(row['past']) === 1)?.['key']
    if (last === undefined) return 0
    const removed = await unit(tx => tx.run(remove, from, bound, last), KEEPING_SCOPE, 'keyed')
    place.reach(last)
    return removed
  }
}
