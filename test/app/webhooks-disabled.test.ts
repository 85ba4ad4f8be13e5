import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/index.ts'
import { type Answered, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }
const HOUR = 60 * 60_000

/** A clock of the wall that a test moves on. */
function movable() {
  let ahead = 0
  return {
    clock: { now: () => systemClock.now() + ahead, elapsed: systemClock.elapsed },
    move(ms: number) {
      ahead += ms
    },
  }
}

async function startWatched() {
  const { clock, move } = movable()
  const fixture = await startFixture(library, { clock })
  const { send } = fixture
  const [receiver, watcher] = [await startReceiver(), await startReceiver()]
  const made = await send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })
  await send('POST', '/v1/webhooks', { url: watcher.url, events: ['webhook.disabled'] })
  const { id } = made.body
  return {
    ...fixture,
    move,
    receiver,
    watcher,
    id,
    webhook: async () => (await send('GET', `/v1/webhooks/${id}`)).body,
    deliveries: async () => (await send('GET', `/v1/webhooks/${id}/deliveries?limit=100`)).body.data,
    write: () => send('POST', '/v1/books', book),
    async [Symbol.asyncDispose]() {
      await receiver.close()
      await watcher.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

const isState = (state: string) => (row: Answered['body']) => row.state === state

test('21: a 410 disables the webhook; the others are told, what it is owed waits, and goes out once it is enabled', async () => {
  await using watched = await startWatched()
  const { send, receiver, watcher, id, webhook, deliveries, write } = watched
  receiver.behave(() => 410)
  await write()
  const disabled = await until(webhook, isState('disabled'), 'the webhook')
  assert.equal(disabled.disabled_because, 'gone')
  const told = await watcher.next(() => true)
  const event = JSON.parse(told.body)
  assert.equal(event.type, 'webhook.disabled')
  assert.deepEqual(event.data, { id, because: 'gone', disabled_at: disabled.disabled_at })
  const { body: feed } = await send('GET', '/v1/events?type=webhook.disabled')
  assert.deepEqual(
    feed.data.map((each: { id: string }) => each.id),
    [told.id],
  )

  await write()
  const waiting = await until(deliveries, found => found.length === 2, 'the second delivery')
  assert.deepEqual(
    waiting.map((d: { state: string; attempt_count: number }) => [d.state, d.attempt_count]),
    [
      ['pending', 0],
      ['pending', 1],
    ],
  )
  assert.equal(receiver.received.length, 1)
  for (const path of [`/v1/webhooks/${id}/test`, `/v1/deliveries/${waiting[0].id}/retry`]) {
    const refused = await send('POST', path)
    assert.deepEqual([refused.status, refused.body.code], [409, 'webhook-disabled'])
  }
  const { body: paused } = await send('PATCH', `/v1/webhooks/${id}`, { paused: true })
  assert.deepEqual([paused.paused, paused.state], [true, 'disabled'])
  const { body: resumed } = await send('PATCH', `/v1/webhooks/${id}`, { paused: false })
  assert.deepEqual([resumed.paused, resumed.state], [false, 'disabled'])

  receiver.behave(() => 204)
  const { body: enabled } = await send('POST', `/v1/webhooks/${id}/enable`)
  assert.deepEqual([enabled.state, enabled.disabled_at, enabled.disabled_because], ['active', null, null])
  await until(deliveries, found => found.every(isState('delivered')), 'both deliveries')
})

test('a webhook that is enabled while it is paused stays paused', async () => {
  await using watched = await startWatched()
  const { send, receiver, id, webhook, deliveries, write } = watched
  receiver.behave(() => 410)
  await write()
  await until(webhook, isState('disabled'), 'the webhook')
  await send('PATCH', `/v1/webhooks/${id}`, { paused: true })
  receiver.behave(() => 204)
  await send('POST', `/v1/webhooks/${id}/enable`)
  await write()
  await until(deliveries, found => found.length === 2, 'the second delivery')
  assert.equal(receiver.received.length, 1)
  await send('PATCH', `/v1/webhooks/${id}`, { paused: false })
  await until(deliveries, found => found.every(isState('delivered')), 'both deliveries')
})

test('after ten failures a webhook is failing: what it is owed waits without an attempt, and one probe brings it back', async () => {
  await using watched = await startWatched()
  const { receiver, webhook, deliveries, write, move } = watched
  receiver.behave(() => 500)
  for (let i = 0; i < 10; i++) await write()
  await until(webhook, isState('failing'), 'the webhook')
  const attempted = receiver.received.length
  assert.equal(attempted, 10)
  for (let i = 0; i < 5; i++) await write()
  const late = await until(deliveries, found => found.length === 15, 'the deliveries')
  assert.deepEqual(
    late.slice(0, 5).map((d: { attempt_count: number }) => d.attempt_count),
    [0, 0, 0, 0, 0],
  )
  // The first probe is made after 30 s, and fails; the second after a minute.
  move(36_000)
  await write()
  await until(
    async () => receiver.received.length,
    count => count === attempted + 1,
    'the first probe',
  )
  receiver.behave(() => 204)
  move(72_000)
  await until(webhook, isState('active'), 'the webhook')
  move(10 * 60_000)
  await until(deliveries, found => found.every(isState('delivered')), 'all deliveries')
})

test('a failing webhook is tried at once where its owner asks for it', async () => {
  await using watched = await startWatched()
  const { send, receiver, id, webhook, deliveries, write } = watched
  receiver.behave(() => 500)
  for (let i = 0; i < 10; i++) await write()
  await until(webhook, isState('failing'), 'the webhook')
  receiver.behave(() => 204)
  const { body: enabled } = await send('POST', `/v1/webhooks/${id}/enable`)
  assert.equal(enabled.state, 'active')
  await until(deliveries, found => found.every(isState('delivered')), 'all deliveries')
})

test('a failing webhook whose URL is changed is tried there at once', async () => {
  await using watched = await startWatched()
  const { send, receiver, watcher, id, webhook, deliveries, write } = watched
  receiver.behave(() => 500)
  for (let i = 0; i < 10; i++) await write()
  await until(webhook, isState('failing'), 'the webhook')
  await send('PATCH', `/v1/webhooks/${id}`, { url: watcher.url })
  await until(deliveries, found => found.every(isState('delivered')), 'all deliveries')
  assert.equal((await webhook()).state, 'active')
})

test('a webhook that has failed for 120 hours is disabled, and says so', async () => {
  await using watched = await startWatched()
  const { receiver, watcher, webhook, deliveries, write, move } = watched
  receiver.behave(() => 500)
  await write()
  await until(deliveries, ([delivery]) => delivery?.attempt_count === 1, 'the first attempt')
  move(119 * HOUR)
  await write()
  await until(
    deliveries,
    found => found.every((d: { attempt_count: number }) => d.attempt_count > 0),
    'the attempts',
  )
  assert.equal((await webhook()).state, 'active')
  move(2 * HOUR)
  await write()
  const disabled = await until(webhook, isState('disabled'), 'the webhook')
  assert.equal(disabled.disabled_because, 'failing')
  assert.equal(JSON.parse((await watcher.next(() => true)).body).data.because, 'failing')
})
