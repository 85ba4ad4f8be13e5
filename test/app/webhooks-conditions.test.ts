import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const url = 'https://example.com/hook'

test('a condition is checked against each type of event when it is saved: what is wrong is named at /when', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const events = ['book.created', 'place.created']
  const wrong = await send('POST', '/v1/webhooks', { url, events, when: 'data.pages > 100' })
  assert.equal(wrong.status, 422)
  assert.equal(wrong.body.errors[0].pointer, '#/when')
  assert.match(wrong.body.errors[0].detail, /^At column 6: .*pages.*\(for place\.created\)$/)
  const long = await send('POST', '/v1/webhooks', { url, events, when: `true || ${' '.repeat(2_000)}true` })
  assert.equal(long.body.errors[0].pointer, '#/when')

  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url,
    events: ['book.created'],
    when: 'data.pages > 100',
  })
  assert.equal(webhook.when, 'data.pages > 100')
  // The condition is as it was; what it is for is not.
  const widened = await send('PATCH', `/v1/webhooks/${webhook.id}`, { events })
  assert.deepEqual([widened.status, widened.body.errors[0].pointer], [422, '#/when'])
  const freed = await send('PATCH', `/v1/webhooks/${webhook.id}`, { events, when: null })
  assert.deepEqual([freed.status, freed.body.when, freed.body.events], [200, null, events])
})

test('all that is wrong with a webhook is told at once: its URL, its events, its condition, its fields together', async () => {
  await using fixture = await startFixture(library, { egress: { open: [] } })
  const { send } = fixture
  const pointers = ({ status, body }: { status: number; body: { errors: { pointer: string }[] } }) => [
    status,
    ...body.errors.map(({ pointer }) => pointer),
  ]
  const wrong = {
    url: 'http://127.0.0.1/',
    events: ['book.burnt', 'book.created', 'book.created'],
    when: 'data.pagse > 100',
    method: 'GET',
    format: 'json',
    order: 'data.colour',
  }
  const all = ['#/url', '#/events/0', '#/events', '#/format', '#/when', '#/order']
  assert.deepEqual(pointers(await send('POST', '/v1/webhooks', wrong)), [422, ...all])
  // What is wrong is not there to be judged by, and what can be read is judged all the same.
  const unreadable = { url: 'hook', events: ['book.burnt'], when: 'data.pages >' }
  assert.deepEqual(pointers(await send('POST', '/v1/webhooks', unreadable)), [
    422,
    '#/url',
    '#/events/0',
    '#/when',
  ])
  const right = { url, events: ['book.created'] }
  const { body: webhook } = await send('POST', '/v1/webhooks', right)
  const before = await send('GET', `/v1/webhooks/${webhook.id}`)
  const change = { url: 'ftp://example.com/', when: 'data.pagse > 100' }
  const path = `/v1/webhooks/${webhook.id}`
  assert.deepEqual(pointers(await send('PATCH', path, change)), [422, '#/url', '#/when'])
  const trial = { events: ['book.burnt', 'book.created'], when: 'data.pagse > 100' }
  assert.deepEqual(pointers(await send('POST', '/v1/webhooks/try', trial)), [422, '#/events/0', '#/when'])
  assert.deepEqual((await send('GET', path)).body, before.body)
})

test('events of shared rows show an account its own webhooks only', async () => {
  await using fixture = await startFixture(library)
  const other = await fixture.another()
  const events = ['place.created']
  const { body: mine } = await fixture.send('POST', '/v1/webhooks', {
    url,
    events,
    when: "data.name == 'Bath'",
  })
  const { body: theirs } = await other('POST', '/v1/webhooks', { url, events, when: "data.name == 'York'" })
  await fixture.send('POST', '/v1/places', { name: 'York' })
  const { body: list } = await fixture.send('GET', '/v1/events?limit=1')
  const path = `/v1/events/${list.data[0].id}`
  const { body: seen } = await until(
    () => fixture.send('GET', path),
    ({ body }) => body.webhooks.length > 0,
    'the event to be dispatched',
  )
  assert.deepEqual(
    seen.webhooks.map((entry: { webhook_id: string; met: boolean }) => [entry.webhook_id, entry.met]),
    [[mine.id, false]],
  )
  assert.match(seen.webhooks[0].because, /name/)
  const { body: seenByOther } = await other('GET', path)
  assert.deepEqual(seenByOther.webhooks, [{ webhook_id: theirs.id, met: true, because: null }])
})

test('a condition can be tried on recent events before any webhook has it', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const other = await fixture.another()
  for (const pages of [50, 150, 250]) await send('POST', '/v1/books', { title: `${pages}`, pages })
  await other('POST', '/v1/books', { title: 'not mine', pages: 350 })
  await send('POST', '/v1/places', { name: 'Bath' })
  const trial = await send('POST', '/v1/webhooks/try', { events: ['book.created'], when: 'data.pages > 100' })
  assert.deepEqual([trial.status, trial.body.tried, trial.body.met], [200, 3, 2])
  assert.deepEqual(
    trial.body.events.map((tried: { met: boolean; because: string | null }) => [
      tried.met,
      tried.because === null,
    ]),
    [
      [true, true],
      [true, true],
      [false, false],
    ],
  )
  const shared = await other('POST', '/v1/webhooks/try', { events: ['place.created'], when: 'true' })
  assert.deepEqual([shared.body.tried, shared.body.met], [1, 1])
  const wrong = await send('POST', '/v1/webhooks/try', { events: ['book.created'], when: 'data.pages > "a"' })
  assert.deepEqual([wrong.status, wrong.body.errors[0].pointer], [422, '#/when'])
  const unknown = await send('POST', '/v1/webhooks/try', { events: ['book.burnt'], when: 'true' })
  assert.equal(unknown.body.errors[0].pointer, '#/events/0')
})

test('an event that one condition is not met by still goes to the webhooks without one', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  try {
    const events = ['book.created']
    const { body: picky } = await send('POST', '/v1/webhooks', {
      url: receiver.url,
      events,
      when: 'data.pages > 1000',
    })
    await send('POST', '/v1/webhooks', { url: receiver.url, events })
    await send('POST', '/v1/books', { title: 'Emma', pages: 474 })
    await receiver.next(() => true)
    const { body: log } = await send('GET', `/v1/webhooks/${picky.id}/deliveries`)
    assert.deepEqual(log.data, [])
  } finally {
    await receiver.close()
  }
})
