import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHousekeeping, type Keep, keepMs } from '../../src/app/keep.ts'
import { type Clock, createSeal, systemClock, systemRandom } from '../../src/base/index.ts'
import type { Store } from '../../src/store/index.ts'
import { client, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { otherProgram, rowIn } from '../other-program.ts'
import { isPostgres, storeAt } from '../store-at.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { library } from './library.ts'

const DAY = 24 * 60 * 60 * 1000
const book = { title: 'Emma', pages: 474 }

/** So many days from now. */
const later = (days: number): Clock => ({
  now: () => Date.now() + days * DAY,
  elapsed: () => performance.now() + days * DAY,
})

/** A store that notes what it is asked. */
function noting(store: Store): { readonly store: Store; readonly asked: Map<string, unknown[]> } {
  const asked = new Map<string, unknown[]>()
  const note = <F extends (...args: never[]) => unknown>(f: F, at: number): F =>
    ((...args: never[]) => {
      asked.set(String(args[at]), args.slice(at + 1))
      return f(...args)
    }) as F
  const { peek } = store
  return {
    asked,
    store: {
      ...store,
      peek: { ...peek, get: note(peek.get, 0), all: note(peek.all, 0), until: note(peek.until, 1) },
      unit: (work, scope) => store.unit(tx => work({ ...tx, run: note(tx.run, 0) }), scope),
    },
  }
}

const seal = createSeal([], systemRandom)

/** Keeps house until there is nothing more to take away. */
async function keepHouse(database: string, clock: Clock, keep: Keep): Promise<Map<string, unknown[]>> {
  const opened = await storeAt(database)()
  const { store, asked } = noting(opened)
  const round = createHousekeeping({ store, clock, keep: keepMs(keep), requestDays: 7, seal })
  while ((await round()) > 0);
  await opened.close()
  return asked
}

/** How many rows a table has. */
async function count(database: string, table: string, where = 'true'): Promise<number> {
  const row = await rowIn(database, `select count(*) as n from signalbox_${table} where ${where}`)
  return Number(row?.['n'])
}

/** Two books: events with a delivery each to a webhook that takes them and to one that is paused, and one event of nobody. */
async function busy(
  fixture: Fixture,
): Promise<{ readonly paused: string; readonly close: () => Promise<void> }> {
  const { send } = fixture
  const receiver = await startReceiver()
  const events = ['book.created']
  const delivered = (deliveries: number) =>
    until(
      () => send('GET', '/v1/deliveries'),
      ({ body }) => body.data.filter((d: { state: string }) => d.state === 'delivered').length === deliveries,
      'the deliveries',
    )
  await send('POST', '/v1/webhooks', { url: receiver.url, events })
  const { body: paused } = await send('POST', '/v1/webhooks', { url: receiver.url, events })
  const { body: one } = await send('POST', '/v1/books', book, { 'idempotency-key': '"one"' })
  await delivered(2)
  await send('PATCH', `/v1/webhooks/${paused.id}`, { paused: true })
  await send('POST', '/v1/books', book)
  await send('DELETE', `/v1/books/${one.id}`)
  await delivered(3)
  return { paused: paused.id, close: () => receiver.close() }
}

test('what is past its time goes; what is still to be sent stays with all that it needs', async () => {
  await using fixture = await startFixture(library)
  const { close } = await busy(fixture)
  await fixture.serving.close()
  const { database } = fixture
  const before = { events: await count(database, 'events'), payloads: await count(database, 'payloads') }
  assert.deepEqual(before, { events: 3, payloads: 2 })
  assert.equal(await count(database, 'idempotency'), 1)

  await keepHouse(database, later(29), {})
  assert.equal(await count(database, 'deliveries'), 4)
  assert.equal(await count(database, 'idempotency'), 0)

  await keepHouse(database, later(31), {})
  assert.equal(await count(database, 'deliveries'), 1)
  assert.equal(await count(database, 'deliveries', "state = 'pending'"), 1)
  assert.equal(await count(database, 'attempts'), 0)
  assert.equal(await count(database, 'events'), 3)
  assert.equal(await count(database, 'payloads'), 1)

  await keepHouse(database, later(401), {})
  // The one that is owed, and the account's latest.
  assert.equal(await count(database, 'events'), 2)
  assert.equal(await count(database, 'events', 'id in (select event_id from signalbox_deliveries)'), 1)
  assert.equal(await count(database, 'payloads'), 1)
  assert.equal(await count(database, 'audit'), 0)
  await close()
})

test('a delivery that was owed for longer than events are kept is sent, whole', async () => {
  await using fixture = await startFixture(library)
  const { paused, close } = await busy(fixture)
  await fixture.serving.close()
  await keepHouse(fixture.database, later(4000), {})
  const again = await startFixture(library, { store: storeAt(fixture.database) })
  const receiver = await startReceiver()
  const send = client(again.url, fixture.key)
  await send('PATCH', `/v1/webhooks/${paused}`, { url: receiver.url, paused: false })
  const { body } = await receiver.next(() => true)
  assert.equal(JSON.parse(body).data.title, 'Emma')
  await again[Symbol.asyncDispose]()
  await receiver.close()
  await close()
})

test('a cursor stays good where the account has seen all, and is refused where what it names is gone', async () => {
  await using fixture = await startFixture(library)
  const { close } = await busy(fixture)
  const { body } = await fixture.send('GET', '/v1/events?order=asc')
  const [, taken, latest] = body.data
  await fixture.serving.close()
  await keepHouse(fixture.database, later(91), { deliveries: '1 day' })
  const again = await startFixture(library, { store: storeAt(fixture.database) })
  const send = client(again.url, fixture.key)
  const { body: end } = await send('GET', `/v1/events?order=asc&cursor=${latest.id}`)
  assert.deepEqual(end.data, [])
  // The second is owed to the paused webhook; the first is gone.
  assert.equal((await send('GET', `/v1/events?order=asc&cursor=${taken.id}`)).status, 200)
  const gone = await send('GET', `/v1/events?order=asc&cursor=${body.data[0].id}`)
  assert.deepEqual([gone.status, gone.body.code], [410, 'cursor-expired'])
  await again[Symbol.asyncDispose]()
  await close()
})

test('null keeps for ever, and what is no length of time is refused', async () => {
  await using fixture = await startFixture(library)
  const { close } = await busy(fixture)
  await fixture.serving.close()
  await keepHouse(fixture.database, later(4000), { events: null, deliveries: null, audit: null })
  assert.equal(await count(fixture.database, 'deliveries'), 4)
  assert.equal(await count(fixture.database, 'attempts'), 3)
  assert.equal(await count(fixture.database, 'events'), 3)
  assert.equal(await count(fixture.database, 'payloads'), 2)
  assert.equal((await count(fixture.database, 'audit')) > 0, true)
  for (const events of ['0 days', '4000 days', 'soon', '1 week'] as const)
    assert.throws(
      () => keepMs({ events: events as never }),
      /keep: events are kept for '.+': write '90 days'/,
    )
  await close()
})

/** Steps of a plan, in the words of each database. */
const READS_ALL = /^(?:SCAN (?!oldest)|Seq Scan|Index.* Scan (?!.* \()|.*Sort$)/

test('nothing that keeps house reads a whole table', async () => {
  await using fixture = await startFixture(library)
  const { close } = await busy(fixture)
  await fixture.serving.close()
  const asked = await keepHouse(fixture.database, later(401), {})
  await using other = await otherProgram(fixture.database)
  const plans: { readonly sql: string; readonly plan: readonly string[] }[] = []
  for (const [sql, values] of asked) plans.push({ sql, plan: await other.plan(sql, ...values) })
  // Each kind was looked for, and what was found was taken away.
  for (const table of [
    'idempotency',
    'limits',
    'operations',
    'audit',
    'requests',
    'deliveries',
    'payloads',
    'events',
  ])
    assert.ok(
      plans.some(({ sql }) => sql.includes(`signalbox_${table}`)),
      table,
    )
  assert.ok(plans.some(({ sql }) => sql.startsWith('delete from signalbox_attempts')))
  // Most of what was emitted by SQL has no fault, and has come and gone.
  const faults = plans.filter(({ sql }) => sql.includes('signalbox_emitted')).flatMap(({ plan }) => plan)
  for (const step of faults)
    assert.match(step, /^Index .*Scan of signalbox_emitted by signalbox_emitted_faults/)
  assert.equal(faults.length > 0, isPostgres(fixture.database))
  for (const { sql, plan } of plans) {
    const scans = plan.filter(step => READS_ALL.test(step))
    assert.deepEqual(scans, [], `${sql}\n${plan.join('\n')}`)
  }
  await close()
})

test('a walk takes one slice at a time, whatever there is', async () => {
  await using fixture = await startFixture(library)
  await fixture.serving.app.unit(fixture.account, async ({ sql }) => {
    for (let i = 0; i < 1_300; i++) {
      const id = `evt_${'0'.repeat(10)}${String(i).padStart(16, '0')}`
      await sql.run(
        `insert into signalbox_events (id, account_id, type, created_at, data, before, dispatched)
          values ($1, $2, 'book.created', '2001-01-01T00:00:00.000Z', '{}', null, 1)`,
        id,
        fixture.account,
      )
    }
  })
  // Whoever reads the log sees them, so they have their places in it.
  await fixture.send('GET', '/v1/events')
  await fixture.serving.close()
  const store = await storeAt(fixture.database)()
  const round = createHousekeeping({
    store,
    clock: systemClock,
    keep: keepMs({}),
    requestDays: undefined,
    seal,
  })
  const left: number[] = []
  do left.push(await count(fixture.database, 'events'))
  while ((await round()) > 0)
  assert.deepEqual(left, [1300, 800, 300, 1])
  await store.close()
})
