import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { validate } from '@hyperjump/json-schema/openapi-3-2'
import { Webhook } from 'standardwebhooks'
import twilio from 'twilio'
import * as z from 'zod'
import { api, endpoint, resource, task } from '../../src/contract/index.ts'
import { type Send, until } from '../e2e/client.ts'
import { type Received, startReceiver } from '../e2e/receiver.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const careful = { ...library, webhooks: { ...library.webhooks, challenge: true } }
const events = ['book.created']

/** The challenge in a request; undefined in a delivery. */
const tokenIn = ({ body }: Received): string | undefined => JSON.parse(body).data.challenge

/** Answers challenges, and takes everything else. */
const proving = (write: (token: string) => string) => (received: Received) => {
  const token = tokenIn(received)
  return token === undefined ? 204 : { status: 200, body: write(token) }
}

async function start(options: Parameters<typeof startFixture>[1] = {}) {
  const fixture = await startFixture(careful, options)
  const receiver = await startReceiver()
  const { send } = fixture
  return {
    ...fixture,
    receiver,
    create: async (more: object = {}) =>
      (await send('POST', '/v1/webhooks', { url: receiver.url, events, ...more })).body,
    set: (id: string, change: object) => send('PATCH', `/v1/webhooks/${id}`, change),
    answered: (id: string) => answered(send, id),
    write: (title: string) => send('POST', '/v1/books', { title, pages: 1 }),
    async [Symbol.asyncDispose]() {
      await receiver.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

/** A webhook, once its challenge is over. */
const answered = async (send: Send, id: string) => {
  const { body } = await until(
    () => send('GET', `/v1/webhooks/${id}`),
    ({ body }) => body.challenge.state !== 'asked',
    'the challenge',
  )
  return body
}

test('a new URL is asked by a signed challenge first, and what happened meanwhile is delivered once it has passed', async () => {
  await using started = await start({ work: false })
  const { receiver, create, database, send, write } = started
  receiver.behave(proving(token => token))
  const made = await create()
  assert.deepEqual([made.paused, made.challenge.state, made.challenge.resumes], [true, 'asked', true])
  await write('Emma')
  assert.equal(receiver.received.length, 0)

  await using _ = await startFixture(careful, { store: storeAt(database) })
  const webhook = await answered(send, made.id)
  assert.deepEqual(
    [webhook.paused, webhook.challenge.state, webhook.challenge.error],
    [false, 'passed', null],
  )
  const delivery = await receiver.next(received => tokenIn(received) === undefined)
  assert.equal(JSON.parse(delivery.body).data.title, 'Emma')
  const [asked] = receiver.received
  assert.ok(asked)
  assert.equal(JSON.parse(asked.body).type, 'webhook.challenge')
  assert.ok((tokenIn(asked) ?? '').length >= 32)
  new Webhook(made.secret).verify(asked.body, asked.headers as Record<string, string>)
  assert.equal(receiver.received.length, 2)
})

test('an answer passes as the text alone or as JSON; one that repeats the request, or is late or wrong, does not', async () => {
  await using started = await start()
  const { receiver, create, answered } = started
  for (const write of [
    (token: string) => `${token}\n`,
    (token: string) => JSON.stringify({ challenge: token }),
  ]) {
    receiver.behave(proving(write))
    assert.equal((await answered((await create()).id)).challenge.state, 'passed')
  }
  for (const [write, error] of [
    [(token: string) => `<p>${token}</p>`, /the answer \(200\) is not the challenge/],
    [(token: string) => JSON.stringify({ data: { challenge: token } }), /is not the challenge/],
    [(token: string) => token.slice(1), /is not the challenge/],
    [() => '', /is not the challenge/],
    [() => 'null', /is not the challenge/],
  ] as const) {
    receiver.behave(proving(write))
    const { paused, challenge } = await answered((await create()).id)
    assert.deepEqual([paused, challenge.state], [true, 'failed'])
    assert.match(challenge.error, error)
  }
  receiver.behave(({ body }) => ({ status: 200, body }))
  assert.equal((await answered((await create()).id)).challenge.state, 'failed')
  receiver.behave(() => 404)
  assert.equal((await answered((await create()).id)).challenge.error, 'refused: 404')
})

test('a URL that has failed gets nothing, and can be asked again', async () => {
  await using started = await start()
  const { receiver, create, answered, send, set, write } = started
  receiver.behave(() => 404)
  const { id } = await create()
  await answered(id)
  await write('Emma')
  const resumed = await set(id, { paused: false })
  assert.deepEqual([resumed.status, resumed.body.code], [409, 'url-unproven'])
  assert.equal((await send('POST', `/v1/webhooks/${id}/test`)).status, 409)
  assert.equal(receiver.received.length, 1)

  receiver.behave(proving(token => token))
  const again = await send('POST', `/v1/webhooks/${id}/challenge`)
  assert.deepEqual([again.status, again.body.challenge.state], [202, 'asked'])
  assert.equal((await answered(id)).paused, false)
  await receiver.next(received => tokenIn(received) === undefined)
  const tokens = receiver.received.flatMap(received => tokenIn(received) ?? [])
  assert.equal(new Set(tokens).size, 2)
  const proven = await send('POST', `/v1/webhooks/${id}/challenge`)
  assert.deepEqual([proven.status, proven.body.code], [409, 'url-proven'])
})

test('a changed URL is asked anew, and another change asks nothing', async () => {
  await using started = await start()
  const { receiver, create, answered, set, write } = started
  receiver.behave(proving(token => token))
  const { id } = await create()
  await answered(id)
  const same = await set(id, { url: receiver.url, description: 'mine' })
  assert.deepEqual([same.body.challenge.state, receiver.received.length], ['passed', 1])

  const next = await startReceiver()
  next.behave(() => 500)
  const moved = await set(id, { url: next.url })
  assert.deepEqual([moved.body.paused, moved.body.challenge.state], [true, 'asked'])
  await answered(id)
  await write('Emma')
  // Neither hears of what happens: the old one is no longer meant, the new one not yet.
  next.behave(proving(token => token))
  const back = await set(id, { url: `${next.url}/other` })
  assert.equal(back.body.challenge.resumes, true)
  assert.equal((await answered(id)).paused, false)
  await next.next(received => tokenIn(received) === undefined)
  assert.equal(receiver.received.length, 1)
  await next.close()
})

test('a webhook that its owner pauses stays paused when its URL has passed', async () => {
  await using started = await start({ work: false })
  const { receiver, create, database, send, set } = started
  receiver.behave(proving(token => token))
  const { id } = await create()
  const paused = await set(id, { paused: true })
  assert.equal(paused.body.challenge.resumes, false)
  await using _ = await startFixture(careful, { store: storeAt(database) })
  assert.deepEqual([(await answered(send, id)).paused], [true])
  assert.equal((await set(id, { paused: false })).body.paused, false)
})

test('an answer to a URL that is not the webhook’s any more passes nothing', async () => {
  await using started = await start()
  const { receiver, create, answered, set } = started
  const asked = Promise.withResolvers<() => void>()
  const slow = createServer((incoming, outgoing) => {
    incoming.setEncoding('utf8').on('data', (body: string) => {
      asked.resolve(() => outgoing.end(JSON.parse(body).data.challenge))
    })
  })
  await once(slow.listen(0, '127.0.0.1'), 'listening')
  receiver.behave(() => 404)
  const { id } = await create({ url: `http://127.0.0.1:${(slow.address() as AddressInfo).port}/` })
  const answer = await asked.promise
  await set(id, { url: receiver.url })
  const webhook = await answered(id)
  answer()
  await once(slow.close(), 'close')
  await set(id, { description: 'as it is now' })
  const { body: after } = await started.send('GET', `/v1/webhooks/${id}`)
  assert.deepEqual([after.url, after.challenge], [receiver.url, webhook.challenge])
  assert.equal(after.challenge.state, 'failed')
})

test('by GET the challenge is in the query, signed as the webhook is, with its header fields', async () => {
  await using started = await start()
  const { receiver, create, answered } = started
  receiver.behave(({ url }) => ({ status: 200, body: new URL(url).searchParams.get('data.challenge') ?? '' }))
  const headers = [{ name: 'X-Key', value: 'sesame' }]
  const { id, secret } = await create({ method: 'GET', headers })
  assert.equal((await answered(id)).challenge.state, 'passed')
  const [asked] = receiver.received
  assert.ok(asked)
  assert.equal(asked.headers['x-key'], 'sesame')
  const signature = String(asked.headers['x-twilio-signature'])
  assert.ok(twilio.validateRequest(secret, signature, asked.url, {}))
})

test('a challenge passes the egress guard: a name that leads inside is not connected to', async () => {
  await using started = await start({ egress: { open: [] } })
  const { receiver, create, answered } = started
  const { id } = await create({ url: receiver.url.replace('127.0.0.1', 'localhost') })
  const { challenge } = await answered(id)
  assert.match(challenge.error, /^blocked: the address of 'localhost' is not on the public internet/)
  assert.equal(receiver.received.length, 0)
})

test('where the producer does not ask, a new webhook hears nothing at all, and there is no challenge', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', { url: receiver.url, events })
  assert.deepEqual([webhook.paused, webhook.challenge], [false, null])
  assert.equal((await send('POST', `/v1/webhooks/${webhook.id}/challenge`)).status, 404)
  await send('POST', '/v1/books', { title: 'Emma', pages: 1 })
  const first = await receiver.next(() => true)
  assert.equal(JSON.parse(first.body).type, 'book.created')
  assert.equal(receiver.received.length, 1)
  await receiver.close()
})

test('URLs that hang do not hold up the tasks of the application', async () => {
  const ran = Promise.withResolvers<void>()
  const count = task('count', { input: z.object({}), run: async () => ran.resolve() })
  const putOff = endpoint({ method: 'POST', path: '/counts', handle: ({ later }) => later(count, {}) })
  const things = resource('thing', {
    path: '/things',
    schema: z.object({ id: z.string() }),
    owner: 'account_id',
  })
  const busy = api({
    title: 'Busy',
    version: '1',
    base: '/v1',
    resources: [things],
    endpoints: { putOff },
    tasks: [count],
    webhooks: { challenge: true },
  })
  const receiver = await startReceiver()
  receiver.behave(() => 'hang')
  await using fixture = await startFixture(busy)
  const { send } = fixture
  for (let i = 0; i < 20; i++)
    await send('POST', '/v1/webhooks', { url: receiver.url, events: ['thing.created'] })
  await until(
    async () => receiver.received.length,
    length => length >= 16,
    'as many as are asked at once',
  )
  assert.equal((await send('POST', '/v1/counts')).status, 204)
  await ran.promise
  assert.ok(receiver.received.length < 20, 'they hang still')
  // So that the process need not wait for them.
  await receiver.close()
})

test('the OpenAPI document shows what a URL is asked and what passes, where the producer asks', async () => {
  await using started = await start()
  const { receiver, create, answered, send } = started
  const document = (await send('GET', '/openapi.json')).body
  const valid = await validate('https://spec.openapis.org/oas/3.2/schema-base', document, 'BASIC')
  assert.deepEqual(valid, { valid: true })
  const { post } = document.webhooks['webhook.challenge']
  const { schemas } = document.components

  // A receiver that knows nothing but the document.
  const name = (schema: { $ref: string }) => schema.$ref.split('/').at(-1) ?? ''
  const body = schemas[name(post.requestBody.content['application/json'].schema)]
  const data = schemas[name(body.properties.data)]
  const passing = post.responses['2XX'].content['application/json'].schema
  assert.deepEqual(passing.required, ['challenge'])
  receiver.behave(({ body }) => {
    const answer = passing.required.map((member: string) => [member, JSON.parse(body).data[member]])
    return { status: 200, body: JSON.stringify(Object.fromEntries(answer)) }
  })
  assert.equal((await answered((await create()).id)).challenge.state, 'passed')
  const asked = JSON.parse(receiver.received[0]?.body ?? '')
  assert.equal(body.properties.type.const, asked.type)
  assert.deepEqual(body.required, Object.keys(asked))
  assert.deepEqual(data.required, Object.keys(asked.data))
  assert.equal(post.responses['2XX'].content['text/plain'].schema.type, 'string')

  await using quiet = await startFixture(library)
  const { webhooks } = (await quiet.send('GET', '/openapi.json')).body
  assert.ok('book.created' in webhooks && !('webhook.challenge' in webhooks))
})
