import type { Row, Store, Tx } from '../../store/index.ts'
import { type Environment, ofTables } from '../environment.ts'
import { createRecorder, type Recording } from '../recorder.ts'
import type { Table } from '../table.ts'
import { planChange } from './plan.ts'

// Changes are taken in the order in which they were filed, and a unit that takes one records its event: the one is gone if
// and only if the other is there, whatever dies in between.

const SCOPE = 'changes'

/** Changes in one unit. More would hold up the units of requests. */
const BATCH = 256

/** The watched tables of an api, and how what is filed of them is found. */
export interface Watched {
  readonly tables: ReadonlyMap<string, Table>
  /** Finds whether there is anything, faults among it. */
  readonly any: string
  /** Takes the oldest changes away and answers them, in any order. */
  readonly take: string
  /** The oldest faults. */
  readonly faults: string
  /** Takes away the fault $1. */
  readonly forget: string
}

/** Undefined where nothing is watched. */
export const watchedOf = ofTables((tables): Watched | undefined => {
  const byName = new Map(
    [...tables.values()].flatMap(table => (table.watch ? [[table.watch.name, table]] : [])),
  )
  const [first] = byName.values()
  if (first === undefined) return undefined
  const { rowName } = first.dialect
  const mine = `watch in (${[...byName.keys()].map(name => `'${name}'`).join(', ')})`
  const oldest = (which: string, columns: string): string =>
    `select ${columns} from signalbox_changes where ${mine} and ${which} order by ${rowName} limit ${BATCH}`
  return {
    tables: byName,
    any: `select 1 from signalbox_changes where ${mine} limit 1`,
    take: `delete from signalbox_changes where ${rowName} in (${oldest('fault is null', rowName)})
      returning ${rowName} as number, watch, before, data`,
    faults: oldest('fault is not null', 'fault'),
    forget: `delete from signalbox_changes where ${mine} and fault = $1`,
  }
})

/**
 * A row that is always there. Who takes changes has it until the unit has committed: of two that took some each, the one with
 * the later ones could commit first, and a row's events would be out of order.
 */
const ALONE = 'select number from signalbox_steps where number = 1 for update'

const FILE_FAULT = 'insert into signalbox_changes (watch, fault) values ($1, $2)'

/** Records the events of what was changed, by whom ever, and answers how many changes it took. There may be more. */
export async function takeChanges(tx: Tx, watched: Watched, recorder: Recording): Promise<number> {
  if (tx.concurrent) await tx.get(ALONE)
  const rows = await tx.all(watched.take)
  for (const row of rows.toSorted((a, b) => Number(a['number']) - Number(b['number']))) {
    const name = String(row['watch'])
    const table = watched.tables.get(name)
    if (table === undefined) continue
    const { facts, faults } = planChange(table, { before: textOf(row, 'before'), data: textOf(row, 'data') })
    for (const { type, account, data, before } of facts) recorder.event(type, account, data, before)
    for (const fault of faults) await tx.run(FILE_FAULT, name, fault)
  }
  return rows.length
}

/**
 * Records the events of what waits, in a unit of its own, and answers how many changes it took. There may be more.
 *
 * @param failed told of each change that could be no event. After a crash it may be told once more.
 */
export async function settleChanges(
  store: Store,
  env: Environment,
  watched: Watched,
  failed: (error: unknown) => void,
): Promise<number> {
  // A look is enough: the unit below waits for the flush of all that it took.
  if ((await store.peek.get(watched.any)) === undefined) return 0
  const { taken, recorded } = await store.unit(async tx => {
    const recorder = createRecorder(env)
    const taken = await takeChanges(tx, watched, recorder)
    return { taken, recorded: recorder.write(tx) }
  }, SCOPE)
  if (recorded.events > 0) env.committed(recorded)
  await reportFaults(store, watched, failed)
  return taken
}

async function reportFaults(store: Store, watched: Watched, failed: (error: unknown) => void): Promise<void> {
  const faults = (await store.peek.all(watched.faults)).map(row => String(row['fault']))
  if (faults.length === 0) return
  for (const fault of faults) failed(new Error(fault))
  await store.unit(async tx => {
    for (const fault of faults) await tx.run(watched.forget, fault)
  }, SCOPE)
}

const textOf = (row: Row, column: string): string | null =>
  row[column] === null ? null : String(row[column])
