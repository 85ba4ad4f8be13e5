import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import naughty from 'big-list-of-naughty-strings' with { type: 'json' }
import { systemClock } from '../../src/base/index.ts'
import { client, until } from '../e2e/client.ts'
import { received } from '../runtimes/raw.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { books, library } from './library.ts'
import { assertOnce, idsIn, listen, openSocket } from './streams.ts'

const add = (fixture: Fixture, titles: readonly string[]): Promise<string[]> =>
  fixture.serving.app.unit(fixture.account, async ({ on }) => {
    const made: string[] = []
    for (const title of titles) made.push((await on(books).create({ title, pages: 1 })).id)
    return made
  })

const allIds = async ({ send }: Fixture): Promise<string[]> =>
  (await send('GET', '/v1/events?order=asc&limit=100')).body.data.map(({ id }: { id: string }) => id)

/** Twenty seconds pass in one. */
const fastClock = { ...systemClock, elapsed: () => systemClock.elapsed() * 20 }

test('a stream has what happens from now on, as webhooks are sent it: the account’s own events and those of shared rows', async () => {
  await using fixture = await startFixture(library)
  const other = await fixture.another()
  await add(fixture, ['before'])
  await using stream = await listen(fixture)
  await fixture.send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  await other('POST', '/v1/books', { title: 'Theirs', pages: 1 })
  await other('POST', '/v1/places', { name: 'Highbury' })
  const heard = await stream.hears(2)
  const { body: log } = await fixture.send('GET', '/v1/events?limit=2')
  assert.deepEqual(
    heard.map(({ id, type, event }) => ({ id, type, event })),
    log.data
      .toReversed()
      .map((event: { id: string; type: string }) => ({ id: event.id, type: event.type, event })),
  )
  assert.deepEqual(fixture.faults, [])
})

test('a stream goes on exactly behind Last-Event-ID, or behind a cursor, and only with what its filters let through', async () => {
  await using fixture = await startFixture(library)
  await add(
    fixture,
    Array.from({ length: 250 }, (_, i) => `a ${i}`),
  )
  const { data } = (await fixture.send('GET', '/v1/events?order=asc&limit=3')).body
  const [first, , third] = data.map(({ id }: { id: string }) => id)
  await using behind = await listen(fixture, `/v1/events?cursor=${first}`, { 'last-event-id': third })
  await using filtered = await listen(
    fixture,
    `/v1/events?cursor=${first}&type=book.created&when=${encodeURIComponent('data.title in ["a 7", "b 1", "b 2"]')}`,
  )
  await add(fixture, ['b 0', 'b 1'])
  const titles = (await behind.hears(249)).map(({ event }) => event.data.title)
  assert.deepEqual([titles[0], titles[246], titles[247], titles[248]], ['a 3', 'a 249', 'b 0', 'b 1'])
  await add(fixture, ['b 2'])
  await fixture.send('POST', '/v1/places', { name: 'Highbury' })
  await filtered.hears(3)
  await behind.hears(251)
  assert.deepEqual(
    filtered.heard.map(({ event }) => event.data.title),
    ['a 7', 'b 1', 'b 2'],
  )
})

test('whatever text is in an event, its listener gets it as it is', async () => {
  const texts = naughty.filter((text: string) => text !== '' && text.isWellFormed() && text.length <= 90)
  const all = [...texts, 'one\ntwo\r\nthree\rfour', '\u2028id: x\u2029', '\ufeffdata: x\n\nid: y']
  await using fixture = await startFixture(library)
  await using stream = await listen(fixture)
  await add(fixture, all)
  const heard = await stream.hears(all.length)
  assert.deepEqual(
    heard.map(({ event }) => event.data.title),
    all,
  )
})

test('a stream that cannot be had is refused: a cursor of no event, a wrong type, the eleventh of an account', async () => {
  await using fixture = await startFixture(library, { limits: { streams: 12 } })
  const stream = (query = '', key = fixture.key) =>
    fetch(new URL(`/v1/events${query}`, fixture.url), {
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
    })
  const refused = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { code: string }).code,
  ]
  assert.deepEqual(await refused(await stream('?cursor=evt_00000000000000000000000001')), [
    410,
    'cursor-expired',
  ])
  assert.deepEqual(await refused(await stream('?cursor=yesterday')), [400, 'invalid-cursor'])
  assert.deepEqual(await refused(await stream('?type=book.burnt')), [400, 'invalid-query'])
  const { app } = fixture.serving
  const { key: narrow } = await app.accounts.issueKey(fixture.account, 'narrow', { scopes: ['books:read'] })
  assert.deepEqual(await refused(await stream('', narrow)), [403, 'scope-missing'])
  const open = await Promise.all(Array.from({ length: 12 }, () => stream()))
  const [eleventh = assert.fail(), twelfth = assert.fail()] = open.filter(({ status }) => status !== 200)
  assert.equal(eleventh.headers.get('retry-after'), '5')
  assert.deepEqual(await refused(eleventh), [429, 'too-many-streams'])
  assert.equal(twelfth.status, 429)
  const { key } = await app.accounts.issueKey(await app.accounts.create('other'), 'test')
  const others = await Promise.all([stream('', key), stream('', key)])
  assert.deepEqual(
    others.map(({ status }) => status),
    [200, 200],
  )
  const third = await stream('', key)
  assert.deepEqual(await refused(third), [503, 'unavailable'])
  const [ours] = open.filter(({ status }) => status === 200)
  await ours?.body?.cancel()
  const again = await until(
    () => stream('', key),
    ({ status }) => status === 200,
    'a free place',
  )
  for (const each of [...open, ...others, again]) if (!each.bodyUsed) await each.body?.cancel()
})

test('a stream whose key is revoked, rolled or past its time ends within seconds, and so does one of a session that is over', async () => {
  await using fixture = await startFixture(library, { clock: fastClock })
  const { app } = fixture.serving
  const issue = () => app.accounts.issueKey(fixture.account, 'streaming')
  const keys = await Promise.all([issue(), issue(), issue()])
  const { path } = await app.accounts.signInLink(fixture.account)
  const signedIn = await fetch(new URL('/portal/session', fixture.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ token: path.split('=')[1] }),
  })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const open = async (headers: Record<string, string>) => {
    const answer = await fetch(new URL('/v1/events', fixture.url), {
      headers: { accept: 'text/event-stream', ...headers },
    })
    assert.equal(answer.status, 200)
    return answer
  }
  const stays = await open({ authorization: `Bearer ${fixture.key}` })
  const streams = await Promise.all([
    ...keys.map(({ key }) => open({ authorization: `Bearer ${key}` })),
    open({ cookie, 'sec-fetch-site': 'same-origin' }),
  ])
  const [revoked, rolled, expiring] = keys
  await fixture.send('DELETE', `/v1/keys/${revoked.id}`)
  await fixture.send('POST', `/v1/keys/${rolled.id}/roll`, { overlap: 0 })
  await fixture.send('POST', `/v1/keys/${expiring.id}/roll`, { overlap: 1 })
  await app.accounts.signOut(fixture.account)
  const began = performance.now()
  const texts = await Promise.all(streams.map(answer => answer.text()))
  assert.ok(performance.now() - began < 5_000)
  for (const text of texts) assert.match(text, /^retry: \d+\nid: evt_0+\n\n/)
  await add(fixture, ['a'])
  const reader = stays.body?.getReader()
  let text = ''
  while (!text.includes('book.created')) text += Buffer.from((await reader?.read())?.value ?? []).toString()
  await reader?.cancel()
})

test('where nothing happens a comment is sent every 15 seconds', async () => {
  await using fixture = await startFixture(library, { clock: fastClock })
  const socket = openSocket(fixture)
  const text = received(socket)
  await until(
    async () => text(),
    all => all.split('\r\n:\n\n').length > 2,
    'two comments',
  )
  socket.destroy()
})

test('closing ends all streams at once, and whoever comes back has missed nothing', async () => {
  await using fixture = await startFixture(library)
  const socket = openSocket(fixture)
  const text = received(socket)
  await once(socket, 'data')
  await add(fixture, ['a', 'b'])
  await until(
    async () => idsIn(text()).length,
    count => count === 2,
    'two events',
  )
  const all = await allIds(fixture)
  const began = performance.now()
  await fixture.serving.close()
  assert.ok(performance.now() - began < 2_000)
  assertOnce(idsIn(text()), all)
  assert.ok(text().endsWith('0\r\n\r\n'), 'it ends as it should')
  assert.deepEqual(fixture.faults, [])
})

test('a stream is neither compressed nor kept, and HTTP/1.0 has it until the connection closes', async () => {
  await using fixture = await startFixture(library)
  const sockets = ['1.1', '1.0'].map(version =>
    openSocket(fixture, { version, fields: 'Accept-Encoding: gzip, br, zstd\r\n' }),
  )
  const texts = sockets.map(received)
  await Promise.all(sockets.map(socket => once(socket, 'data')))
  await add(fixture, ['a'])
  for (const text of texts) {
    await until(
      async () => idsIn(text()).length,
      count => count === 1,
      'an event',
    )
    assert.match(text(), /^HTTP\/1\.1 200 OK\r\n/)
    assert.match(
      text(),
      /\r\ncontent-type: text\/event-stream\r\ncache-control: no-store\r\nx-accel-buffering: no\r\n/i,
    )
    assert.doesNotMatch(text(), /content-encoding|content-length/i)
  }
  assert.match(texts[0]?.() ?? '', /transfer-encoding: chunked/i)
  assert.doesNotMatch(texts[1]?.() ?? '', /transfer-encoding/i)
  for (const socket of sockets) socket.destroy()
})

test('a HEAD opens no stream, and what is opened and then not sent is given up', async () => {
  await using fixture = await startFixture(library, { limits: { accountStreams: 2 }, clock: fastClock })
  const ask = (method: string, fields: Record<string, string> = {}) =>
    fetch(new URL('/v1/events', fixture.url), {
      method,
      headers: { authorization: `Bearer ${fixture.key}`, accept: 'text/event-stream', ...fields },
    })
  const head = await ask('HEAD')
  assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/event-stream'])
  assert.equal((await ask('GET', { 'if-match': '"x"' })).status, 412)
  assert.equal((await ask('GET', { 'if-none-match': '*' })).status, 304)
  const opened = await until(
    () => ask('GET'),
    ({ status }) => status === 200,
    'the place that a refused request took',
  )
  await opened.body?.cancel()
})

test('a key of another account hears nothing of it, whatever it asks for', async () => {
  await using fixture = await startFixture(library)
  const { accounts } = fixture.serving.app
  const { key } = await accounts.issueKey(await accounts.create('other'), 'test')
  await using theirs = await listen(
    { url: fixture.url, key },
    '/v1/events?cursor=evt_00000000000000000000000000',
  )
  await add(fixture, ['a'])
  await client(fixture.url, key)('POST', '/v1/places', { name: 'Highbury' })
  const heard = await theirs.hears(1)
  assert.deepEqual(
    heard.map(({ type }) => type),
    ['place.created'],
  )
})
