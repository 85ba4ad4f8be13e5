import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/base/index.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }

interface Held {
  readonly event: { readonly id: string; readonly type: string; readonly data: { readonly id: string } }
  answer(status: number): void
}

/** A receiver that keeps requests waiting until the test answers them. */
async function startHolding() {
  const held: Held[] = []
  let most = 0
  let open = 0
  const server = createServer((incoming, outgoing: ServerResponse) => {
    open++
    most = Math.max(most, open)
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const answer = (status: number): void => {
        open--
        outgoing.writeHead(status).end()
      }
      held.push({ event: JSON.parse(Buffer.concat(chunks).toString()), answer })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    held,
    most: () => most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('no more attempts are under way at a webhook than it allows, and the next begin as they end', async () => {
  await using fixture = await startFixture(library)
  await using receiver = await startHolding()
  const { send } = fixture
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
    concurrency: 3,
  })
  assert.equal(webhook.concurrency, 3)
  for (let i = 0; i < 20; i++) await send('POST', '/v1/books', book)
  // Until one was answered, one at a time.
  const first = await until(
    async () => receiver.held,
    held => held.length > 0,
    'the first attempt',
  )
  assert.equal(first.length, 1)
  for (let answered = 0; answered < 20; answered++) {
    await until(
      async () => receiver.held,
      // Once one was answered, as many as it allows are under way before the next is.
      held => held.length > (answered === 1 ? 3 : answered),
      'the next attempt',
    )
    receiver.held[answered]?.answer(204)
  }
  assert.equal(receiver.most(), 3)
  assert.equal(new Set(receiver.held.map(({ event }) => event.id)).size, 20)
})

test('more is begun as soon as a webhook allows more', async () => {
  // Of a clock that stands still no lease ends, which would open the webhook too.
  const at = systemClock.now()
  const clock = { now: () => at, elapsed: systemClock.elapsed }
  await using fixture = await startFixture(library, { clock })
  await using receiver = await startHolding()
  const { send } = fixture
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
    concurrency: 1,
  })
  for (let i = 0; i < 5; i++) await send('POST', '/v1/books', book)
  await until(
    async () => receiver.held.length,
    count => count === 1,
    'the first attempt',
  )
  receiver.held[0]?.answer(204)
  await until(
    async () => receiver.held.length,
    count => count === 2,
    'the second attempt',
  )
  await send('PATCH', `/v1/webhooks/${webhook.id}`, { concurrency: 3 })
  await until(
    async () => receiver.held.length,
    count => count === 4,
    'two more',
  )
  assert.equal(receiver.most(), 3)
})

test('a webhook that hangs does not keep another waiting, whatever it is owed', async () => {
  await using fixture = await startFixture(library)
  await using hanging = await startHolding()
  const { send } = fixture
  const living = await startReceiver()
  await send('POST', '/v1/webhooks', { url: hanging.url, events: ['book.created'], concurrency: 64 })
  for (let i = 0; i < 50; i++) await send('POST', '/v1/books', book)
  await until(
    async () => hanging.held.length,
    count => count === 1,
    'the attempt that hangs',
  )
  await send('POST', '/v1/webhooks', { url: living.url, events: ['book.created'] })
  await send('POST', '/v1/books', book)
  await living.next(() => true, 5_000)
  assert.equal(hanging.held.length, 1)
  await living.close()
})

test('attempts begin no faster than the rate of a webhook', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  const rate = { attempts: 5, per: 'second' }
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
    rate,
  })
  assert.deepEqual(webhook.rate, rate)
  for (let i = 0; i < 12; i++) await send('POST', '/v1/books', book)
  const log = await until(
    async () => (await send('GET', `/v1/webhooks/${webhook.id}/deliveries`)).body.data,
    found => found.length === 12 && found.every((d: { state: string }) => d.state === 'delivered'),
    'the deliveries',
  )
  const details = await Promise.all(log.map(({ id }: { id: string }) => send('GET', `/v1/deliveries/${id}`)))
  const begun = details.map(({ body }) => Date.parse(body.attempts[0].started_at)).toSorted((a, b) => a - b)
  // Five at once at most, then one each 200 ms; a claim and its attempt may lie apart by what the machine is busy with.
  for (const [i, at] of begun.entries()) {
    const earlier = begun[i - 6]
    if (earlier !== undefined)
      assert.ok(at - earlier >= 150, `attempts ${i - 6} and ${i} are ${at - earlier} ms apart`)
  }
  await receiver.close()
})

test('a webhook with an order gets the events of one row one after another, each once the one before is settled', async () => {
  await using fixture = await startFixture(library)
  await using receiver = await startHolding()
  const { send } = fixture
  await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created', 'book.updated', 'book.deleted'],
    order: 'data.id',
    concurrency: 8,
  })
  const ids: string[] = []
  for (let i = 0; i < 3; i++) ids.push((await send('POST', '/v1/books', book)).body.id)
  for (const pages of [2, 3]) for (const id of ids) await send('PATCH', `/v1/books/${id}`, { pages })
  for (const id of ids) await send('DELETE', `/v1/books/${id}`)
  const next = (count: number) =>
    until(
      async () => receiver.held,
      held => held.length >= count,
      `request ${count}`,
    )
  for (let answered = 0; answered < 12; answered++) {
    await next(answered + 1)
    receiver.held[answered]?.answer(204)
  }
  const idOf = ({ event }: Held) =>
    event.data?.id ?? (event as unknown as { before: { id: string } }).before.id
  for (const id of ids) {
    const types = receiver.held.filter(one => idOf(one) === id).map(({ event }) => event.type)
    assert.deepEqual(types, ['book.created', 'book.updated', 'book.updated', 'book.deleted'])
  }
  assert.ok(receiver.most() > 1, 'rows do not wait for each other')
  assert.ok(receiver.most() <= 3)
})

test('one that fails holds back what follows of its row until it is settled, and nothing of another row', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  receiver.behave(({ body }) => (body.includes('"title":"Stuck"') ? 500 : 204))
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created', 'book.updated'],
    order: 'data.id',
  })
  const { body: stuck } = await send('POST', '/v1/books', { ...book, title: 'Stuck' })
  const { body: moving } = await send('POST', '/v1/books', book)
  await send('PATCH', `/v1/books/${stuck.id}`, { title: 'Later' })
  await send('PATCH', `/v1/books/${moving.id}`, { pages: 5 })
  const deliveries = async () => (await send('GET', `/v1/webhooks/${webhook.id}/deliveries`)).body.data
  const log = await until(
    deliveries,
    found =>
      found.length === 4 && found.filter((d: { state: string }) => d.state === 'delivered').length === 2,
    "the other row's deliveries",
  )
  const waiting = log.filter((d: { state: string }) => d.state === 'pending')
  assert.deepEqual(
    waiting.map((d: { attempt_count: number; next_attempt_at: string | null }) => [
      d.attempt_count > 0,
      d.next_attempt_at === null,
    ]),
    [
      [false, true],
      [true, false],
    ],
  )
  // Asked for by hand, it waits for the first of its row all the same.
  const retried = await send('POST', `/v1/deliveries/${waiting[0].id}/retry`)
  assert.deepEqual([retried.status, retried.body.next_attempt_at], [202, null])
  receiver.behave(() => 204)
  await send('POST', `/v1/deliveries/${waiting[1].id}/retry`)
  await until(
    deliveries,
    found => found.every((d: { state: string }) => d.state === 'delivered'),
    'all deliveries',
  )
  const titles = receiver.received
    .filter(one => one.body.includes(stuck.id))
    .map(one => JSON.parse(one.body).data.title)
  assert.equal(titles.at(-1), 'Later')
  await receiver.close()
})

test('an order that a type of event does not have is refused with a pointer, as are limits out of range', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const url = 'http://127.0.0.1:9/'
  for (const [field, value] of [
    ['order', 'data.nothing'],
    ['order', 'data.tags'],
    ['order', 'id'],
    ['concurrency', 0],
    ['concurrency', 65],
    ['rate', { attempts: 0, per: 'second' }],
    ['rate', { attempts: 1, per: 'day' }],
  ] as const) {
    const { status, body } = await send('POST', '/v1/webhooks', {
      url,
      events: ['book.created'],
      [field]: value,
    })
    assert.equal(status, 422, `${field} ${JSON.stringify(value)}`)
    assert.ok(body.errors[0].pointer.startsWith(`#/${field}`), JSON.stringify(body.errors))
  }
})
