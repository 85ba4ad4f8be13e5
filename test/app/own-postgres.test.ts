import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import * as z from 'zod'
import { event } from '../../src/contract/index.ts'
import type { AsyncConnection } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { client as caller } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { freshDatabase } from '../postgres.ts'
import { startFixture } from './fixture.ts'
import { type Library, libraries } from './own-libraries.ts'
import { openShop, orderPaid, type Shop, shop } from './postgres-shop.ts'

const foreign = event('order.lost', z.object({ id: z.string() }))

// One shop for all: each test has an account of its own.
let s: Shop

interface Customer {
  readonly account: string
  emit(tx: AsyncConnection, id: string): Promise<string>
  ids(): Promise<readonly string[]>
  webhook(url: string): Promise<void>
}

async function customer(): Promise<Customer> {
  const { app } = s.fixture.serving
  const account = await app.accounts.create('customer')
  return {
    account,
    emit: (tx, id) => app.emit(orderPaid, paid(id), { tx, account }),
    ids: async () => (await s.eventsOf(account)).map(({ id }) => id),
    async webhook(url) {
      const send = caller(s.fixture.url, (await app.accounts.issueKey(account, 'test')).key)
      await send('POST', '/v1/webhooks', { url, events: [orderPaid.name] })
    },
  }
}

// A text that would not be itself if it were not bound.
const NOTE = `it's $1 and ? and :id \\ "q"`
const paid = (id: string) => ({ id, cents: 100, note: NOTE })
const place = (id: string): string => `insert into orders values ('${id}', 100)`
const refused = (message: RegExp) => ({ name: 'UnfitConnection', message })

/** What a library has on a database, for as long as the test lasts. */
async function opened(library: Library, url = s.database.url) {
  const db = await library.open(url)
  return { ...db, [Symbol.asyncDispose]: () => db.close() }
}

/** A client in a transaction, which is undone at the end unless it was committed. */
async function begun(mode = '') {
  const client = new pg.Client({ connectionString: s.database.url })
  await client.connect()
  await client.query(`begin ${mode}`)
  return { client, [Symbol.asyncDispose]: () => client.end() }
}

// Within a suite: what ends it comes before the end of the database's server.
describe("the application's own transaction", () => {
  before(async () => {
    s = await openShop()
  })
  after(() => s[Symbol.asyncDispose]())

  for (const library of libraries) {
    describe(library.name, () => {
      test('what is committed is delivered, and what is undone is not', async () => {
        const { emit, ids, webhook } = await customer()
        const receiver = await startReceiver()
        await webhook(receiver.url)
        await using db = await opened(library)
        const undone = db.transaction(async ({ tx, run }) => {
          await run(place(`${library.name} undone`))
          await emit(tx, 'undone')
          throw new Error('undone')
        })
        await assert.rejects(undone, /undone/)
        const written = await db.transaction(async ({ tx, run }) => {
          await run(place(`${library.name} 1`))
          const both = [await emit(tx, 'ord_1'), await emit(tx, 'ord_2')]
          assert.deepEqual(await ids(), [], 'nobody sees what is not committed')
          return both
        })
        const received = await Promise.all(written.map(id => receiver.next(one => one.id === id)))
        assert.deepEqual(
          received.map(({ body }) => JSON.parse(body).data),
          [paid('ord_1'), paid('ord_2')],
        )
        assert.deepEqual(await ids(), written)
        assert.deepEqual(await s.orders(library.name), [`${library.name} 1`])
        assert.equal(receiver.received.length, 2)
        await receiver.close()
        assert.deepEqual(s.fixture.faults, [])
      })

      test('what is undone to a savepoint takes its events with it', async () => {
        const { emit, ids } = await customer()
        await using db = await opened(library)
        const kept = await db.transaction(async ({ tx, nested }) => {
          const first = await emit(tx, 'kept')
          const inner = nested(async deeper => {
            await emit(deeper, 'undone')
            throw new Error('only this')
          })
          await assert.rejects(inner, /only this/)
          return [first, await emit(tx, 'kept too')]
        })
        assert.deepEqual(await ids(), kept)
      })

      test('another database and no transaction are refused before anything is written, and a transaction goes on', async () => {
        const { emit, ids } = await customer()
        await using db = await opened(library)
        await assert.rejects(emit(db.bare, 'ord_1'), refused(/begun no transaction\. Begin one/))
        await using other = await freshDatabase()
        {
          await using astray = await opened(library, other.url)
          await astray.transaction(async ({ tx, run }) => {
            await assert.rejects(
              emit(tx, 'ord_1'),
              refused(/to the database 'test_\w+'\. Connect to 'test_\w+'/),
            )
            await run('create table goes_on ()')
          })
        }
        assert.ok(await other.query('select from goes_on'))
        assert.deepEqual(await ids(), [])
      })

      test("the library's own error passes as it is", async () => {
        const { emit, ids } = await customer()
        await using db = await opened(library)
        const failing = db.transaction(async ({ tx, run }) => {
          await assert.rejects(run('select 1 / 0'))
          const theirs: unknown = await run('select 1').catch((error: unknown) => error)
          const passed: unknown = await emit(tx, 'ord_1').catch((error: unknown) => error)
          assert.ok(theirs instanceof Error && passed instanceof Error)
          assert.equal(passed.constructor, theirs.constructor)
          assert.match(`${passed} ${String(passed.cause)}`, /transaction is aborted/)
          throw passed
        })
        await assert.rejects(failing, /./)
        assert.deepEqual(await ids(), [])
      })
    })
  }

  test('what is refused before a statement leaves the transaction as it was', async () => {
    const { account, ids } = await customer()
    const { app } = s.fixture.serving
    await using own = await begun()
    const to = { tx: own.client, account }
    const wrong = { id: 'ord_1', cents: 'a' as unknown as number }
    await assert.rejects(app.emit(orderPaid, wrong, to), { name: 'AnswerMismatch' })
    await assert.rejects(app.emit(foreign, { id: 'ord_1' }, to), /not part of this api/)
    for (const nobody of ['', null, undefined]) {
      const missing = app.emit(orderPaid, paid('ord_1'), { ...to, account: nobody as string })
      await assert.rejects(missing, /needs an account/)
    }
    for (const tx of [undefined, null, {}, 'postgres://', { query: 'no function' }, new Map()])
      assert.throws(
        () => app.emit(orderPaid, paid('ord_1'), { account, tx: tx as unknown as AsyncConnection }),
        refused(/no connection that is known\. Use a client of pg, or/),
      )
    const id = await app.emit(orderPaid, paid('ord_1'), to)
    await own.client.query('commit')
    assert.deepEqual(await ids(), [id])
  })

  test('a transaction that may only read is refused, and can go on', async () => {
    const { emit } = await customer()
    await using own = await begun('read only')
    await assert.rejects(emit(own.client, 'ord_1'), refused(/may only read\. Begin one that may write/))
    assert.equal((await own.client.query('select 1 as goes_on')).rows[0].goes_on, 1)
  })

  test("the application's search path, settings and role are its own", async () => {
    const { emit, ids } = await customer()
    await s.database.query(`create role teller; create schema decoys;
    create table decoys.signalbox_events (like signalbox.signalbox_events);
    grant usage on schema decoys, signalbox to teller; grant all on decoys.signalbox_events to teller;
    grant insert on signalbox.signalbox_events to teller`)
    await using own = await begun()
    await own.client.query(`set local role teller; set local search_path = decoys, pg_catalog; set local time zone 'Asia/Tokyo';
    set local datestyle = 'German'; set local standard_conforming_strings = off`)
    const id = await emit(own.client, 'ord_1')
    await own.client.query('commit')
    assert.deepEqual(await ids(), [id])
    await s.database.query('drop owned by teller; drop role teller; drop schema decoys cascade')
  })

  test('a webhook that the transaction cannot see is told of what happened after it was made', async () => {
    const { emit, webhook } = await customer()
    await using own = await begun('isolation level repeatable read')
    // The transaction sees the database as it is now.
    await own.client.query('select from orders')
    const receiver = await startReceiver()
    await webhook(receiver.url)
    const id = await emit(own.client, 'ord_1')
    await own.client.query('commit')
    assert.equal((await receiver.next(() => true)).id, id)
    await receiver.close()
  })

  test('what a process has emitted that does no work, or is gone, another delivers', async () => {
    const { account, webhook } = await customer()
    const receiver = await startReceiver()
    await webhook(receiver.url)
    await using own = await begun()
    const emitting = await startFixture(shop, { store: postgres(s.database.url), work: false })
    const id = await emitting.serving.app.emit(orderPaid, paid('ord_1'), { tx: own.client, account })
    await emitting[Symbol.asyncDispose]()
    await own.client.query('commit')
    assert.equal((await receiver.next(() => true)).id, id)
    await receiver.close()
  })

  test('every commit is found soon, however long its transaction lasted', async () => {
    const { emit, webhook } = await customer()
    const receiver = await startReceiver()
    await webhook(receiver.url)
    const waitedMs: number[] = []
    for (let round = 0; round < 6; round++) {
      await using own = await begun()
      const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => emit(own.client, `ord_${i}`)))
      await sleep(round * 20)
      assert.equal(receiver.received.length, round * 5)
      const committed = performance.now()
      await own.client.query('commit')
      await Promise.all(ids.map(id => receiver.next(one => one.id === id)))
      waitedMs.push(performance.now() - committed)
    }
    // A process looks for what others have left once a second, so that each would have waited for most of one. A busy machine
    // holds up some, and not all.
    assert.ok(Math.min(...waitedMs) < 900, `${waitedMs.join(', ')} ms`)
    await receiver.close()
  })
})
