import type { EventType, OperationType, Resource, Rows, Unit } from '../contract/index.ts'
import type { Reader, Store, Tx } from '../store/index.ts'
import { announcing } from './announce.ts'
import { compiled, type Environment } from './environment.ts'
import { fail } from './failure.ts'
import { startOperation } from './operations.ts'
import { createRecorder, type Recording, refusingRecorder } from './recorder.ts'
import { openRows } from './rows.ts'

/** The account in whose name a unit works; undefined where an open endpoint was called without a key. */
export type Actor = string | undefined

/** A unit of work under way: what handlers see, and what is between them and its commit. */
export interface Scope {
  readonly tx: Tx
  readonly unit: Unit
  /** Work that can fail alone: where it rejects, its changes and its events are undone, and the unit goes on. */
  nested<T>(work: () => Promise<T>): Promise<T>
}

/**
 * Runs one unit of work. Its changes, events and started operations are committed and on disk when this resolves;
 * none of them is left when it rejects.
 */
export async function runUnit<T>(
  store: Store,
  env: Environment,
  account: Actor,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  const { value, recorded } = await store.unit(async tx => {
    const recorder = createRecorder(env)
    const value = await work({
      tx,
      unit: openUnit(tx, env, recorder, account),
      async nested(inner) {
        const forget = recorder.mark()
        try {
          return await tx.nested(inner)
        } catch (error) {
          forget()
          throw error
        }
      },
    })
    return { value, recorded: await recorder.write(tx) }
  })
  if (recorded.events + recorded.operations + recorded.deliveries > 0) env.committed(recorded)
  return value
}

/** What a GET works with: the same reads, outside any transaction, and no way to write. */
export function readingUnit(store: Store, env: Environment, account: Actor): Unit {
  return openUnit(readOnly(store.read), env, refusingRecorder, account)
}

function openUnit(tx: Tx, env: Environment, recorder: Recording, account: Actor): Unit {
  const now = new Date(env.clock.now())
  const acting = (what: string): string => {
    if (account === undefined)
      throw new Error(`${what} needs an account, and this call was made without a key`)
    return account
  }
  return {
    ...announcing(recorder),
    now,
    fail,
    sql: tx,
    on<N extends string, C, R>(resource: Resource<N, C, R>) {
      const table = compiled(env.tables, resource as unknown as Resource, `resource '${resource.name}'`)
      return openRows(tx, env, recorder, table, account) as unknown as Rows<C, R>
    },
    emit<D>(type: EventType<string, D>, data: D) {
      const write = compiled(env.eventWriters, type, `event '${type.name}'`)
      recorder.event(type.name, acting(`emitting '${type.name}'`), write(data), null)
    },
    async start<I>(operation: OperationType<string, I>, input: I) {
      const owner = acting(`starting '${operation.name}'`)
      recorder.operationStarted()
      return startOperation(tx, env, operation, owner, input)
    },
  }
}

function readOnly(reader: Reader): Tx {
  const refuse = (): Promise<never> =>
    Promise.reject(new Error('a GET cannot write, since it is safe (RFC 9110 §9.2.1): use another method'))
  return { get: reader.get, all: reader.all, run: refuse, nested: refuse }
}
