import type { CommitOrder, Store, Tx } from '../store/index.ts'

// Where transactions commit in another order than they begin, events are numbered once they are there: as they are dispatched, and
// before somebody reads the log. Both in units of one scope, so that they are seen in the order of their numbers.

/** Of the units that number events. */
export const DISPATCHING = 'dispatching'

/** Events in one unit. */
const BATCH = 1_000
const UNNUMBERED = 'from signalbox_events where position is null and test = 0'
const ANY = `select 1 ${UNNUMBERED} limit 1`
const numberSql = (
  next: string,
  arrival: string,
): string => `update signalbox_events set position = numbered.number
  from (select id, ${next} as number from (select id ${UNNUMBERED} order by ${arrival} limit ${BATCH}) as unnumbered) as numbered
  where signalbox_events.id = numbered.id`

/** Numbers what was committed before this is called, so that who reads the log finds it. Undefined where all have numbers. */
export function numberEvents(store: Store): Promise<void> | undefined {
  return store.dialect.commitOrder.next === undefined ? undefined : numberAll(store)
}

async function numberAll(store: Store): Promise<void> {
  while ((await store.peek.get(ANY)) !== undefined)
    await store.unit(tx => numberSome(tx, store.dialect.commitOrder), DISPATCHING, 'keyed')
}

/** Some of them, in a unit of this scope. */
export async function numberSome(tx: Tx, { next, arrival }: CommitOrder): Promise<void> {
  if (next !== undefined) await tx.run(numberSql(next, arrival))
}
