import assert from 'node:assert/strict'
import { test } from 'node:test'
import twilio from 'twilio'
import * as z from 'zod'
import { api, endpoint, event, resource } from '../../src/contract/index.ts'
import { type Send, until } from '../e2e/client.ts'
import { type Received, startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'

const Article = z.object({
  id: z.string(),
  title: z.string(),
  score: z.number().default(0),
  tags: z.array(z.string()).default([]),
})
const articles = resource('article', { path: '/articles', schema: Article, owner: 'account_id' })
const noted = event('article.noted', z.object({ text: z.string() }))
const noteArticle = endpoint({
  method: 'POST',
  path: '/notes',
  input: z.object({ text: z.string() }),
  emits: [noted],
  handle: ({ emit, input }) => emit(noted, input),
})
const newsroom = api({
  title: 'Newsroom',
  version: '1',
  base: '/v1',
  resources: [articles],
  endpoints: { noteArticle },
})

const settled = async (send: Send, webhook: { readonly id: string }) => {
  const { body } = await until(
    () => send('GET', `/v1/webhooks/${webhook.id}/deliveries`),
    ({ body }) => body.data.length > 0 && body.data.every((d: { state: string }) => d.state !== 'pending'),
    'the delivery',
  )
  return (await send('GET', `/v1/deliveries/${body.data[0].id}`)).body
}

const validTwilio = (secret: string, url: string, { headers, body }: Received): boolean =>
  twilio.validateRequest(
    secret,
    String(headers['x-twilio-signature']),
    url,
    Object.fromEntries(new URLSearchParams(body)),
  )

test('a webhook is called once while the score passes 10, by GET, with the score in a query that Twilio verifies', async () => {
  await using fixture = await startFixture(newsroom)
  const { send } = fixture
  await using receiver = await closing()
  const { body: webhook, status } = await send('POST', '/v1/webhooks', {
    url: `${receiver.url}?from=newsroom`,
    events: ['article.created', 'article.updated'],
    when: 'data.score > 10.0 && before.score <= 10.0',
    method: 'GET',
  })
  assert.equal(status, 201)
  assert.deepEqual([webhook.format, webhook.signature, webhook.paused], ['form', 'twilio', false])
  // It begins above 10: there is no before, so nothing passed.
  await send('POST', '/v1/articles', { title: 'high', score: 50 })
  const { body: article } = await send('POST', '/v1/articles', { title: 'Zoë & 東京', tags: ['a', 'b'] })
  const ids: string[] = []
  for (const score of [5, 12.5, 20, 7]) {
    await send('PATCH', `/v1/articles/${article.id}`, { score })
    const { body: events } = await send('GET', '/v1/events?limit=1')
    ids.push(events.data[0].id)
  }
  const verdicts = await until(
    () => Promise.all(ids.map(async id => (await send('GET', `/v1/events/${id}`)).body.webhooks[0])),
    entries => entries.every(entry => entry !== undefined),
    'the events to be dispatched',
  )
  assert.deepEqual(
    verdicts.map(({ met }) => met),
    [false, true, false, false],
  )
  assert.deepEqual(
    verdicts.map(({ because }) => because === null),
    [false, true, false, false],
  )

  const delivery = await settled(send, webhook)
  assert.equal(receiver.received.length, 1)
  const [came] = receiver.received
  assert.ok(came)
  const [attempt] = delivery.attempts
  assert.deepEqual([attempt.method, attempt.outcome, came.method, came.body], ['GET', 'delivered', 'GET', ''])
  const query = new URL(attempt.url).searchParams
  assert.deepEqual(
    ['from', 'id', 'type', 'data.title', 'data.score', 'before.score'].map(name => query.get(name)),
    ['newsroom', ids[1], 'article.updated', 'Zoë & 東京', '12.5', '5'],
  )
  assert.deepEqual(query.getAll('data.tags'), ['a', 'b'])
  assert.equal(validTwilio(webhook.secret, attempt.url, came), true)
  assert.equal(validTwilio(webhook.secret, attempt.url.replace('12.5', '13.5'), came), false)
  assert.equal(delivery.body, attempt.url.slice(attempt.url.indexOf('&') + 1))
})

/** A receiver that ends with its test. */
async function closing() {
  const receiver = await startReceiver()
  return { ...receiver, [Symbol.asyncDispose]: () => receiver.close() }
}

test('one event goes to webhooks by POST and PUT in JSON, XML and as a form, each in its own', async () => {
  await using fixture = await startFixture(newsroom)
  const { send } = fixture
  const receiver = await closing()
  await using _ = receiver
  const cases = [
    ['POST', 'json', 'application/json', /^\{"id":"evt_.*"data":\{.*"title":"A<b>"/],
    [
      'PUT',
      'xml',
      'application/xml',
      /<event>.*<data>.*<title>A&lt;b(&gt;|>)<\/title>.*<\/data>.*<\/event>/s,
    ],
    ['POST', 'form', 'application/x-www-form-urlencoded', /^id=evt_.*&data\.title=A%3Cb%3E&/],
  ] as const
  for (const [method, format] of cases) {
    await send('POST', '/v1/webhooks', {
      url: receiver.url,
      events: ['article.created'],
      method,
      format,
    })
  }
  await send('POST', '/v1/articles', { title: 'A<b>' })
  for (const [method, , type, body] of cases) {
    const came = await receiver.next(one => one.headers['content-type'] === type)
    assert.equal(came.method, method)
    assert.match(came.body, body)
  }
  assert.equal(new Set(receiver.received.map(({ id }) => id)).size, 1)
})

test('what XML cannot carry fails by name, at once and alone: the other webhooks get the event', async () => {
  await using fixture = await startFixture(newsroom)
  const { send } = fixture
  await using receiver = await closing()
  const make = async (format: string) =>
    (await send('POST', '/v1/webhooks', { url: receiver.url, events: ['article.noted'], format })).body
  const [xml, json] = [await make('xml'), await make('json')]
  await send('POST', '/v1/notes', { text: 'a bell: \u0007' })
  const failed = await settled(send, xml)
  assert.deepEqual([failed.state, failed.attempt_count, failed.body], ['failed', 1, null])
  assert.equal(failed.attempts[0].outcome, 'unrenderable')
  assert.match(failed.attempts[0].error, /\/data\/text/)
  assert.equal((await settled(send, json)).state, 'delivered')
  assert.equal(receiver.received.length, 1)
  assert.deepEqual(fixture.faults, [])
})

test('an event too long for a GET fails by name and is not tried again; once the method is POST, it can be', async () => {
  await using fixture = await startFixture(newsroom)
  const { send } = fixture
  await using receiver = await closing()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['article.noted'],
    method: 'GET',
  })
  await send('POST', '/v1/notes', { text: 'é'.repeat(1_400) })
  const failed = await settled(send, webhook)
  assert.deepEqual([failed.state, failed.attempts[0].outcome], ['failed', 'too-long'])
  assert.match(failed.attempts[0].error, /it may have 8192/)
  assert.equal(receiver.received.length, 0)

  // It has no payload in JSON yet.
  await send('PATCH', `/v1/webhooks/${webhook.id}`, { method: 'POST', format: 'json' })
  assert.equal((await send('POST', `/v1/deliveries/${failed.id}/retry`)).status, 202)
  const came = await receiver.next(() => true)
  assert.equal(JSON.parse(came.body).data.text.length, 1_400)
  const { body: delivered } = await until(
    () => send('GET', `/v1/deliveries/${failed.id}`),
    ({ body }) => body.state === 'delivered',
    'the delivery',
  )
  assert.equal(delivered.body, came.body)
})

test('methods, formats and signatures that do not go together are a 422 that names the field and the mend', async () => {
  await using fixture = await startFixture(newsroom)
  const { send } = fixture
  const url = 'https://example.com/hook'
  const events = ['article.created']
  for (const [given, pointers] of [
    [{ method: 'GET', format: 'json' }, ['#/format']],
    [{ method: 'GET', signature: 'standard' }, ['#/signature']],
    [{ method: 'GET', format: 'xml', signature: 'github' }, ['#/format', '#/signature']],
    [{ method: 'GET', url: `https://example.com/${'é'.repeat(1_500)}` }, ['#/url']],
    [{ signature: 'twilio', url: 'https://example.com/?bodySHA256=1' }, ['#/url']],
    [{ method: 'DELETE' }, ['#/method']],
    [{ events: ['article.created', 'article.created'] }, ['#/events']],
  ] as const) {
    const { status, body } = await send('POST', '/v1/webhooks', { url, events, ...given })
    assert.equal(status, 422)
    assert.deepEqual(
      body.errors.map((error: { pointer: string }) => error.pointer),
      pointers,
    )
  }
  const { body: webhook } = await send('POST', '/v1/webhooks', { url, events })
  const refused = await send('PATCH', `/v1/webhooks/${webhook.id}`, { method: 'GET' })
  assert.deepEqual(
    refused.body.errors.map((error: { pointer: string; detail: string }) => [
      error.pointer,
      /Set \w+ to/.test(error.detail),
    ]),
    [
      ['#/format', true],
      ['#/signature', true],
    ],
  )
  const { body: after } = await send('GET', `/v1/webhooks/${webhook.id}`)
  assert.equal(after.method, 'POST')
  assert.equal(after.when, null)
})

test('the example of an event type is the latest one, else one made from its schema, as it would be sent', async () => {
  await using fixture = await startFixture(newsroom)
  const { send } = fixture
  const example = async (query: string) =>
    (await send('GET', `/v1/event-types/article.created/example${query}`)).body
  const made = await example('')
  assert.deepEqual([made.method, made.query, made.content_type], ['POST', null, 'application/json'])
  const { data, ...head } = JSON.parse(made.body)
  assert.ok(Article.safeParse(data).success)
  assert.deepEqual([Object.keys(head), head.type], [['id', 'type', 'at'], 'article.created'])

  await send('POST', '/v1/articles', { title: 'Rain stops', score: 3 })
  const byGet = await example('?method=GET')
  assert.deepEqual([byGet.body, byGet.content_type], [null, null])
  assert.match(byGet.query, /&data\.title=Rain\+stops&data\.score=3/)
  const xml = await example('?method=PUT&format=xml')
  assert.equal(xml.content_type, 'application/xml')
  assert.match(xml.body, /<title>Rain stops<\/title>/)
  const changed = await send('GET', '/v1/event-types/article.updated/example')
  assert.deepEqual(Object.keys(JSON.parse(changed.body.body)), ['id', 'type', 'at', 'data', 'before'])
  const refused = await send('GET', '/v1/event-types/article.created/example?method=GET&format=json')
  assert.deepEqual([refused.status, refused.body.errors[0].parameter], [400, 'format'])
  assert.equal((await send('GET', '/v1/event-types/no.such/example')).status, 404)
})
