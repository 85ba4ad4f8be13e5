import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import * as z from 'zod'
import { api, event, resource } from '../../src/contract/index.ts'
import type { SyncConnection } from '../../src/store/index.ts'
import { onPostgres } from '../database.ts'
import { client, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { tempFolder } from '../store/temp.ts'
import { type Fixture, startFixture } from './fixture.ts'

const orderPaid = event('order.paid', z.object({ id: z.string(), cents: z.int() }))
const foreign = event('order.lost', z.object({ id: z.string() }))
const notes = resource('note', {
  path: '/notes',
  schema: z.object({ id: z.string(), text: z.string() }),
  owner: 'account_id',
})
const shop = api({ title: 'Shop', version: '1', base: '/v1', resources: [notes], events: [orderPaid] })

const onSqlite = { skip: onPostgres && 'own-postgres.test.ts has what there is on PostgreSQL' }

/** A connection as applications have them. */
interface Own {
  readonly tx: SyncConnection
  exec(sql: string): unknown
  close(): unknown
}

function openOwn(file: string, options: DatabaseSyncOptions = {}): Own {
  const db = new DatabaseSync(file, options)
  return { tx: db, exec: sql => db.exec(sql), close: () => db.close() }
}

interface Shop extends AsyncDisposable {
  readonly fixture: Fixture
  readonly own: Own
}

async function openShop(options: DatabaseSyncOptions = {}): Promise<Shop> {
  const fixture = await startFixture(shop)
  const own = openOwn(fixture.database, options)
  own.exec('create table orders (id text primary key, cents integer)')
  return {
    fixture,
    own,
    async [Symbol.asyncDispose]() {
      own.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

const eventIds = async ({ send }: Fixture): Promise<string[]> =>
  (await send('GET', '/v1/events?order=asc&limit=100')).body.data.map((fact: { id: string }) => fact.id)

test(
  "the application's own transaction commits with the event, which reaches its own account's webhooks, and no other's",
  onSqlite,
  async () => {
    await using s = await openShop()
    const { fixture, own } = s
    await using receivers = await startReceivers()
    const { app } = fixture.serving
    const other = await app.accounts.create('other')
    const theirs = client(fixture.url, (await app.accounts.issueKey(other, 'test')).key)
    const events = [orderPaid.name]
    await fixture.send('POST', '/v1/webhooks', { url: receivers.mine.url, events })
    await theirs('POST', '/v1/webhooks', { url: receivers.theirs.url, events })

    own.exec("begin; insert into orders values ('ord_1', 100)")
    const id = app.emit(orderPaid, { id: 'ord_1', cents: 100 }, { tx: own.tx, account: fixture.account })
    own.exec('commit')
    const { headers, body } = await receivers.mine.next(() => true)
    assert.equal(headers['webhook-id'], id)
    assert.deepEqual(JSON.parse(body).data, { id: 'ord_1', cents: 100 })
    assert.deepEqual(await eventIds(fixture), [id])
    assert.deepEqual((await theirs('GET', '/v1/events')).body.data, [])
    // Its turn has come too: what one account is told is dispatched with what the other is.
    app.emit(orderPaid, { id: 'ord_2', cents: 1 }, { tx: begun(own), account: other })
    own.exec('commit')
    await receivers.theirs.next(() => true)
    assert.deepEqual([receivers.mine.received.length, receivers.theirs.received.length], [1, 1])
    assert.deepEqual(fixture.faults, [])
  },
)

test(
  "the application's own transaction takes the event with it where it is undone, whole or to a savepoint",
  onSqlite,
  async () => {
    await using s = await openShop()
    const { fixture, own } = s
    const emit = (id: string) =>
      fixture.serving.app.emit(orderPaid, { id, cents: 1 }, { tx: own.tx, account: fixture.account })
    own.exec('begin')
    emit('undone')
    own.exec('rollback; begin')
    const kept = emit('kept')
    own.exec('savepoint a')
    emit('undone too')
    own.exec('rollback to a; commit')
    assert.deepEqual(await eventIds(fixture), [kept])
  },
)

test(
  'where there is no transaction to be part of, the error says what is wrong and what mends it',
  onSqlite,
  async () => {
    await using s = await openShop()
    await using folder = await tempFolder()
    const { fixture, own } = s
    const emit = (tx: SyncConnection) =>
      fixture.serving.app.emit(orderPaid, { id: 'ord_1', cents: 1 }, { tx, account: fixture.account })
    const refused = (wrong: RegExp) => ({ name: 'UnfitConnection', message: wrong })
    assert.throws(() => emit(own.tx), refused(/begun no transaction\. Begin one/))

    const reading = openOwn(fixture.database, { readOnly: true })
    reading.exec('begin')
    assert.throws(() => emit(reading.tx), refused(/may only read\. Open it for writing/))
    reading.close()

    const elsewhere = join(folder.path, 'other.db')
    const astray = openOwn(elsewhere)
    astray.exec('begin')
    assert.throws(() => emit(astray.tx), refused(/a connection to '.*other\.db'\. Open '.*test\.db'/))
    astray.close()

    const inMemory = openOwn(':memory:')
    inMemory.exec('begin')
    assert.throws(() => emit(inMemory.tx), refused(/a database in memory/))
    inMemory.close()
    assert.throws(() => emit(inMemory.tx), refused(/begun no transaction/))

    // What better-sqlite3 brings is another copy of SQLite.
    const copy = new BetterSqlite(elsewhere)
    copy.exec('begin')
    assert.throws(
      () => emit(copy as unknown as SyncConnection),
      refused(/no connection of node:sqlite\. Use its/),
    )
    copy.close()
    assert.deepEqual(await eventIds(fixture), [])
  },
)

test('the transaction may be of a connection that came by another name of the file', onSqlite, async () => {
  await using s = await openShop()
  await using folder = await tempFolder()
  const link = join(folder.path, 'link.db')
  symlinkSync(s.fixture.database, link)
  const own = openOwn(link)
  const { app } = s.fixture.serving
  const to = { tx: begun(own), account: s.fixture.account }
  const id = app.emit(orderPaid, { id: 'ord_1', cents: 1 }, to)
  own.exec('commit')
  own.close()
  assert.deepEqual(await eventIds(s.fixture), [id])
})

test(
  'the application holds the lock for as long as it likes: the loop goes on, and units wait for it (fault 7)',
  onSqlite,
  async () => {
    await using s = await openShop()
    const { fixture, own } = s
    own.exec('begin immediate')
    const id = fixture.serving.app.emit(
      orderPaid,
      { id: 'ord_1', cents: 1 },
      { tx: own.tx, account: fixture.account },
    )
    let answered = false
    const note = fixture.send('POST', '/v1/notes', { text: 'after' }).then(answer => {
      answered = true
      return answer
    })
    // Reads go on meanwhile, and show nothing that is not committed.
    const began = performance.now()
    assert.deepEqual(await eventIds(fixture), [])
    assert.ok(performance.now() - began < 4_000, 'the event loop was not held up')
    await sleep(100)
    assert.equal(answered, false, 'the unit waits')
    own.exec('commit')
    assert.equal((await note).status, 201)
    assert.equal((await eventIds(fixture))[0], id)
  },
)

test(
  'data that are not what the schema says, an unknown type and a missing account are refused, and the transaction goes on',
  onSqlite,
  async () => {
    await using s = await openShop()
    const { fixture, own } = s
    const { app } = fixture.serving
    const to = { tx: begun(own), account: fixture.account }
    const paid = { id: 'ord_1', cents: 1 }
    assert.throws(() => app.emit(orderPaid, { ...paid, cents: 'a' as unknown as number }, to), {
      name: 'AnswerMismatch',
    })
    assert.throws(() => app.emit(foreign, { id: 'ord_1' }, to), /not part of this api/)
    for (const account of ['', null, undefined]) {
      assert.throws(
        () => app.emit(orderPaid, paid, { ...to, account: account as string }),
        /needs an account/,
      )
    }
    for (const tx of [undefined, null, {}, 'test.db'])
      assert.throws(() => app.emit(orderPaid, paid, { ...to, tx: tx as SyncConnection }), {
        name: 'UnfitConnection',
        message: /no connection of node:sqlite/,
      })
    const id = app.emit(orderPaid, paid, to)
    own.exec('commit')
    assert.deepEqual(await eventIds(fixture), [id])
  },
)

test(
  'what is emitted is found when it commits, rather than by the look of each second',
  onSqlite,
  async () => {
    await using s = await openShop()
    await using receivers = await startReceivers()
    const { fixture, own } = s
    await fixture.send('POST', '/v1/webhooks', { url: receivers.mine.url, events: [orderPaid.name] })
    const took: number[] = []
    for (let i = 0; i < 5; i++) {
      const to = { tx: begun(own), account: fixture.account }
      const id = fixture.serving.app.emit(orderPaid, { id: `ord_${i}`, cents: i }, to)
      const began = performance.now()
      own.exec('commit')
      await receivers.mine.next(received => received.id === id)
      took.push(performance.now() - began)
    }
    // Behind the first, each is emitted just after such a look, which would take a second to come again.
    assert.ok(Math.min(...took.slice(1)) < 900, `${took.map(Math.round).join(', ')} ms`)
  },
)

test('what was emitted while a transaction lasted long is delivered after its commit', onSqlite, async () => {
  await using s = await openShop()
  await using receivers = await startReceivers()
  const { fixture, own } = s
  const { app } = fixture.serving
  await fixture.send('POST', '/v1/webhooks', { url: receivers.mine.url, events: [orderPaid.name] })
  own.exec('begin immediate')
  const ids = Array.from({ length: 50 }, (_, i) =>
    app.emit(orderPaid, { id: `ord_${i}`, cents: i }, { tx: own.tx, account: fixture.account }),
  )
  await sleep(300)
  assert.deepEqual(receivers.mine.received, [])
  own.exec('commit')
  await until(
    async () => receivers.mine.received.length,
    count => count === ids.length,
    'deliveries',
  )
  assert.deepEqual(await eventIds(fixture), ids)
  assert.deepEqual(new Set(receivers.mine.received.map(({ id }) => id)), new Set(ids))
})

/** The connection, in a transaction. */
function begun({ exec, tx }: Own): SyncConnection {
  exec('begin')
  return tx
}

async function startReceivers() {
  const [mine, theirs] = await Promise.all([startReceiver(), startReceiver()])
  return {
    mine,
    theirs,
    async [Symbol.asyncDispose]() {
      await Promise.all([mine.close(), theirs.close()])
    },
  }
}

test(
  'two copies of SQLite in one process do not see each other: of two that hold the lock, one loses what it commits',
  onSqlite,
  async () => {
    await using folder = await tempFolder()
    const file = join(folder.path, 'shared.db')
    using ours = new DatabaseSync(file, { timeout: 0 })
    ours.exec('pragma journal_mode = wal; create table orders (id text)')
    const theirs = new BetterSqlite(file, { timeout: 0 })
    theirs.exec("begin immediate; insert into orders values ('theirs')")
    ours.exec("begin immediate; insert into orders values ('ours')")
    theirs.exec('commit')
    ours.exec('commit')
    assert.equal(ours.prepare('select count(*) as n from orders').get()?.['n'], 1)
    theirs.close()
  },
)

test('a connection that answers rows as arrays and numbers as bigints will do', onSqlite, async () => {
  await using s = await openShop({ returnArrays: true, readBigInts: true })
  const to = { tx: begun(s.own), account: s.fixture.account }
  const id = s.fixture.serving.app.emit(orderPaid, { id: 'ord_1', cents: 1 }, to)
  s.own.exec('commit')
  assert.deepEqual(await eventIds(s.fixture), [id])
})
