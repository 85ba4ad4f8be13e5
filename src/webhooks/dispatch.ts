import type { Store, Tx } from '../store/index.ts'
import type { Environment, StoredEvent } from '../unit/index.ts'
import { overRows } from './batch.ts'
import { takeLanes } from './lanes.ts'
import { writeLog } from './log.ts'
import { judgeOf } from './match.ts'
import { DISPATCHING, numberEvents, numberSome } from './number.ts'
import { owing } from './owed.ts'
import { EVENT_COLUMNS, eventTypesOf, storedEvent } from './payloads.ts'
import { type Subscriber, subscribersIn } from './subscribers.ts'
import { type Sending, writeOwed } from './write-owed.ts'

// From event to deliveries. New events are found by their state, never by a cursor over ids: a transaction that
// commits late with a lower id would be skipped by a cursor. Writing an event's deliveries and marking it as
// dispatched is one unit, so each webhook is owed each event exactly once, whatever dies in between.

/** Events in one unit. More would hold up the units of requests. */
const BATCH = 64
/** Numbers in which they are looked for: others, and gaps, are among them. */
const WINDOW = 1_000
/** Of the events in one unit: rendering a megabyte takes a good part of the time that requests may wait. */
const BATCH_CHARACTERS = 2 ** 20

/**
 * Of types that this process knows, as many as there are parameters: an older version of the program, still running beside
 * a newer one, could neither judge nor write what only the newer one knows.
 */
const isNew = (types: number): string =>
  `dispatched = 0 and type in (${Array.from({ length: types }, (_, i) => `$${i + 1}`).join(', ')})`
/** What has come since the others were numbered waits for the next unit: deliveries are in the order of these numbers. */
const newSql = (types: number, arrival: string): string =>
  `select ${EVENT_COLUMNS} from signalbox_events where ${isNew(types)} and position is not null
    and ${arrival} >= (${firstSql(types, arrival)}) and ${arrival} < (${firstSql(types, arrival)}) + ${WINDOW}
    order by ${arrival} limit ${BATCH}`
/** Where nobody knows yet how many are new, a planner sorts all of them to find the first, unless it is asked for this alone. */
const firstSql = (types: number, arrival: string): string =>
  `select min(${arrival}) from signalbox_events where ${isNew(types)}`
const anyNewSql = (types: number, arrival: string): string =>
  `select 1 as found where (${firstSql(types, arrival)}) is not null`
const mark = overRows(
  ['text', 'text'],
  given =>
    `update signalbox_events set dispatched = 1, webhooks = given.column2 from ${given} where id = given.column1`,
)
/** As many as a batch may have: one text, prepared once. */
const MARK_UNHEARD = `update signalbox_events set dispatched = 1
  where id in (${Array.from({ length: BATCH }, (_, i) => `$${i + 1}`).join(', ')})`

/**
 * Writes the deliveries of new events. Answers how many events it took.
 *
 * @param sending what is begun as soon as it is on disk, and told of what is left to be claimed.
 */
export async function dispatchEvents(store: Store, env: Environment, sending: Sending): Promise<number> {
  const types = Array.from(env.eventWriters.keys(), type => type.name)
  const { commitOrder } = store.dialect
  // A look is enough: the unit below waits for the flush of all that it took.
  if ((await store.peek.get(anyNewSql(types.length, commitOrder.arrival), ...types)) === undefined) {
    await numberEvents(store)
    return 0
  }
  const { taken, begun } = await store.unit(
    async tx => {
      await numberSome(tx, commitOrder)
      const events = someOf(
        (await tx.all(newSql(types.length, commitOrder.arrival), ...types)).map(storedEvent),
      )
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
      const begun = await writeOwed(tx, owed, webhooks, sending, now, marked)
      return { taken: events.length, begun }
    },
    DISPATCHING,
    'keyed',
  )
  sending.begin(begun)
  return taken
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
