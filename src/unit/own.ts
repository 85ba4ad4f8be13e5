import type { EventType } from '../contract/index.ts'
import type { OwnConnection, OwnTx, Store } from '../store/index.ts'
import { compiled, type Environment } from './environment.ts'
import { insertOf, newEvent } from './recorder.ts'

/** Where an event belongs that the application records in a transaction of its own. */
export interface EmitOptions {
  /** A connection to the same database, in a transaction: a `DatabaseSync` of node:sqlite. */
  readonly tx: OwnConnection
  /** The id of the account whose event it is. */
  readonly account: string
}

/** Records an event in the application's transaction. Answers its id. */
export type EmitWithin = <D>(type: EventType<string, D>, data: D, to: EmitOptions) => string

/** How often what was recorded is looked for until the application commits, of which nobody is told. As watched tables are. */
const LOOK_MS = 5

export function createEmitWithin(store: Store, env: Environment): EmitWithin {
  /** Connections whose transactions are followed. */
  const followed = new Set<OwnConnection>()

  /** Most applications commit in the turn in which they emit. */
  function follow(connection: OwnConnection, own: OwnTx): void {
    if (followed.has(connection)) return
    followed.add(connection)
    const look = (): void => {
      const goesOn = own.isOpen
      // Also while it goes on: it may be the next one.
      env.committed({ events: 1, operations: 0, deliveries: 0, settled: [] })
      if (goesOn) setTimeout(look, LOOK_MS).unref()
      else followed.delete(connection)
    }
    setImmediate(look)
  }

  return (type, data, { tx, account }) => {
    // Null would make it everybody's.
    if (typeof account !== 'string' || account === '') {
      throw new Error(`emitting '${type.name}' needs an account: give the id of the one whose event it is`)
    }
    const json = compiled(env.eventWriters, type, `event '${type.name}'`)(data)
    const own = store.own(tx)
    const event = newEvent(env, type.name, account, json, null)
    own.run(...insertOf(event))
    follow(tx, own)
    return event.id
  }
}
