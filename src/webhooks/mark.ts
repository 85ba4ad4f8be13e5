import type { CommitOrder, Tx } from '../store/index.ts'
import type { StoredEvent } from '../unit/index.ts'
import { overRows } from './batch.ts'

const UPDATE = 'update signalbox_events set dispatched = 1'
const markHeard = overRows(
  ['text', 'text'],
  given => `${UPDATE}, webhooks = given.column2 from ${given} where id = given.column1`,
)
/** Where webhooks are for few of the events, most are marked by this. */
const markUnheard = overRows(
  ['text'],
  given => `${UPDATE} where id in (select column1 from ${given} where column1 is not null)`,
)
const markNumbered = overRows(
  ['text', 'text', 'bigint'],
  given =>
    `${UPDATE}, webhooks = given.column2, position = given.column3 from ${given} where id = given.column1`,
)

/**
 * Marks events whose deliveries are written, where they get their numbers only now with those.
 *
 * @param logs of those that webhooks subscribe to, by id.
 */
export async function markDispatched(
  tx: Tx,
  { next }: CommitOrder,
  events: readonly StoredEvent[],
  logs: ReadonlyMap<string, string>,
): Promise<void> {
  if (next !== undefined) {
    const rows = events.map(({ id, position = null }) => [id, logs.get(id) ?? null, position])
    await markNumbered(tx, rows)
    return
  }
  const unheard = events.filter(({ id }) => !logs.has(id)).map(({ id }) => [id])
  await Promise.all([markHeard(tx, [...logs]), markUnheard(tx, unheard)])
}
