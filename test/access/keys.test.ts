import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/index.ts'
import { type Fixture, startFixture } from '../app/fixture.ts'
import { library } from '../app/library.ts'
import { client, type Send, until } from '../e2e/client.ts'

interface Made {
  readonly id: string
  readonly send: Send
}

/** A key of the fixture's account, on these terms. */
async function keyOf({ url, send }: Fixture, terms: object): Promise<Made> {
  const { status, body } = await send('POST', '/v1/keys', { name: 'made', ...terms })
  assert.equal(status, 201, JSON.stringify(body))
  return { id: body.id, send: client(url, body.key) }
}

const book = { title: 'Emma', pages: 474 }

test('a key does what its scopes say, and learns which one is missing for the rest', async () => {
  await using fixture = await startFixture(library)
  const { send } = await keyOf(fixture, { scopes: ['books:read'] })
  assert.equal((await send('GET', '/v1/books')).status, 200)
  const refused = await send('POST', '/v1/books', book)
  assert.equal(refused.status, 403)
  assert.equal(refused.body.code, 'scope-missing')
  assert.match(refused.body.detail, /books:write/)
  assert.equal(
    refused.headers.get('www-authenticate'),
    'Bearer realm="api", error="insufficient_scope", scope="books:write"',
  )
  // Open endpoints ask for no scope.
  assert.equal((await send('GET', '/v1/places')).status, 200)
  const xml = await send('POST', '/v1/books', book, { accept: 'application/xml' })
  assert.match(xml.body, /<code>scope-missing<\/code>/)
})

test('a scope is refused before the body is read, so that nobody without it learns of the schema', async () => {
  await using fixture = await startFixture(library)
  const { send } = await keyOf(fixture, { scopes: ['books:read'] })
  assert.equal((await send('POST', '/v1/books', { pages: 'none' })).status, 403)
})

test('no key makes, or rolls, one that may do more than it may', async () => {
  await using fixture = await startFixture(library)
  const { id: strong } = await keyOf(fixture, {})
  const maker = await keyOf(fixture, { scopes: ['keys:write', 'books:read'] })
  const make = (terms: object) => maker.send('POST', '/v1/keys', { name: 'more', ...terms })
  for (const scopes of [null, ['books:write'], ['books:read', 'keys:read']]) {
    const { status, body } = await make({ scopes })
    assert.deepEqual([status, body.code], [403, 'scope-missing'], JSON.stringify(scopes))
  }
  assert.deepEqual((await make({})).body.scopes, ['keys:write', 'books:read'])
  assert.deepEqual((await make({ scopes: ['books:read'] })).body.scopes, ['books:read'])
  const rolled = await maker.send('POST', `/v1/keys/${strong}/roll`, {})
  assert.deepEqual([rolled.status, rolled.body.code], [403, 'scope-missing'])
})

test('a webhook is saved only by who may read events', async () => {
  await using fixture = await startFixture(library)
  const webhook = { url: fixture.url, events: ['book.created'] }
  const blind = await keyOf(fixture, { scopes: ['webhooks:write'] })
  const refused = await blind.send('POST', '/v1/webhooks', webhook)
  assert.equal(refused.status, 403)
  assert.match(refused.body.detail, /events:read/)
  const seeing = await keyOf(fixture, { scopes: ['webhooks:write', 'events:read'] })
  const made = await seeing.send('POST', '/v1/webhooks', webhook)
  assert.equal(made.status, 201)
  assert.equal((await blind.send('PATCH', `/v1/webhooks/${made.body.id}`, { paused: true })).status, 403)
})

test('terms that a key could not be used on are refused, each at its place', async () => {
  await using fixture = await startFixture(library)
  const pointers = async (terms: object): Promise<unknown> => {
    const { status, body } = await fixture.send('POST', '/v1/keys', { name: 'x', ...terms })
    assert.equal(status, 422)
    return body.errors.map((error: { pointer: string }) => error.pointer)
  }
  assert.deepEqual(await pointers({ scopes: ['books:read', 'books:burn'] }), ['#/scopes/1'])
  assert.deepEqual(await pointers({ addresses: ['10.0.0.0/99'] }), ['#/addresses/0'])
  assert.deepEqual(await pointers({ expires_at: '2001-01-01T00:00:00Z' }), ['#/expires_at'])
  assert.deepEqual(await pointers({ scopes: [] }), ['#/scopes'])
  const { accounts } = fixture.serving.app
  await assert.rejects(accounts.issueKey(fixture.account, 'x', { scopes: ['books:burn'] }), /no such scope/)
})

test('a key is refused from its time on, as one that never was', async () => {
  let ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead }
  await using fixture = await startFixture(library, { clock })
  const expires_at = new Date(clock.now() + 60_000).toISOString()
  const { send } = await keyOf(fixture, { expires_at })
  assert.equal((await send('GET', '/v1/books')).status, 200)
  ahead = 60_000
  const late = await send('GET', '/v1/books')
  assert.deepEqual([late.status, late.body.code], [401, 'key-refused'])
})

test('rolling gives a key like the old one, which is taken until the overlap is over', async () => {
  let ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead }
  await using fixture = await startFixture(library, { clock })
  const old = await keyOf(fixture, { scopes: ['books:read'], addresses: ['127.0.0.0/8', '::1'] })
  const { status, body, headers } = await fixture.send('POST', `/v1/keys/${old.id}/roll`, { overlap: 3600 })
  assert.equal(status, 201)
  assert.equal(headers.get('location'), `/v1/keys/${body.id}`)
  assert.deepEqual([body.name, body.scopes, body.expires_at], ['made', ['books:read'], null])
  assert.deepEqual(body.addresses, ['127.0.0.0/8', '::1'])
  const next = client(fixture.url, body.key)
  for (const send of [old.send, next]) assert.equal((await send('GET', '/v1/books')).status, 200)
  ahead = 3_600_000
  assert.equal((await old.send('GET', '/v1/books')).status, 401)
  assert.equal((await next('GET', '/v1/books')).status, 200)
  const again = await fixture.send('POST', `/v1/keys/${old.id}/roll`, {})
  assert.deepEqual([again.status, again.body.code], [409, 'key-inactive'])
})

test('rolling without an overlap ends the old key at once, and never lets it live longer', async () => {
  await using fixture = await startFixture(library)
  const leaked = await keyOf(fixture, {})
  assert.equal((await fixture.send('POST', `/v1/keys/${leaked.id}/roll`, {})).status, 201)
  assert.equal((await leaked.send('GET', '/v1/books')).status, 401)
  const expires_at = new Date(Date.now() + 5000).toISOString()
  const short = await keyOf(fixture, { expires_at })
  await fixture.send('POST', `/v1/keys/${short.id}/roll`, { overlap: 3600 })
  assert.equal((await fixture.send('GET', `/v1/keys/${short.id}`)).body.expires_at, expires_at)
})

test('a key with a list of addresses is refused from all others', async () => {
  await using fixture = await startFixture(library)
  const near = await keyOf(fixture, { addresses: ['127.0.0.0/8', '::1'] })
  assert.equal((await near.send('GET', '/v1/books')).status, 200)
  const far = await keyOf(fixture, { addresses: ['198.51.100.0/24'] })
  const refused = await far.send('GET', '/v1/books', undefined, { 'x-forwarded-for': '198.51.100.1' })
  assert.deepEqual([refused.status, refused.body.code], [403, 'address-refused'])
})

test('a number of proxies that cannot be is refused at the start', async () => {
  for (const proxies of [-1, 0.5, Number.NaN]) {
    await assert.rejects(startFixture(library, { proxies }), /proxies is/)
  }
})

test('behind a proxy the list is about the address that it adds', async () => {
  await using fixture = await startFixture(library, { proxies: 1 })
  const { send } = await keyOf(fixture, { addresses: ['198.51.100.0/24'] })
  const status = async (forwarded: string) =>
    (await send('GET', '/v1/books', undefined, { 'x-forwarded-for': forwarded })).status
  assert.equal(await status('198.51.100.1'), 200)
  assert.equal(await status('198.51.100.1, 203.0.113.5'), 403)
})

test('the last use of a key is noted, once a minute at most', async () => {
  let ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead }
  await using fixture = await startFixture(library, { clock })
  const { id, send } = await keyOf(fixture, {})
  const lastUse = async () => (await fixture.send('GET', `/v1/keys/${id}`)).body.last_used_at
  assert.equal(await lastUse(), null)
  for (let i = 0; i < 20; i++) await send('GET', '/v1/books')
  const first = await until(lastUse, at => at !== null, 'the first use')
  assert.ok(Math.abs(Date.parse(first) - clock.now()) < 30_000)
  for (let i = 0; i < 20; i++) await send('GET', '/v1/books')
  assert.equal(await lastUse(), first)
  ahead = 60_000
  await send('GET', '/v1/books')
  await until(lastUse, at => at !== first, 'another use')
})
