import type { Store, Tx } from '../store/index.ts'
import type { Environment, StoredEvent } from '../unit/index.ts'
import { isKey, overRows } from './batch.ts'
import { createFloor } from './floor.ts'
import { takeLanes } from './lanes.ts'
import { writeLog } from './log.ts'
import { judgeOf } from './match.ts'
import { DISPATCHING, type Numbering } from './number.ts'
import { owing } from './owed.ts'
import { EVENT_COLUMNS, eventTypesOf, storedEvent } from './payloads.ts'
import { type Subscriber, subscribersIn } from './subscribers.ts'
import { type Sending, writeOwed } from './write-owed.ts'

// From event to deliveries. New events are found by their state, never by a cursor over ids: a transaction that
// commits late with a lower id would be skipped by a cursor. Writing an event's deliveries and marking it as
// dispatched is one unit, so each webhook is owed each event exactly once, whatever dies in between.

/** Events in one unit. More would hold up the units of requests. */
const BATCH = 64
/** Of the events in one unit: rendering a megabyte takes a good part of the time that requests may wait. */
const BATCH_CHARACTERS = 2 ** 20

/**
 * Of types that this process knows, as many as there are parameters behind the first: an older version of the program, still running beside
 * a newer one, could neither judge nor write what only the newer one knows.
 */
const isNew = (types: number): string =>
  `dispatched = 0 and type in (${Array.from({ length: types }, (_, i) => `$${i + 2}`).join(', ')})`
/** What has come since the others were numbered waits for the next unit: deliveries are in the order of these numbers. */
const newSql = (types: number): string =>
  `select ${EVENT_COLUMNS} from signalbox_events where ${isNew(types)} and position >= $1 order by position limit ${BATCH}`
/** Where nobody knows yet how many are new, a planner reads all of them to find one, unless it is asked for the first. */
const anyNewSql = (types: number, which: string): string =>
  `select 1 as found where (select min(position) from signalbox_events where ${isNew(types)} and position ${which}) is not null`
const mark = overRows(
  ['text', 'text'],
  (given, concurrent) => `update signalbox_events set dispatched = 1, webhooks = given.column2 from ${given}
    where ${isKey('id', concurrent)}`,
)
/** As many as a batch may have: one text, prepared once. */
const MARK_UNHEARD = `update signalbox_events set dispatched = 1
  where id in (${Array.from({ length: BATCH }, (_, i) => `$${i + 1}`).join(', ')})`

export interface DispatchOptions {
  readonly store: Store
  readonly env: Environment
  readonly numbering: Numbering
  /** What is begun as soon as it is on disk, and told of what is left to be claimed. */
  readonly sending: Sending
}

/** Writes the deliveries of some new events. Answers how many events it has brought forward; 0 where there is nothing new. */
export type Dispatch = () => Promise<number>

export function createDispatch(options: DispatchOptions): Dispatch {
  const { store, env, numbering, sending } = options
  const types = Array.from(env.eventWriters.keys(), type => type.name)
  // Numbers grow, in units of the scope of dispatching: behind what one of these has taken nothing comes any more.
  const floor = createFloor(env.clock)
  const [from, below] = [anyNewSql(types.length, '>= $1'), anyNewSql(types.length, '< $1')]
  const isNew = async (sql: string): Promise<boolean> =>
    (await store.peek.get(sql, floor.at, ...types)) !== undefined
  return async () => {
    await floor.verify(() => isNew(below))
    // Looks are enough: the unit waits for the flush of all that it took.
    const found = await Promise.all([isNew(from), numbering.isDue()])
    if (!found.includes(true)) return 0
    const { numbered, events, claimed } = await dispatchSome(options, types, floor.at)
    sending.take(claimed)
    floor.raise((events.at(-1)?.position ?? 0) + 1)
    return Math.max(numbered, events.length)
  }
}

function dispatchSome(
  { store, env, numbering, sending }: DispatchOptions,
  types: readonly string[],
  from: number,
) {
  return store.unit(
    async tx => {
      const numbered = await numbering.some(tx)
      const events = someOf((await tx.all(newSql(types.length), from, ...types)).map(storedEvent))
      const typeOf = eventTypesOf(env)
      const subscribers = subscribersIn(tx)
      const now = env.clock.now()
      const owed = owing(tx, env.newId, now)
      const logs = new Map<string, string>()
      const met: { readonly event: StoredEvent; readonly webhook: Subscriber }[] = []
      for (const event of events) {
        const webhooks = await subscribers(event)
        if (webhooks.length === 0) continue
        const judge = judgeOf(event, typeOf(event.type))
        const judged = webhooks.map(webhook => ({ webhook, verdict: judge(webhook.when) }))
        for (const { webhook, verdict } of judged) if (verdict.met) met.push({ event, webhook })
        logs.set(event.id, writeLog(judged))
      }
      // Whether an earlier one of a key is still to be settled, nobody may change before this one is there.
      const webhooks = new Set(met.map(({ webhook }) => webhook.id))
      const ordered = met.some(({ webhook }) => webhook.order !== null)
      if (ordered) await takeLanes(tx, webhooks)
      for (const { event, webhook } of met) {
        owed.payload(event, webhook.format, typeOf(event.type))
        await owed.delivery(event, webhook)
      }
      const unheard = events.filter(({ id }) => !logs.has(id)).map(({ id }) => id)
      const marked = [mark(tx, [...logs]), markUnheard(tx, unheard)]
      const claimed = await writeOwed(tx, owed, webhooks, sending, now, marked)
      return { numbered, events, claimed }
    },
    DISPATCHING,
    'keyed',
  )
}

/** The first of them, as many as one unit may render. */
function someOf(events: readonly StoredEvent[]): readonly StoredEvent[] {
  let characters = 0
  const most = events.findIndex(({ data, before }) => {
    const full = characters > BATCH_CHARACTERS
    characters += (data?.length ?? 0) + (before?.length ?? 0)
    return full
  })
  return most === -1 ? events : events.slice(0, most)
}

/** In one statement: where webhooks are for few of the events, most are marked here. */
async function markUnheard(tx: Tx, [first, ...rest]: readonly string[]): Promise<void> {
  if (first === undefined) return
  await tx.run(MARK_UNHEARD, first, ...rest, ...Array<string>(BATCH - 1 - rest.length).fill(first))
}
