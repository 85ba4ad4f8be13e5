import { earliestId, type UnixMs } from '../base/index.ts'
import type { EventType } from '../contract/index.ts'
import { oldRows, type Row, type Store, type Tx, takeAway } from '../store/index.ts'
import type { Environment } from './environment.ts'
import { insertOf } from './recorder.ts'

// What was emitted by SQL is no event until it was held against the schema of its type. Taking it and recording the event is one
// unit. What does not fit stays, with the reason, and is tried once more by each start: the next version of the program may
// have another schema.

const SCOPE = 'emitted'
/** In one unit. More would hold up others. */
const BATCH = 64
/** Of their data: reading and writing more would hold up requests. */
const BATCH_CHARACTERS = 2 ** 20

const KNOWN = 'select name from signalbox_event_types'
const NAME = 'insert into signalbox_event_types (name) values ($1) on conflict do nothing'
const RETRY = 'update signalbox_emitted set fault = null where fault is not null'
const FAULTY = 'select 1 from signalbox_emitted where fault is not null limit 1'
const FILE_FAULT = `insert into signalbox_emitted (id, account_id, type, created_at, data, fault)
  values ($1, $2, $3, $4, $5, $6)`

/** Of types that this process knows: an older version of the program leaves the others to a newer one. */
const isNew = (types: number): string =>
  `fault is null and type in (${Array.from({ length: types }, (_, i) => `$${i + 1}`).join(', ')})`

const oldest = (mine: string): string => `select id from
  (select id, sum(length(data)) over (order by id) - length(data) as before from
    (select id, data from signalbox_emitted where ${mine} order by id limit ${BATCH}) as batch) as summed
  where before < ${BATCH_CHARACTERS}`
const takeSql = (mine: string): string => `delete from signalbox_emitted where id in (${oldest(mine)})
  returning id, account_id, type, created_at, data,
    exists (select 1 from signalbox_accounts where signalbox_accounts.id = account_id) as has_account`

/** Makes the api's event types known to SQL, and lets what did not fit before be tried again. At each start. */
export async function prepareEmitting(store: Store, names: Iterable<string>): Promise<void> {
  if (!store.dialect.emitsBySql) return
  const known = new Set((await store.read.all(KNOWN)).map(row => row['name']))
  const missing = [...names].filter(name => !known.has(name))
  const isFaulty = (await store.read.get(FAULTY)) !== undefined
  if (missing.length === 0 && !isFaulty) return
  await store.unit(async tx => {
    for (const name of missing) await tx.run(NAME, name)
    await tx.run(RETRY)
  }, SCOPE)
}

/**
 * Records as events what was emitted by SQL. Answers how much it took; there may be more.
 *
 * @param failed told of each that does not fit the schema of its type.
 */
export async function settleEmitted(
  store: Store,
  env: Environment,
  failed: (error: unknown) => void,
): Promise<number> {
  const types = new Map(Array.from(env.eventWriters.keys(), type => [type.name, type]))
  const mine = isNew(types.size)
  const names = [...types.keys()]
  if ((await store.peek.get(`select 1 from signalbox_emitted where ${mine} limit 1`, ...names)) === undefined)
    return 0
  const { taken, recorded, faults } = await store.unit(async tx => {
    const rows = await tx.all(takeSql(mine), ...names)
    const faults: string[] = []
    for (const row of rows.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))) {
      // Its account may be gone since.
      if (Number(row['has_account']) === 0) continue
      const fault = await record(tx, env, types.get(String(row['type'])), row)
      if (fault !== undefined) faults.push(fault)
    }
    return { taken: rows.length, recorded: rows.length - faults.length, faults }
  }, SCOPE)
  if (recorded > 0) env.committed({ events: recorded, operations: 0, deliveries: 0, settled: [] })
  for (const fault of faults) failed(new Error(fault))
  return taken
}

/** Answers why it cannot be an event, where it cannot. */
async function record(
  tx: Tx,
  env: Environment,
  type: EventType | undefined,
  row: Row,
): Promise<string | undefined> {
  const [id, account, name, at, text] = ['id', 'account_id', 'type', 'created_at', 'data'].map(column =>
    String(row[column]),
  ) as [string, string, string, string, string]
  let data: string | undefined
  try {
    data = type && env.eventWriters.get(type)?.(JSON.parse(text))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const fault = `'${id}' of account '${account}', emitted by SQL, is no event and is not sent: ${reason}`
    await tx.run(FILE_FAULT, id, account, name, at, text, fault)
    return fault
  }
  await tx.run(...insertOf({ id, account, type: name, at, data: data ?? null, before: null }))
  return undefined
}

const OLD = oldRows('signalbox_emitted', 'fault is not null and id < $1', 'id', 500)

/** Takes away some of what could be no event and was emitted before a time. Answers how much. Ids tell when that was. */
export const forgetEmitted = async (store: Store, before: UnixMs): Promise<number> =>
  store.dialect.emitsBySql ? takeAway(store, OLD, earliestId('evt', before)) : 0
