import type { Store, Value } from './port.ts'

/** What is past its time: whether there is any, and how some of it is taken away, by the same values. */
export interface PastTime {
  readonly any: string
  readonly remove: string
}

/** Of the units that take away what is past its time: nothing else is decided by it. */
export const KEEPING_SCOPE = 'keeping'

/** Takes away some of it. Answers how many rows. A look is enough where there is none: a unit for nothing would cost a commit. */
export async function takeAway(
  { peek, unit }: Store,
  { any, remove }: PastTime,
  ...values: Value[]
): Promise<number> {
  return (await peek.get(any, ...values)) === undefined
    ? 0
    : unit(tx => tx.run(remove, ...values), KEEPING_SCOPE)
}

/** Rows of a table that meet a condition, the first by an order that an index has. */
export const oldRows = (table: string, condition: string, order: string, most: number): PastTime => ({
  any: `select 1 from ${table} where ${condition} limit 1`,
  remove: `delete from ${table} where id in (select id from ${table} where ${condition} order by ${order} limit ${most})`,
})
