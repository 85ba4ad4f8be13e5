import { earliestId, type UnixMs } from '../base/index.ts'
import { oldRows, type Row, type Store, type Tx, takeAway } from '../store/index.ts'
import { compiled, type Environment, eventsAlone } from './environment.ts'
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
const FILE_FAULT = `insert into signalbox_emitted (id, account_id, type, created_at, data, fault)
  values ($1, $2, $3, $4, $5, $6)`

type State = 'fault is null' | 'fault is not null'

/** Behind the id $1, and of types that this process knows: an older version of the program leaves the others to a newer one. */
const mine = (state: State, types: number): string =>
  `${state} and id > $1 and type in (${Array.from({ length: types }, (_, i) => `$${i + 2}`).join(', ')})`
const oldest = (which: string): string => `select id from
  (select id, sum(length(data)) over (order by id) - length(data) as before from
    (select id, data from signalbox_emitted where ${which} order by id limit ${BATCH}) as batch) as summed
  where before < ${BATCH_CHARACTERS}`
const takeSql = (which: string): string => `delete from signalbox_emitted where id in (${oldest(which)})
  returning id, account_id, type, created_at, data,
    exists (select 1 from signalbox_accounts where signalbox_accounts.id = account_id) as has_account`

/** Makes the api's event types known to SQL. At each start. */
export async function prepareEmitting(store: Store, names: Iterable<string>): Promise<void> {
  if (!store.dialect.emitsBySql) return
  const known = new Set((await store.read.all(KNOWN)).map(row => row['name']))
  const missing = [...names].filter(name => !known.has(name))
  if (missing.length === 0) return
  await store.unit(async tx => {
    for (const name of missing) await tx.run(NAME, name)
  }, SCOPE)
}

/**
 * Records as events what was emitted by SQL. Answers how much it took; there may be more.
 *
 * @param failed told of each that does not fit the schema of its type.
 */
export const settleEmitted = async (store: Store, env: Environment, failed: Told): Promise<number> =>
  (await settle(store, env, failed, 'fault is null', '')).length

/** Tries all once more that did not fit before. Another version of the program leaves them alone meanwhile. */
export async function retryEmitted(store: Store, env: Environment, failed: Told): Promise<void> {
  for (let last: string | undefined = ''; last !== undefined; ) {
    last = (await settle(store, env, failed, 'fault is not null', last)).at(-1)
  }
}

type Told = (error: unknown) => void

/** Some of those behind an id. Answers their ids. */
async function settle(
  store: Store,
  env: Environment,
  failed: Told,
  state: State,
  after: string,
): Promise<readonly string[]> {
  const writers = new Map(Array.from(env.eventWriters, ([type, write]) => [type.name, write]))
  const which = mine(state, writers.size)
  const values = [after, ...writers.keys()]
  if (
    (await store.peek.get(`select 1 from signalbox_emitted where ${which} limit 1`, ...values)) === undefined
  )
    return []
  const { taken, faults } = await store.unit(async tx => {
    const rows = (await tx.all(takeSql(which), ...values)).map(emittedOf).toSorted(byId)
    const faults: string[] = []
    for (const row of rows) {
      // Its account may be gone since.
      const fault = row.hasAccount ? await record(tx, writers, row) : undefined
      if (fault !== undefined) faults.push(fault)
    }
    return { taken: rows.map(({ id }) => id), faults }
  }, SCOPE)
  const events = taken.length - faults.length
  if (events > 0) env.committed(eventsAlone(events))
  for (const fault of faults) failed(new Error(fault))
  return taken
}

interface Emitted {
  readonly id: string
  readonly account: string
  readonly type: string
  readonly at: string
  readonly data: string
  readonly hasAccount: boolean
}

const emittedOf = (row: Row): Emitted => ({
  id: String(row['id']),
  account: String(row['account_id']),
  type: String(row['type']),
  at: String(row['created_at']),
  data: String(row['data']),
  hasAccount: row['has_account'] === 1,
})

const byId = (a: Emitted, b: Emitted): number => (a.id < b.id ? -1 : 1)

/** Answers why it cannot be an event, where it cannot. */
async function record(
  tx: Tx,
  writers: ReadonlyMap<string, (data: unknown) => string>,
  { id, account, type, at, data }: Emitted,
): Promise<string | undefined> {
  let json: string
  try {
    json = compiled(writers, type, `event '${type}'`)(JSON.parse(data))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const fault = `'${id}' of account '${account}', emitted by SQL, is no event and is not sent: ${reason}`
    await tx.run(FILE_FAULT, id, account, type, at, data, fault)
    return fault
  }
  tx.add(...insertOf({ id, account, type, at, data: json, before: null }))
  return undefined
}

const OLD = oldRows('signalbox_emitted', 'fault is not null and id < $1', 'id', 500)

/** Takes away some of what could be no event and was emitted before a time. Answers how much. Ids tell when that was. */
export const forgetEmitted = async (store: Store, before: UnixMs): Promise<number> =>
  store.dialect.emitsBySql ? takeAway(store, OLD, earliestId('evt', before)) : 0
