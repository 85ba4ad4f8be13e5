import type { EventType } from '../contract/index.ts'
import type { AsyncConnection, AsyncTx, OwnConnection, Row, Store, SyncConnection } from '../store/index.ts'
import { compiled, type Environment, eventsAlone } from './environment.ts'
import { followSync } from './follow.ts'
import { newEvent, rowOf } from './recorder.ts'

/** Where an event belongs that the application records in a transaction of its own. */
export interface EmitOptions<C extends OwnConnection = OwnConnection> {
  /**
   * A connection to the same database, in a transaction. On SQLite a `DatabaseSync` of node:sqlite; on PostgreSQL a client of pg, or the
   * transaction that Kysely, Drizzle, Prisma or Knex gives.
   */
  readonly tx: C
  /** The id of the account whose event it is. */
  readonly account: string
}

/** Records an event in the application's transaction. Answers its id: at once, or once it is written, as the connection does. */
export interface EmitWithin {
  <D>(type: EventType<string, D>, data: D, to: EmitOptions<SyncConnection>): string
  <D>(type: EventType<string, D>, data: D, to: EmitOptions<AsyncConnection>): Promise<string>
}

const TABLE = 'signalbox_events'
/** What is told of a commit: how many events there are of it is known to nobody. */
const SOME = eventsAlone(1)

export function createEmitWithin(store: Store, env: Environment): EmitWithin {
  const look = (): void => env.committed(SOME)
  const follow = followSync(look)

  function rowFor<D>(type: EventType<string, D>, data: D, account: string): Row & { readonly id: string } {
    // Null would make it everybody's.
    if (typeof account !== 'string' || account === '') {
      throw new Error(`emitting '${type.name}' needs an account: give the id of the one whose event it is`)
    }
    const json = compiled(env.eventWriters, type, `event '${type.name}'`)(data)
    const event = newEvent(env, type.name, account, json, null)
    return { ...rowOf(event), id: event.id }
  }
  async function emitLater<D>(
    own: AsyncTx,
    type: EventType<string, D>,
    data: D,
    account: string,
  ): Promise<string> {
    const row = rowFor(type, data, account)
    const { over } = await own.insert(TABLE, row)
    void over.then(look)
    return row.id
  }

  function emit<D>(type: EventType<string, D>, data: D, to: EmitOptions<SyncConnection>): string
  function emit<D>(type: EventType<string, D>, data: D, to: EmitOptions<AsyncConnection>): Promise<string>
  function emit<D>(
    type: EventType<string, D>,
    data: D,
    { tx, account }: EmitOptions,
  ): string | Promise<string> {
    const own = store.own(tx)
    if (own.answers === 'later') return emitLater(own, type, data, account)
    const row = rowFor(type, data, account)
    own.insert(TABLE, row)
    follow(tx, own)
    return row.id
  }
  return emit
}
