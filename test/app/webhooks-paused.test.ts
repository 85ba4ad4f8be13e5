import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

/** Of attempts at a webhook that says nothing else. */
const CONCURRENCY = 4

type Send = Awaited<ReturnType<typeof startFixture>>['send']

async function startPausing() {
  const fixture = await startFixture(library)
  const receiver = await startReceiver()
  const { send } = fixture
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  return {
    ...fixture,
    receiver,
    webhook,
    set: async (change: object) => (await send('PATCH', `/v1/webhooks/${webhook.id}`, change)).body,
    deliveries: async () => (await send('GET', `/v1/webhooks/${webhook.id}/deliveries`)).body.data,
    write: (title: string) => send('POST', '/v1/books', { title, pages: 1 }),
    async [Symbol.asyncDispose]() {
      await receiver.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

test('what happens while a webhook is paused waits, and goes out in order once it is resumed', async () => {
  await using pausing = await startPausing()
  const { send, receiver, set, write, deliveries } = pausing
  assert.equal((await set({ paused: true })).paused, true)
  const titles = Array.from({ length: 20 }, (_, i) => `Book ${i}`)
  for (const title of titles) await write(title)
  const waiting = await until(deliveries, found => found.length === titles.length, 'the deliveries')
  for (const { state, attempt_count } of waiting) assert.deepEqual([state, attempt_count], ['pending', 0])
  assert.equal(receiver.received.length, 0)

  const retried = await send('POST', `/v1/deliveries/${waiting[0].id}/retry`)
  assert.deepEqual([retried.status, retried.body.code], [409, 'webhook-paused'])
  const tested = await send('POST', `/v1/webhooks/${pausing.webhook.id}/test`)
  assert.deepEqual([tested.status, tested.body.code], [409, 'webhook-paused'])

  assert.equal((await set({ paused: false })).paused, false)
  await until(deliveries, found => found.every((d: { state: string }) => d.state === 'delivered'), 'them')
  // They set out in order; on their way connections can overtake each other.
  const started = await Promise.all(
    waiting.toReversed().map(async ({ id }: { id: string }) => {
      const { body } = await send('GET', `/v1/deliveries/${id}`)
      return [body.attempts.length, Date.parse(body.attempts[0].started_at)]
    }),
  )
  assert.deepEqual(
    started,
    started.toSorted(([, a = 0], [, b = 0]) => a - b),
  )
  assert.deepEqual(
    receiver.received.map(({ body }): string => JSON.parse(body).data.title).toSorted(),
    titles.toSorted(),
  )
})

for (const [what, change] of [
  ['paused', (send: Send, id: string) => send('PATCH', `/v1/webhooks/${id}`, { paused: true })],
  ['deleted', (send: Send, id: string) => send('DELETE', `/v1/webhooks/${id}`)],
] as const)
  test(`once it is answered that a webhook is ${what}, no attempt begins that had been claimed before`, async () => {
    await using pausing = await startPausing()
    const { send, receiver, set, write, webhook } = pausing
    // So that it is known how soon the receiver answers.
    await write('Emma')
    await receiver.next(() => true)
    await set({ paused: true })
    for (let i = 0; i < 150; i++) await write(`Book ${i}`)
    await set({ paused: false })
    await receiver.next(() => receiver.received.length > 20)
    await change(send, webhook.id)
    const before = receiver.received.length
    await pause(300)
    if (what === 'deleted')
      await until(
        () =>
          pausing.serving.app.unit(pausing.account, ({ sql }) =>
            sql.all('select webhook_id from signalbox_lanes'),
          ),
        lanes => lanes.length === 0,
        'its lane',
      )
    assert.ok(before < 150, 'there is more to send')
    assert.ok(receiver.received.length <= before + CONCURRENCY, 'only what was under way ends')
  })

test('an attempt under way when its webhook is paused ends, and its next one waits', async () => {
  await using pausing = await startPausing()
  const { receiver, set, write, deliveries } = pausing
  receiver.behave(() => 'hang')
  await write('Emma')
  await receiver.next(() => true)
  await set({ paused: true })
  assert.deepEqual((await deliveries())[0].attempt_count, 0)
  await receiver.close()
  const [held] = await until(deliveries, ([delivery]) => delivery.attempt_count === 1, 'the attempt')
  assert.equal(held.state, 'pending')
  const again = await startReceiver()
  await set({ url: again.url, paused: false })
  assert.equal((await again.next(() => true)).id, held.event_id)
  await again.close()
})

test('a delivery that waits for its next attempt is held by a pause, and due at once after it', async () => {
  await using pausing = await startPausing()
  const { receiver, set, write, deliveries } = pausing
  receiver.behave(() => 500)
  await write('Emma')
  await until(deliveries, ([delivery]) => delivery?.attempt_count === 1, 'the first attempt')
  await set({ paused: true })
  const [held] = await deliveries()
  assert.equal(held.state, 'pending')
  receiver.behave(() => 204)
  await set({ paused: false })
  await until(deliveries, ([delivery]) => delivery.state === 'delivered', 'the second attempt')
})

test('what a process that died left under way is not sent while its webhook is paused, and sent once it is resumed', async () => {
  await using pausing = await startPausing()
  const { serving, account, receiver, set, write } = pausing
  await set({ paused: true })
  await write('Emma')
  const { app } = serving
  await until(pausing.deliveries, found => found.length === 1, 'the delivery')
  // Its lease has run out.
  await app.unit(account, ({ sql }) =>
    sql.run('update signalbox_queue set sending = 1, fence = 1, due_at = 1'),
  )
  await write('Persuasion')
  await until(pausing.deliveries, found => found.length === 2, 'the next delivery')
  assert.equal(receiver.received.length, 0)
  await set({ paused: false })
  await until(
    pausing.deliveries,
    found => found.every((d: { state: string }) => d.state === 'delivered'),
    'both',
  )
})

test('what waits for a paused webhook is canceled with it', async () => {
  await using pausing = await startPausing()
  const { send, webhook, set, write } = pausing
  await set({ paused: true })
  await write('Emma')
  const { body: log } = await until(
    () => send('GET', '/v1/deliveries'),
    ({ body }) => body.data.length === 1,
    'the delivery',
  )
  assert.equal((await send('DELETE', `/v1/webhooks/${webhook.id}`)).status, 204)
  const { body } = await send('GET', `/v1/deliveries/${log.data[0].id}`)
  assert.equal(body.state, 'canceled')
})

test('a webhook whose event types the api no longer has can still be paused', async () => {
  await using pausing = await startPausing()
  const { serving, account, webhook, set } = pausing
  await serving.app.unit(account, ({ sql }) =>
    sql.run(
      `update signalbox_webhooks set events = '["book.burnt"]', "when" = 'data.gone > 1' where id = $1`,
      webhook.id,
    ),
  )
  assert.equal((await set({ paused: true })).paused, true)
})
