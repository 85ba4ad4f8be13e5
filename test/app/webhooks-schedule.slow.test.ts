import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }

test('a refused delivery is tried again on schedule, with the same id and the same bytes', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  receiver.behave(() => 500)
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  await send('POST', '/v1/books', book)
  const first = await receiver.next(() => true)
  const { body: log } = await until(
    () => send('GET', `/v1/webhooks/${webhook.id}/deliveries`),
    ({ body }) => body.data[0]?.attempt_count === 1,
    'the first attempt',
  )
  const [delivery] = log.data
  assert.equal(delivery.state, 'pending')
  const wait = Date.parse(delivery.next_attempt_at) - Date.now()
  assert.ok(
    wait > 2_000 && wait <= 6_000,
    `the second attempt is in ${wait} ms; 5 s, give or take a fifth, is meant`,
  )
  receiver.behave(() => 200)
  const second = await receiver.next(r => r !== first)
  assert.deepEqual([second.id, second.body], [first.id, first.body])
  const { body: settled } = await until(
    () => send('GET', `/v1/deliveries/${delivery.id}`),
    ({ body }) => body.state === 'delivered',
    'the delivery',
  )
  assert.deepEqual(
    settled.attempts.map((a: { outcome: string; status: number }) => [a.outcome, a.status]),
    [
      ['refused', 500],
      ['delivered', 200],
    ],
  )
  await receiver.close()
})
