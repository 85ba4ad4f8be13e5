import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFixture } from './any-store.ts'
import { library } from './library.ts'
import { askRaw } from './raw.ts'

const origin = 'https://app.example.com'
const preflight = {
  origin,
  'access-control-request-method': 'PATCH',
  'access-control-request-headers': 'authorization,if-match',
}

test('without a word about it no origin is let in', async () => {
  await using fixture = await startFixture(library)
  for (const [method, headers] of [
    ['GET', { origin, authorization: `Bearer ${fixture.key}` }],
    ['OPTIONS', preflight],
  ] as const) {
    const answer = await askRaw(new URL('/v1/books', fixture.url), { method, headers: { ...headers } })
    const names = Object.keys(answer.headers).filter(name => name.startsWith('access-control-'))
    assert.deepEqual(names, [])
  }
})

test('a page of a named origin may ask first, call, and read what it was told, problems too', async () => {
  await using fixture = await startFixture(library, { cors: { origins: [origin], maxAgeSeconds: 60 } })
  const at = (path: string): URL => new URL(path, fixture.url)
  const asked = await askRaw(at('/v1/books/x'), { method: 'OPTIONS', headers: preflight })
  assert.equal(asked.status, 204)
  assert.equal(asked.headers['access-control-allow-origin'], origin)
  assert.equal(asked.headers['access-control-allow-methods'], 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS')
  assert.match(asked.headers['access-control-allow-headers'] ?? '', /authorization.*if-match/)
  assert.equal(asked.headers['access-control-max-age'], '60')
  for (const [path, status] of [
    ['/v1/books', 200],
    ['/v1/books/x', 404],
    ['/v1/nothing', 404],
  ] as const) {
    const answer = await askRaw(at(path), { headers: { origin, authorization: `Bearer ${fixture.key}` } })
    assert.equal(answer.status, status)
    assert.equal(answer.headers['access-control-allow-origin'], origin)
    assert.match(answer.headers['access-control-expose-headers'] ?? '', /etag/)
    assert.equal(answer.headers.vary, 'accept, accept-encoding, origin')
  }
})

test('a page of another origin learns nothing, but a cache learns that it depends on the origin', async () => {
  await using fixture = await startFixture(library, { cors: { origins: [origin] } })
  for (const other of ['https://evil.example', 'null', `${origin}.evil.example`]) {
    for (const [method, more] of [
      ['GET', {}],
      ['OPTIONS', preflight],
    ] as const) {
      const headers = { ...more, origin: other }
      const answer = await askRaw(new URL('/v1/places', fixture.url), { method, headers })
      const names = Object.keys(answer.headers).filter(name => name.startsWith('access-control-'))
      assert.deepEqual(names, [])
      assert.equal(answer.headers.vary, 'accept, accept-encoding, origin')
    }
  }
})

test('the portal and its sessions are for their own origin only', async () => {
  await using fixture = await startFixture(library, { cors: { origins: '*' } })
  const session = await askRaw(new URL('/portal/session', fixture.url), { headers: { origin } })
  assert.equal(session.headers['access-control-allow-origin'], undefined)
  const open = await askRaw(new URL('/v1/places', fixture.url), { headers: { origin } })
  assert.equal(open.headers['access-control-allow-origin'], '*')
  assert.equal(open.headers['access-control-allow-credentials'], undefined)
})

test('what is no origin is refused before anything is opened', async () => {
  await assert.rejects(
    startFixture(library, { cors: { origins: [`${origin}/`] } }),
    /write 'https:\/\/app\.example\.com'/,
  )
})
