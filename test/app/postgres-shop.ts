import * as z from 'zod'
import { api, event } from '../../src/contract/index.ts'
import type { ServeOptions } from '../../src/runtimes/node/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { type Database, freshDatabase } from '../postgres.ts'
import { type Fixture, startFixture } from './fixture.ts'

// A shop that has its orders in a table of its own, beside Signalbox's.

export const orderPaid = event(
  'order.paid',
  z.object({ id: z.string(), cents: z.int(), note: z.string().optional() }),
)
export const shop = api({ title: 'Shop', version: '1', base: '/v1', events: [orderPaid] })

export interface StoredEvent {
  readonly id: string
  readonly type: string
  readonly data: string
  readonly created_at: string
}

export interface Shop extends AsyncDisposable {
  readonly database: Database
  readonly fixture: Fixture
  /** The account's events, in the order of their ids. */
  eventsOf(account: string): Promise<readonly StoredEvent[]>
  /** The ids of all orders that begin with this. */
  orders(from: string): Promise<readonly string[]>
}

export async function openShop(definition = shop, options: Partial<ServeOptions> = {}): Promise<Shop> {
  const database = await freshDatabase()
  const fixture = await startFixture(definition, { store: postgres(database.url), ...options })
  await database.query('create table orders (id text primary key, cents integer)')
  return {
    database,
    fixture,
    eventsOf: async account =>
      (
        await database.query(
          'select id, type, data, created_at from signalbox.signalbox_events where account_id = $1 order by id',
          [account],
        )
      ).rows,
    orders: async from =>
      (await database.query('select id from orders where starts_with(id, $1) order by id', [from])).rows.map(
        row => row.id,
      ),
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}
