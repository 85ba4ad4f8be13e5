import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/index.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

// What a webhook is promised holds for all programs together that send to it: what they know of it is in the database.

const book = { title: 'Emma', pages: 474 }

/** Two programs that send, over one database, by one clock that the test moves on. */
async function startTwo() {
  const stack = new AsyncDisposableStack()
  let ahead = 0
  const clock = { now: () => systemClock.now() + ahead, elapsed: systemClock.elapsed }
  const one = stack.use(await startFixture(library, { clock }))
  const store = storeAt(one.database)
  const two = stack.use(await startFixture(library, { clock, store }))
  const receiver = stack.use(await startReceiver())
  return {
    one,
    two,
    receiver,
    move(ms: number) {
      ahead += ms
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('a webhook that fails is failing for all who send to it: they stop together, and one of them probes', async () => {
  await using started = await startTwo()
  const { one, receiver, move } = started
  const { send } = one
  receiver.behave(() => 500)
  const { body: made } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
    concurrency: 4,
  })
  const webhook = async () => (await send('GET', `/v1/webhooks/${made.id}`)).body
  for (let i = 0; i < 40; i++) await send('POST', '/v1/books', book)
  await until(webhook, ({ state }) => state === 'failing', 'the breaker')
  // Those that had begun before it opened, of either, still come.
  await new Promise(resolve => setTimeout(resolve, 500))
  const before = receiver.received.length
  assert.ok(before >= 10 && before <= 10 + 4, `${before} attempts`)
  await send('POST', '/v1/books', book)
  await new Promise(resolve => setTimeout(resolve, 1_000))
  assert.equal(receiver.received.length, before)

  move(40_000)
  // It wakes both.
  await send('POST', '/v1/books', book)
  await until(
    async () => receiver.received.length,
    count => count > before,
    'the probe',
  )
  await new Promise(resolve => setTimeout(resolve, 1_000))
  assert.equal(receiver.received.length, before + 1)
  assert.equal((await webhook()).state, 'failing')
})

test('the order of a row is kept by all who send to its webhook, also as one of them ends', async () => {
  await using started = await startTwo()
  const { one, two, receiver } = started
  const { send } = one
  await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.*'],
    order: 'data.id',
    concurrency: 8,
  })
  const ids: string[] = []
  for (let i = 0; i < 4; i++) ids.push((await send('POST', '/v1/books', book)).body.id)
  const change = async (id: string) => {
    for (let pages = 1; pages <= 15; pages++) await send('PATCH', `/v1/books/${id}`, { pages })
  }
  const changed = Promise.all(ids.map(change))
  await until(
    async () => receiver.received.length,
    count => count >= 20,
    'a third of them',
  )
  await two.serving.close()
  await changed
  await until(
    async () => receiver.received.length,
    count => count >= 4 * 16,
    'all of them',
  )
  const told = receiver.received.map(({ body }) => JSON.parse(body).data as { id: string; pages: number })
  for (const id of ids)
    assert.deepEqual(
      told.filter(data => data.id === id).map(({ pages }) => pages),
      [474, ...Array.from({ length: 15 }, (_, i) => i + 1)],
    )
  assert.deepEqual([...one.faults, ...two.faults], [])
})
