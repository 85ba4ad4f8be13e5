import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }

test('a webhook gets the events it is for, signed, and its log has every attempt as sent and answered', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.updated', 'book.lent'],
  })
  const { body: made } = await send('POST', '/v1/books', book)
  await send('POST', `/v1/books/${made.id}/lend`, { to: 'Ann' })
  const lent = await receiver.next(r => r.body.includes('book.lent'))
  await receiver.next(r => r.body.includes('book.updated'))
  const verified = new Webhook(webhook.secret).verify(lent.body, lent.headers as Record<string, string>)
  const { body: event } = await send('GET', `/v1/events/${lent.id}`)
  const { webhooks, ...sent } = event
  assert.deepEqual(verified, sent)
  assert.deepEqual(webhooks, [{ webhook_id: webhook.id, met: true, because: null }])
  assert.deepEqual(event.data, { id: made.id, to: 'Ann' })
  assert.equal(receiver.received.length, 2)

  const { body: log } = await until(
    () => send('GET', `/v1/webhooks/${webhook.id}/deliveries`),
    ({ body }) => body.data.every((d: { state: string }) => d.state === 'delivered'),
    'the deliveries',
  )
  const { body: delivery } = await send('GET', `/v1/deliveries/${log.data[0].id}`)
  assert.equal(delivery.attempt_count, 1)
  assert.equal(delivery.next_attempt_at, null)
  assert.equal(delivery.body, receiver.received.find(r => r.id === delivery.event_id)?.body)
  const [attempt] = delivery.attempts
  assert.deepEqual([attempt.number, attempt.outcome, attempt.status], [1, 'delivered', 204])
  assert.deepEqual([attempt.method, attempt.url], ['POST', receiver.url])
  assert.equal(attempt.request_headers['webhook-id'], delivery.event_id)
  assert.equal(typeof attempt.response_headers.date, 'string')
  await receiver.close()
})

test("an event reaches its own account's webhooks only", async () => {
  await using fixture = await startFixture(library)
  const other = await fixture.another()
  const [mine, theirs] = [await startReceiver(), await startReceiver()]
  await fixture.send('POST', '/v1/webhooks', { url: mine.url, events: ['book.created', 'place.created'] })
  await other('POST', '/v1/webhooks', { url: theirs.url, events: ['book.created', 'place.created'] })
  await fixture.send('POST', '/v1/books', book)
  // What comes afterwards, and to both, shows that the first was not merely late.
  await fixture.send('POST', '/v1/places', { name: 'Bath' })
  await Promise.all([mine, theirs].map(r => r.next(one => one.body.includes('place.created'))))
  await mine.next(one => one.body.includes('book.created'))
  assert.equal(theirs.received.length, 1)
  await mine.close()
  await theirs.close()
})

test('a delivery can be retried now, but not while an attempt is under way', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  receiver.behave(() => 'hang')
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  await send('POST', '/v1/books', book)
  await receiver.next(() => true)
  const { body: log } = await send('GET', `/v1/webhooks/${webhook.id}/deliveries`)
  const early = await send('POST', `/v1/deliveries/${log.data[0].id}/retry`)
  assert.deepEqual([early.status, early.body.code], [409, 'attempt-under-way'])
  await receiver.close()

  const after = await startReceiver()
  await send('PATCH', `/v1/webhooks/${webhook.id}`, { url: after.url })
  await until(
    () => send('GET', `/v1/deliveries/${log.data[0].id}`),
    ({ body }) => body.attempt_count === 1,
    'the attempt that was cut off',
  )
  const retried = await send('POST', `/v1/deliveries/${log.data[0].id}/retry`)
  assert.equal(retried.status, 202)
  assert.equal((await after.next(() => true)).id, log.data[0].event_id)
  await after.close()
})

test('a test goes to the one webhook, whatever it subscribes to', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  const asked = await send('POST', `/v1/webhooks/${webhook.id}/test`)
  assert.equal(asked.status, 202)
  assert.equal(asked.headers.get('location'), `/v1/deliveries/${asked.body.id}`)
  const came = await receiver.next(() => true)
  assert.equal(JSON.parse(came.body).type, 'webhook.test')
  new Webhook(webhook.secret).verify(came.body, came.headers as Record<string, string>)
  await receiver.close()
})

test('what is owed to a deleted webhook is canceled', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  receiver.behave(() => 500)
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  await send('POST', '/v1/books', book)
  const pending = await until(
    () => send('GET', '/v1/deliveries'),
    ({ body }) => body.data[0]?.attempt_count === 1,
    'the first attempt',
  )
  assert.equal((await send('DELETE', `/v1/webhooks/${webhook.id}`)).status, 204)
  const { body } = await send('GET', `/v1/deliveries/${pending.body.data[0].id}`)
  assert.deepEqual([body.state, body.next_attempt_at], ['canceled', null])
  await receiver.close()
})

test('a webhook to a private address, or for an event that does not exist, is refused with a pointer', async () => {
  await using fixture = await startFixture(library, { egress: { open: [] } })
  const { send } = fixture
  const events = ['book.created']
  for (const url of [
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://10.0.0.1/',
    'http://169.254.169.254/',
    'ftp://example.com/',
    'hook',
    'http://u:p@example.com/',
    'https://example.com/a b',
    'https://example.com/ ',
    'https://exam\nple.com/',
    'https:\\\\example.com\\a',
    `https://example.com/${'é'.repeat(1500)}`,
  ]) {
    const refused = await send('POST', '/v1/webhooks', { url, events })
    assert.deepEqual([url, refused.status, refused.body.errors[0].pointer], [url, 422, '#/url'])
  }
  const refused = await send('POST', '/v1/webhooks', { url: 'https://example.com/', events: ['book.burnt'] })
  assert.equal(refused.body.errors[0].pointer, '#/events/0')
  assert.match(refused.body.errors[0].detail, /There are .*book\.created/)
  const many = await send('POST', '/v1/webhooks', {
    url: 'https://example.com/',
    events: Array(5_000).fill('book.burnt'),
  })
  assert.deepEqual(
    many.body.errors.map(({ pointer }: { pointer: string }) => pointer),
    ['#/events'],
  )
  assert.deepEqual(fixture.faults, [])
})

test('a name that leads to this machine is blocked when it is connected, and the log says so', async () => {
  await using fixture = await startFixture(library, { egress: { open: [] } })
  const { send } = fixture
  const receiver = await startReceiver()
  const url = receiver.url.replace('127.0.0.1', 'localhost')
  const { body: webhook } = await send('POST', '/v1/webhooks', { url, events: ['book.created'] })
  await send('POST', `/v1/webhooks/${webhook.id}/test`)
  const { body } = await until(
    () => send('GET', `/v1/webhooks/${webhook.id}/deliveries`),
    ({ body }) => body.data[0]?.attempt_count === 1,
    'the attempt',
  )
  const { body: delivery } = await send('GET', `/v1/deliveries/${body.data[0].id}`)
  assert.equal(delivery.attempts[0].outcome, 'blocked')
  assert.equal(receiver.received.length, 0)
  await receiver.close()
})

test('the catalogue lists every type of event with the schema of its data', async () => {
  await using fixture = await startFixture(library)
  const { body } = await fixture.send('GET', '/v1/event-types')
  assert.deepEqual(
    body.data.map((t: { name: string }) => t.name),
    [
      'book.created',
      'book.updated',
      'book.deleted',
      'place.created',
      'place.updated',
      'place.deleted',
      'book.lent',
      'bind.succeeded',
      'bind.failed',
      'bind.canceled',
      'webhook.disabled',
    ],
  )
  assert.deepEqual(Object.keys(body.data[6].schema.properties), ['id', 'to'])
})

test('of a delivery that was retried often the latest attempts are shown, so that its log can always be read', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  await using _ = { [Symbol.asyncDispose]: () => receiver.close() }
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  const { body: made } = await send('POST', `/v1/webhooks/${webhook.id}/test`)
  const path = `/v1/deliveries/${made.id}`
  const after = (count: number) =>
    until(
      () => send('GET', path),
      ({ body }) => body.attempt_count === count,
      `attempt ${count}`,
    )
  for (let count = 1; count <= 22; count++) {
    await after(count)
    assert.equal((await send('POST', `${path}/retry`)).status, 202)
  }
  const { body } = await after(23)
  assert.deepEqual(
    body.attempts.map(({ number }: { number: number }) => number),
    Array.from({ length: 20 }, (_, i) => i + 4),
  )
})
