import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { type Api, api, endpoint, event, resource } from '../../src/contract/index.ts'
import { type Send, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const url = 'https://example.com/hook'

/** The latest event once it is dispatched, with what webhooks made of it. */
const dispatched = async (send: Send) => {
  const { body } = await send('GET', '/v1/events?limit=1')
  const answer = await until(
    () => send('GET', `/v1/events/${body.data[0].id}`),
    ({ body }) => body.webhooks.length > 0,
    'the event to be dispatched',
  )
  return answer.body
}

test('a webhook for book.* gets every event whose type begins so, and one for * gets all', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const [some, all] = [await startReceiver(), await startReceiver()]
  await send('POST', '/v1/webhooks', { url: some.url, events: ['book.*'] })
  await send('POST', '/v1/webhooks', { url: all.url, events: ['*'] })
  const { body: made } = await send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  await send('POST', '/v1/places', { name: 'Bath' })
  await send('POST', `/v1/books/${made.id}/lend`, { to: 'Ann' })
  const typesOf = ({ received }: typeof some) =>
    received.map(({ body }): string => JSON.parse(body).type).toSorted()
  await until(
    async () => [some.received.length, all.received.length],
    ([few = 0, many = 0]) => few >= 3 && many >= 4,
    'the deliveries',
  )
  assert.deepEqual(typesOf(some), ['book.created', 'book.lent', 'book.updated'])
  assert.deepEqual(typesOf(all), ['book.created', 'book.lent', 'book.updated', 'place.created'])
  await some.close()
  await all.close()
})

test('a condition is checked against every type that a wildcard covers, and tried on all of them', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const wrong = await send('POST', '/v1/webhooks', { url, events: ['book.*'], when: 'data.pages > 100' })
  assert.deepEqual([wrong.status, wrong.body.errors[0].pointer], [422, '#/when'])
  assert.match(wrong.body.errors[0].detail, /\(for book\.lent\)$/)
  const right = await send('POST', '/v1/webhooks', { url, events: ['book.*'], when: 'data.id != ""' })
  assert.deepEqual([right.status, right.body.events], [201, ['book.*']])

  await send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  const { body: trial } = await send('POST', '/v1/webhooks/try', {
    events: ['book.*'],
    when: 'data.id != ""',
  })
  assert.deepEqual([trial.tried, trial.met, trial.events[0].type], [1, 1, 'book.created'])
})

test('a wildcard that covers nothing is refused like a name that does not exist', async () => {
  await using fixture = await startFixture(library)
  for (const name of ['books.*', 'book', 'book.created.*', '*.created', '**', 'BOOK.*', 'webhook.d*']) {
    const refused = await fixture.send('POST', '/v1/webhooks', { url, events: [name] })
    assert.deepEqual([name, refused.status, refused.body.errors[0].pointer], [name, 422, '#/events/0'])
  }
})

const articles = resource('article', {
  path: '/articles',
  schema: z.object({ id: z.string(), score: z.number() }),
  owner: 'account_id',
})
const older = api({ title: 'Newsroom', version: '1', base: '/v1', resources: [articles] })

/** A version that has one type more. */
function newer(): Api {
  const noted = event('article.noted', z.object({ text: z.string() }))
  const note = endpoint({
    method: 'POST',
    path: '/notes',
    emits: [noted],
    handle: ({ emit }) => emit(noted, { text: 'late' }),
  })
  return api({ title: 'Newsroom', version: '2', base: '/v1', resources: [articles], endpoints: { note } })
}

test('a type that comes later is covered, and a condition that does not fit it is not met, with the reason', async () => {
  await using first = await startFixture(older, { work: false })
  const { send, database } = first
  const free = await send('POST', '/v1/webhooks', { url, events: ['article.*'] })
  const bound = await send('POST', '/v1/webhooks', { url, events: ['article.*'], when: 'data.score > 1.0' })

  await using second = await startFixture(newer(), { store: storeAt(database), egress: { open: [] } })
  const key = await second.serving.app.accounts.issueKey(first.account, 'later')
  const { status } = await fetch(`${second.url}/v1/notes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.key}` },
  })
  assert.equal(status, 204)
  const { webhooks } = await dispatched(send)
  const verdict = (id: string) => webhooks.find((each: { webhook_id: string }) => each.webhook_id === id)
  assert.equal(verdict(free.body.id).met, true)
  assert.equal(verdict(bound.body.id).met, false)
  assert.match(verdict(bound.body.id).because, /does not fit the event's schema: .*score/)
})
