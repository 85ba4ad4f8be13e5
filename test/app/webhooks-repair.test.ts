import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, DefinitionError, operation } from '../../src/contract/index.ts'
import { type Send, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { rowsIn } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }
const LONG_AGO = '2001-01-01T00:00:00Z'

/** Asks for an operation, and waits for its end. */
async function run(send: Send, path: string, body: object) {
  const asked = await send('POST', path, body)
  assert.equal(asked.status, 202, JSON.stringify(asked.body))
  const location = asked.headers.get('location') ?? ''
  const { body: settled } = await until(
    () => send('GET', location),
    ({ body }) => body.settled_at !== null,
    'the operation',
  )
  return settled
}

const deliveriesOf = async (send: Send, webhook: string) =>
  (await send('GET', `/v1/webhooks/${webhook}/deliveries?limit=100`)).body.data as {
    readonly id: string
    readonly state: string
    readonly event_id: string
    readonly created_at: string
  }[]

test('all that failed since a time is sent again, and nothing else', async () => {
  await using fixture = await startFixture(library)
  const { send, serving } = fixture
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  for (let count = 1; count <= 4; count++) {
    await send('POST', '/v1/books', { ...book, pages: count })
    await until(
      () => deliveriesOf(send, webhook.id),
      found => found.length === count && found.every(({ state }) => state === 'delivered'),
      'the deliveries',
    )
  }
  const [newest, newer, older] = await deliveriesOf(send, webhook.id)
  await serving.app.unit(fixture.account, async ({ sql }) => {
    for (const { id } of [newest, older].flatMap(d => d ?? []))
      await sql.run("update signalbox_deliveries set state = 'failed' where id = $1", id)
  })
  const since = newer?.created_at ?? ''
  const few = await run(send, `/v1/webhooks/${webhook.id}/recover`, { since })
  assert.deepEqual([few.state, few.result], ['succeeded', { recovered: 1 }])
  await receiver.next(() => receiver.received.length === 5)
  assert.equal(receiver.received.at(-1)?.id, newest?.event_id)
  assert.notEqual(newer?.state, 'failed')

  const rest = await run(send, `/v1/webhooks/${webhook.id}/recover`, { since: LONG_AGO })
  assert.deepEqual(rest.result, { recovered: 1 })
  await receiver.next(() => receiver.received.length === 6)
  assert.equal(receiver.received.at(-1)?.id, older?.event_id)
  const none = await run(send, `/v1/webhooks/${webhook.id}/recover`, { since: LONG_AGO })
  assert.deepEqual(none.result, { recovered: 0 })
  await receiver.close()
})

test('more than a slice of failed deliveries is recovered in several units, each once', async () => {
  await using fixture = await startFixture(library)
  const { send, serving } = fixture
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  await send('POST', '/v1/books', book)
  const [made] = await until(
    () => deliveriesOf(send, webhook.id),
    ([first]) => first?.state === 'delivered',
    'the delivery',
  )
  await serving.app.unit(fixture.account, async ({ sql, now }) => {
    for (let i = 0; i < 1_100; i++) {
      const id = made?.id.slice(0, -4) + String(i).padStart(4, '0')
      await sql.run(
        `insert into signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state,
          attempt_count, created_at, settled_at) values ($1, $2, $3, $4, 'book.created', 'json', 'failed', 10, $5, $5)`,
        ...[id, fixture.account, webhook.id, made?.event_id ?? '', now.toISOString()],
      )
    }
  })
  const settled = await run(send, `/v1/webhooks/${webhook.id}/recover`, { since: LONG_AGO })
  assert.deepEqual(settled.result, { recovered: 1_100 })
  assert.deepEqual(settled.progress, { done: 1_100, total: null })
  await receiver.next(() => receiver.received.length === 1_101)
  await receiver.close()
})

test('what was committed a moment before a replay is asked for is in it, whoever dispatches', async () => {
  await using fixture = await startFixture(library, { work: false })
  const { send, database } = fixture
  for (const pages of [100, 200, 300]) await send('POST', '/v1/books', { ...book, pages })
  await using receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  const asked = await send('POST', `/v1/webhooks/${webhook.id}/replay`, { since: LONG_AGO })
  assert.equal(asked.status, 202)
  // Of these the log knows nothing.
  assert.deepEqual(await rowsIn(database, 'select id from signalbox_events where position is null'), [])
  await using _ = await startFixture(library, { store: storeAt(database) })
  const { body } = await until(
    () => send('GET', asked.headers.get('location') ?? ''),
    ({ body }) => body.settled_at !== null,
    'the operation',
  )
  assert.deepEqual(body.result, { replayed: 3, passed_over: 0 })
})

test('a webhook that came later is sent what happened before: what it is for, on its condition, and once', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const other = await fixture.another()
  for (const pages of [100, 200, 300]) await send('POST', '/v1/books', { ...book, pages })
  await send('POST', '/v1/places', { name: 'Bath' })
  await other('POST', '/v1/books', { ...book, pages: 900 })
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created', 'book.deleted'],
    when: 'data.pages >= 200.0',
  })
  const first = await run(send, `/v1/webhooks/${webhook.id}/replay`, { since: LONG_AGO })
  assert.deepEqual([first.state, first.result], ['succeeded', { replayed: 2, passed_over: 0 }])
  await receiver.next(() => receiver.received.length === 2)
  const pages = receiver.received.map(({ body }) => JSON.parse(body).data.pages)
  assert.deepEqual(
    pages.toSorted((a, b) => a - b),
    [200, 300],
  )

  // What is owed to it already, by a replay or as it happened, is not doubled unless that is asked for.
  await send('POST', '/v1/books', { ...book, pages: 400 })
  const second = await run(send, `/v1/webhooks/${webhook.id}/replay`, { since: LONG_AGO })
  assert.equal(second.result.replayed, 0)
  const third = await run(send, `/v1/webhooks/${webhook.id}/replay`, { since: LONG_AGO, again: true })
  assert.equal(third.result.replayed, 3)
  const types = await run(send, `/v1/webhooks/${webhook.id}/replay`, {
    since: LONG_AGO,
    types: ['book.deleted'],
    again: true,
  })
  assert.equal(types.result.replayed, 0)
  await receiver.next(() => receiver.received.length === 6)
  await receiver.close()
})

test('only what happened in the time that was asked for is replayed', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  for (const pages of [1, 2, 3]) {
    await send('POST', '/v1/books', { ...book, pages })
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const { body } = await send('GET', '/v1/events?order=asc')
  const { id, at: recorded } = body.data[1]
  // As one whose unit began two seconds before it was recorded.
  const at = new Date(Date.parse(recorded) - 2_000).toISOString()
  await fixture.serving.app.unit(fixture.account, ({ sql }) =>
    sql.run('update signalbox_events set created_at = $1 where id = $2', at, id),
  )
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  const { result } = await run(send, `/v1/webhooks/${webhook.id}/replay`, { since: at, until: at })
  assert.deepEqual(result, { replayed: 1, passed_over: 0 })
  const came = await receiver.next(() => true)
  assert.equal(JSON.parse(came.body).data.pages, 2)
  const nothing = await run(send, `/v1/webhooks/${webhook.id}/replay`, { since: new Date().toISOString() })
  assert.equal(nothing.result.replayed, 0)
  await receiver.close()
})

test("repair is refused for another account's webhook, a paused one, and a time that has not come", async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const other = await fixture.another()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: 'http://127.0.0.1:9',
    events: ['book.created'],
  })
  for (const what of ['recover', 'replay', 'test']) {
    const refused = await other(
      'POST',
      `/v1/webhooks/${webhook.id}/${what}`,
      what === 'test' ? {} : { since: LONG_AGO },
    )
    assert.deepEqual([refused.status, refused.body.code], [404, 'not-found'])
  }
  for (const body of [
    { since: '2999-01-01T00:00:00Z' },
    { since: '2020-01-01T00:00:00Z', until: LONG_AGO },
    { since: 'yesterday' },
    {},
  ]) {
    const refused = await send('POST', `/v1/webhooks/${webhook.id}/recover`, body)
    assert.deepEqual([refused.status, refused.body.errors[0].pointer], [422, '#/since'])
  }
  await send('PATCH', `/v1/webhooks/${webhook.id}`, { paused: true })
  const paused = await send('POST', `/v1/webhooks/${webhook.id}/recover`, { since: LONG_AGO })
  assert.deepEqual([paused.status, paused.body.code], [409, 'webhook-paused'])
})

test('a test of any type says that it is one, goes to one webhook, and is in no log', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const [receiver, bystander] = [await startReceiver(), await startReceiver()]
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  await send('POST', '/v1/webhooks', { url: bystander.url, events: ['book.updated', 'book.lent'] })
  const made = await send('POST', `/v1/webhooks/${webhook.id}/test`, { type: 'book.updated' })
  assert.equal(made.status, 202)
  const example = JSON.parse((await receiver.next(() => true)).body)
  assert.deepEqual([example.type, example.test], ['book.updated', true])
  assert.equal(typeof example.data.title, 'string')
  assert.equal(typeof example.before.title, 'string')

  const { body: real } = await send('POST', '/v1/books', book)
  await send('POST', `/v1/books/${real.id}/lend`, { to: 'Ann' })
  await bystander.next(() => bystander.received.length === 2)
  await send('POST', `/v1/webhooks/${webhook.id}/test`, { type: 'book.lent' })
  const latest = JSON.parse((await receiver.next(({ body }) => body.includes('book.lent'))).body)
  assert.deepEqual([latest.test, latest.data], [true, { id: real.id, to: 'Ann' }])
  assert.equal(bystander.received.length, 2)

  const { body: log } = await send('GET', '/v1/events?limit=100')
  assert.equal(
    log.data.some((event: { id: string }) => event.id === latest.id || event.id === example.id),
    false,
  )
  const { body: shown } = await send('GET', `/v1/events/${latest.id}`)
  assert.equal(shown.test, true)
  // A replay is of what happened.
  await send('PATCH', `/v1/webhooks/${webhook.id}`, { events: ['book.lent'] })
  const replayed = await run(send, `/v1/webhooks/${webhook.id}/replay`, { since: LONG_AGO, again: true })
  assert.equal(replayed.result.replayed, 1)
  await receiver.close()
  await bystander.close()
})

test('a test of a type that there is not is a 422', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: 'http://127.0.0.1:9',
    events: ['book.created'],
  })
  const refused = await send('POST', `/v1/webhooks/${webhook.id}/test`, { type: 'book.burnt' })
  assert.deepEqual([refused.status, refused.body.errors[0].pointer], [422, '#/type'])
})

test('an event can be made to happen in test data, and in live data never', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  const mode = { 'api-mode': 'test' }
  await send(
    'POST',
    '/v1/webhooks',
    { url: receiver.url, events: ['book.updated'], when: 'data.pages > before.pages' },
    mode,
  )
  const refused = await send('POST', '/v1/event-types/book.updated/trigger', {})
  assert.deepEqual([refused.status, refused.body.code], [403, 'mode-refused'])
  const unknown = await send('POST', '/v1/event-types/book.burnt/trigger', {}, mode)
  assert.equal(unknown.status, 404)

  const whole = { id: 'bok_1', title: 'Emma', pages: 2, price: 0, lent: false, tags: [], returned_at: null }
  const bad = await send(
    'POST',
    '/v1/event-types/book.updated/trigger',
    { data: { ...whole, pages: 'two' } },
    mode,
  )
  assert.deepEqual([bad.status, bad.body.errors[0].pointer], [422, '#/data/pages'])
  const data = { data: whole, before: { ...whole, pages: 1 } }
  const made = await send('POST', '/v1/event-types/book.updated/trigger', data, mode)
  assert.equal(made.status, 202)
  const came = await receiver.next(() => true)
  assert.equal(came.id, made.body.id)
  assert.equal(JSON.parse(came.body).mode, 'test')
  const { body: log } = await send('GET', '/v1/events', undefined, mode)
  assert.equal(log.data[0].id, made.body.id)
  assert.deepEqual((await send('GET', '/v1/events')).body.data, [])
  await receiver.close()
})

test("an operation of the producer's cannot have the name of one of Signalbox's own", async () => {
  const same = operation('replay_events', {
    path: '/replays',
    input: z.object({}),
    output: z.object({}),
    run: () => Promise.resolve({}),
  })
  const definition = api({ title: 'Same', version: '2026-11-29', operations: [same] })
  await assert.rejects(startFixture(definition), DefinitionError)
})
