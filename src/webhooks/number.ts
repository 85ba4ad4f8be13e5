import type { Clock } from '../base/index.ts'
import type { Numbers, Store, Tx } from '../store/index.ts'
import { createFloor } from './floor.ts'

// Where transactions commit in another order than they begin, events are numbered once they are there: as they are dispatched, and
// before somebody reads the log. Both in units of one scope, so that they are seen in the order of their numbers.

/** Of the units that number events. */
export const DISPATCHING = 'dispatching'

/** Events in one unit. */
const BATCH = 1_000
const UNNUMBERED = 'from signalbox_events where position is null and test = 0'

/** What numbers events, in one process. */
export interface Numbering {
  /** Whether there are events without a number. */
  isDue(): Promise<boolean>
  /** Gives numbers to some of them, in a unit of the scope `DISPATCHING`. Answers to how many. */
  some(tx: Tx): Promise<number>
  /** Numbers what was committed before this is called, so that who reads the log finds it. Undefined where all have numbers. */
  all(): Promise<void> | undefined
}

export function createNumbering(store: Store, clock: Clock): Numbering {
  const { numbers } = store.dialect.commitOrder
  return numbers === undefined ? NUMBERED : numbering(store, numbers, clock)
}

const NUMBERED: Numbering = {
  isDue: () => Promise.resolve(false),
  some: () => Promise.resolve(0),
  all: () => undefined,
}

/** How often it is asked who else writes events. */
const LOOK_MS = 1_000

function numbering(store: Store, { arrival, next, last, writers }: Numbers, clock: Clock): Numbering {
  const floor = createFloor(clock)
  // The first: a planner that takes many for unnumbered would read the table until it finds any.
  const any = (which: string): string =>
    `select 1 as found where (select min(${arrival}) ${UNNUMBERED} and ${arrival} ${which}) is not null`
  const [from, below, between] = [any('>= $1'), any('< $1'), any('between $1 and $2')]
  const number = `update signalbox_events set position = numbered.number
    from (select id, ${next} as number from
      (select id ${UNNUMBERED} and ${arrival} >= $1 order by ${arrival} limit ${BATCH}) as unnumbered) as numbered
    where signalbox_events.id = numbered.id`
  const isThere = async (sql: string, ...values: number[]): Promise<boolean> =>
    (await store.peek.get(sql, ...values)) !== undefined

  /** The last row that anybody had begun to add, and who was at it. When they are done, all up to there are seen or will never be. */
  let mark: { readonly last: number; readonly writers: readonly string[] } | undefined
  let lookAt = 0
  async function raiseFloor(): Promise<void> {
    const now = clock.elapsed()
    if (now < lookAt) return
    lookAt = now + LOOK_MS
    await floor.verify(at => isThere(below, at))
    const begun = Number((await store.peek.get(last))?.['last'] ?? 0)
    const rows = await store.peek.all(writers)
    const writing = rows.map(row => String(row['writer']))
    if (mark?.writers.some(writer => writing.includes(writer)) === true) return
    if (mark !== undefined && !(await isThere(between, floor.at, mark.last))) floor.raise(mark.last + 1)
    mark = { last: begun, writers: writing }
  }

  const some = (tx: Tx): Promise<number> => tx.run(number, floor.at)
  async function all(): Promise<void> {
    // A process that does no work, and dispatches nothing, must not look at all that was ever numbered either.
    await raiseFloor()
    while (await isThere(from, floor.at)) await store.unit(some, DISPATCHING, 'keyed')
  }
  return {
    async isDue() {
      await raiseFloor()
      return isThere(from, floor.at)
    },
    some,
    all,
  }
}
