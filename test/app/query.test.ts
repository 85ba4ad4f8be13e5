import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, endpoint, resource } from '../../src/contract/index.ts'
import { startFixture } from './fixture.ts'
import { askRaw } from './raw.ts'

const Song = z.object({ id: z.string(), title: z.string() })
const songs = resource('song', { path: '/songs', schema: Song, owner: 'account_id' })

const findSongs = endpoint({
  method: 'QUERY',
  path: '/songs',
  input: z.object({ titles: z.array(z.string()).min(1) }),
  output: z.object({ found: z.array(Song) }),
  handle: async ({ input, on }) => {
    const { data } = await on(songs).list({ limit: 100 })
    return { found: data.filter(({ title }) => input.titles.includes(title)) }
  },
})
const writes = endpoint({
  method: 'QUERY',
  path: '/writes',
  handle: async ({ on }) => {
    // As from a program without types.
    await (on(songs) as unknown as { create(value: object): Promise<unknown> }).create({ title: 'never' })
  },
})
const music = api({ title: 'Music', version: '1', resources: [songs], endpoints: { findSongs, writes } })

test('a QUERY reads its input from a body in any format, and answers in any', async () => {
  await using fixture = await startFixture(music)
  const { send, url, key } = fixture
  const { body: song } = await send('POST', '/songs', { title: 'One' })
  const found = await send('QUERY', '/songs', { titles: ['One', 'Two'] })
  assert.deepEqual([found.status, found.body], [200, { found: [song] }])
  for (const [type, text] of [
    ['application/xml', '<find_songs_input><titles>One</titles></find_songs_input>'],
    ['application/x-www-form-urlencoded', 'titles=One'],
  ] as const) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': type, accept: 'application/xml' }
    const answer = await askRaw(new URL('/songs', url), {
      method: 'QUERY',
      headers: { ...headers, 'content-length': String(text.length) },
      body: text,
    })
    assert.equal(answer.status, 200, answer.body.toString())
    assert.match(answer.body.toString(), /<title>One<\/title>/)
  }
})

test('a QUERY is safe: it cannot write, keeps nothing under a key, and may be spared (RFC 10008 §2)', async () => {
  await using fixture = await startFixture(music)
  const { send } = fixture
  assert.equal(
    (await send('QUERY', '/writes', undefined, { 'content-type': 'application/json' })).status,
    500,
  )
  const asked = { titles: ['One'] }
  const first = await send('QUERY', '/songs', asked, { 'idempotency-key': 'a' })
  assert.equal(first.headers.get('cache-control'), 'private, no-cache')
  const etag = first.headers.get('etag') ?? ''
  assert.equal((await send('QUERY', '/songs', asked, { 'if-none-match': etag })).status, 304)
  await send('POST', '/songs', { title: 'One' })
  const again = await send('QUERY', '/songs', asked, { 'idempotency-key': 'a', 'if-none-match': etag })
  assert.deepEqual([again.status, again.body.found.length], [200, 1])
})

test('what a QUERY may be written in is told by OPTIONS and 405 (RFC 10008 §3)', async () => {
  await using fixture = await startFixture(music)
  for (const method of ['OPTIONS', 'PUT']) {
    const { headers } = await fixture.send(method, '/songs')
    assert.equal(headers.get('allow'), 'GET, HEAD, QUERY, POST, OPTIONS')
    assert.equal(
      headers.get('accept-query'),
      'application/json, application/xml, text/xml, application/x-www-form-urlencoded',
    )
  }
  assert.equal((await fixture.send('OPTIONS', '/keys')).headers.get('accept-query'), null)
})

test('a body that does not fit is refused as everywhere, one without a type is a 415', async () => {
  await using fixture = await startFixture(music)
  const refused = await fixture.send('QUERY', '/songs', { titles: [] })
  assert.deepEqual([refused.status, refused.body.errors[0].pointer], [422, '#/titles'])
  assert.equal((await fixture.send('QUERY', '/songs')).status, 415)
})

test('a QUERY cannot emit', () => {
  const event = { kind: 'event', name: 'a.b', schema: Song } as const
  assert.throws(() => endpoint({ method: 'QUERY', path: '/a', emits: [event] }), /a QUERY cannot emit/)
})
