import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWellFormedKey, newKey } from '../../src/access/index.ts'
import { systemRandom } from '../../src/base/index.ts'
import { startFixture } from '../app/fixture.ts'
import { library } from '../app/library.ts'
import { until } from '../e2e/client.ts'
import { rowsIn } from '../other-program.ts'

test('a key is its prefix, 30 random digits and a checksum that scanners can recompute', () => {
  const { key, hint } = newKey('news', 'live', systemRandom)
  assert.match(key, /^news_[0-9A-Za-z]{36}$/)
  assert.ok(isWellFormedKey(key))
  assert.equal(hint, `news_…${key.slice(-4)}`)
  for (let at = 5; at < key.length; at++) {
    const wrong = key.slice(0, at) + (key[at] === 'x' ? 'y' : 'x') + key.slice(at + 1)
    assert.ok(!isWellFormedKey(wrong), wrong)
  }
})

test('a key is taken as Bearer token, and by Basic as the user or as the password', async () => {
  await using fixture = await startFixture(library)
  const { url, key } = fixture
  const status = async (authorization: string): Promise<number> =>
    (await fetch(new URL('/v1/books', url), { headers: { authorization } })).status
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  assert.equal(await status(`Bearer ${key}`), 200)
  assert.equal(await status(`bearer ${key}`), 200)
  assert.equal(await status(basic(`${key}:`)), 200)
  assert.equal(await status(basic(`anyone:${key}`)), 200)
  const other = newKey('sb', 'live', systemRandom).key
  for (const wrong of [`Bearer ${other}`, `Bearer ${key}x`, basic('a:b'), `Digest ${key}`, 'Bearer', 'x']) {
    assert.equal(await status(wrong), 401, wrong)
  }
})

test('a key is shown once, and only its SHA-256 is stored', async () => {
  await using fixture = await startFixture(library)
  const { send, url, database } = fixture
  const made = await send('POST', '/v1/keys', { name: 'laptop' })
  assert.equal(made.status, 201)
  assert.equal(made.headers.get('location'), `/v1/keys/${made.body.id}`)
  const listed = await send('GET', '/v1/keys')
  assert.deepEqual(
    listed.body.data.map((k: { name: string }) => k.name),
    ['laptop', 'test'],
  )
  assert.ok(!JSON.stringify(listed.body).includes(made.body.key))
  const stored = JSON.stringify(await rowsIn(database, 'select * from signalbox_keys'))
  assert.ok(!stored.includes(made.body.key.slice(8, 38)))
  const used = await fetch(new URL('/v1/books', url), {
    headers: { authorization: `Bearer ${made.body.key}` },
  })
  assert.equal(used.status, 200)
})

test('a revoked key is refused from the next request on, and stays in the list', async () => {
  await using fixture = await startFixture(library)
  const { send, url } = fixture
  const { body: made } = await send('POST', '/v1/keys', { name: 'lost' })
  assert.equal((await send('DELETE', `/v1/keys/${made.id}`)).status, 204)
  const used = await fetch(new URL('/v1/books', url), { headers: { authorization: `Bearer ${made.key}` } })
  assert.equal(used.status, 401)
  assert.equal(((await used.json()) as { code: string }).code, 'key-refused')
  assert.notEqual((await send('GET', `/v1/keys/${made.id}`)).body.revoked_at, null)
})

test("another account's rows are 404 on every route, with the same body as rows that never were (fault 33)", async () => {
  await using fixture = await startFixture(library)
  const { send, url } = fixture
  const other = await fixture.another()
  const { body: book } = await send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  const { body: webhook } = await send('POST', '/v1/webhooks', { url, events: ['book.updated'] })
  const { body: key } = await send('POST', '/v1/keys', { name: 'mine' })
  const { body: delivery } = await send('POST', `/v1/webhooks/${webhook.id}/test`)
  const { body: binding } = await send('POST', '/v1/bindings', { titles: ['a'] })
  const { body: events } = await send('GET', '/v1/events')
  const { body: requests } = await until(
    () => send('GET', '/v1/requests'),
    ({ body }) => body.data.length > 0,
    'the log of requests',
  )

  const ids = {
    books: book.id,
    webhooks: webhook.id,
    keys: key.id,
    deliveries: delivery.id,
    operations: binding.id,
    events: events.data[0].id,
    requests: requests.data[0].id,
  }
  const since = '2001-01-01T00:00:00Z'
  const bodies: Record<string, unknown> = {
    lend: { to: 'me' },
    roll: {},
    recover: { since },
    replay: { since },
  }
  let asked = 0
  for (const route of fixture.serving.app.routes) {
    const [, , name = '', param, action] = route.path.split('/')
    const id = ids[name as keyof typeof ids] as string | undefined
    if (param !== '{id}' || name === 'places') continue
    assert.ok(id !== undefined, `no row to ask for at ${route.path}`)
    const byMethod: Record<string, unknown> = {
      PUT: { title: 'Mine', pages: 1 },
      PATCH: {},
      POST: bodies[action ?? ''],
    }
    const body = byMethod[route.method]
    const theirs = await other(route.method, route.path.replace('{id}', id), body)
    const nobodys = await other(route.method, route.path.replace('{id}', `${id.slice(0, -1)}!`), body)
    assert.deepEqual([route.method, route.path, theirs.status], [route.method, route.path, 404])
    assert.deepEqual({ ...theirs.body, request_id: '' }, { ...nobodys.body, request_id: '' })
    asked++
  }
  assert.ok(asked >= 13, `only ${asked} routes were asked`)
  for (const list of ['books', 'webhooks', 'deliveries', 'operations', 'events']) {
    assert.deepEqual((await other('GET', `/v1/${list}`)).body.data, [], list)
  }
  assert.equal((await send('GET', `/v1/books/${book.id}`)).body.title, 'Emma')
})
