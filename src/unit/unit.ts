import { keepRecent } from '../base/index.ts'
import type {
  EventType,
  Expanding,
  OperationType,
  Resource,
  Rows,
  TaskType,
  Unit,
} from '../contract/index.ts'
import type { Reader, Store, Tx, UnitKind } from '../store/index.ts'
import { type Calls, createCalls, unguarded } from './calls.ts'
import { compiled, type Environment } from './environment.ts'
import { fail } from './failure.ts'
import { INNER, type WithInner } from './inner.ts'
import { putOff, startOperation } from './operations.ts'
import { createRecorder, type Recording, refusingRecorder } from './recorder.ts'
import { attributed, type Written } from './refused-row.ts'
import { type OpenRows, openRows } from './rows.ts'
import { takeChanges, watchedOf } from './watch/changes.ts'

/** The account in whose name a unit works; undefined where an open endpoint was called without a key. */
export type Actor = string | undefined

/** A unit of work under way: what handlers see, and what is between them and its commit. */
export interface Scope {
  readonly tx: Tx
  /** Runs a handler. It has ended when all that it began has. */
  run<T>(handler: (unit: Unit) => T | Promise<T>): Promise<T>
}

/**
 * Runs one unit of work. Its changes, events and started operations are committed and on disk when this resolves;
 * none of them is left when it rejects.
 */
export function runUnit<T>(
  store: Store,
  env: Environment,
  account: Actor,
  work: (scope: Scope) => Promise<T>,
  kind: UnitKind = 'any',
): Promise<T> {
  // Where tables are watched, a unit takes what all have filed.
  const run = () => commitUnit(store, env, account, work, watchedOf(env.tables) === undefined ? kind : 'any')
  return env.tracing === undefined ? run() : env.tracing.span('unit of work', {}, run)
}

async function commitUnit<T>(
  store: Store,
  env: Environment,
  account: Actor,
  inUnit: (scope: Scope) => Promise<T>,
  kind: UnitKind,
): Promise<T> {
  let rows: readonly Written[] = []
  const work = async (tx: Tx) => {
    const recorder = createRecorder(env)
    rows = recorder.rows
    const value = await inUnit({
      tx,
      run(handler) {
        const calls = createCalls()
        return calls.enclose(() => handler(openUnit(tx, env, recorder, account, calls)))
      },
    })
    return { value, recorded: recorder.write(tx) }
  }
  let done: Awaited<ReturnType<typeof work>>
  try {
    done = await store.unit(work, scopeOf(account), kind)
  } catch (error) {
    throw attributed(error, rows)
  }
  const { value, recorded } = done
  const { events, operations, deliveries, settled, webhooks } = recorded
  if (events + operations + deliveries + settled.length + webhooks.length > 0) env.committed(recorded)
  return value
}

/** Units of an account run one after another: what one decides on, no other changes before it has committed. */
export const scopeOf = (account: Actor): string | undefined =>
  account === undefined ? undefined : `account ${account}`

/** What a GET works with, but for its time: the same reads, outside any transaction, and no way to write. */
export type OpenReading = (account: Actor) => Omit<Unit, 'now'>

/** Accounts whose reading unit is remembered, at least: it has no state. */
const KEPT = 1_000

export function readingUnits(store: Store, env: Environment): OpenReading {
  const tx = readOnly(store.read)
  const open: OpenReading = account => openUnit(tx, env, refusingRecorder, account, unguarded)
  const nobodys = open(undefined)
  const ofAccount = keepRecent(KEPT, open)
  return account => (account === undefined ? nobodys : ofAccount(account))
}

type Owned = Pick<Calls, 'own' | 'over'>

function openUnit(tx: Tx, env: Environment, recorder: Recording, account: Actor, calls: Owned): Unit {
  const now = new Date(env.clock.now())
  const own: Calls['own'] = call => calls.own(call)
  const watched = watchedOf(env.tables)
  const acting = (what: string): string => {
    if (account !== undefined) return account
    throw new Error(`${what} needs an account, and this call was made without a key`)
  }
  const unit: Unit & WithInner = {
    // What is written within fails where it ends.
    [INNER]: { recorder, nest: work => own(() => recorder.undoable(() => tx.nested(work))) },
    now,
    fail,
    sql: {
      get: (text, ...values) => own(() => tx.get(text, ...values)),
      all: (text, ...values) => own(() => tx.all(text, ...values)),
      run: (text, ...values) =>
        own(async () => {
          const changed = await tx.run(text, ...values)
          // What triggers have filed of it is recorded in its place among the unit's events.
          if (watched !== undefined) await takeChanges(tx, watched, recorder)
          return changed
        }),
    },
    on<N extends string, C, R, L>(resource: Resource<N, C, R, L>) {
      const table = compiled(env.tables, resource as unknown as Resource, `resource '${resource.name}'`)
      const rows = openRows(tx, env, recorder, table, account)
      return owned(rows, own) as unknown as Rows<C, R> & Expanding<R, L>
    },
    emit<D>(type: EventType<string, D>, data: D) {
      if (calls.over) throw new Error(`'${type.name}' was emitted after its unit of work had ended`)
      const write = compiled(env.eventWriters, type, `event '${type.name}'`)
      recorder.event(type.name, acting(`emitting '${type.name}'`), write(data), null)
    },
    start<I>(operation: OperationType<string, I>, input: I) {
      return own(async () => {
        const owner = acting(`starting '${operation.name}'`)
        recorder.operationStarted()
        return startOperation(tx, env, operation, owner, input)
      })
    },
    later<I>(task: TaskType<string, I>, input: I, options: { readonly account?: string } = {}) {
      return own(async () => {
        recorder.operationStarted()
        await putOff(tx, env, task, options.account ?? account, input)
      })
    },
  }
  return unit
}

const owned = (rows: OpenRows, own: Calls['own']): OpenRows => ({
  get: (id, selection) => own(() => rows.get(id, selection)),
  list: query => own(() => rows.list(query)),
  create: value => own(() => rows.create(value)),
  replace: (id, value) => own(() => rows.replace(id, value)),
  patch: (id, change) => own(() => rows.patch(id, change)),
  delete: id => own(() => rows.delete(id)),
})

function readOnly(reader: Reader): Tx {
  const refusal = () =>
    new Error('a GET cannot write, since it is safe (RFC 9110 §9.2.1): use another method')
  const refuse = (): Promise<never> => Promise.reject(refusal())
  return {
    concurrent: false,
    get: reader.get,
    all: reader.all,
    until: reader.until,
    run: refuse,
    write() {
      throw refusal()
    },
    add() {
      throw refusal()
    },
    nested: refuse,
  }
}
