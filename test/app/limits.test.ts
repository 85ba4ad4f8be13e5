import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newKey } from '../../src/access/index.ts'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import { api, endpoint } from '../../src/contract/index.ts'
import { client } from '../e2e/client.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const [books, places] = library.resources
assert.ok(books !== undefined && places !== undefined)

const echo = endpoint({
  method: 'POST',
  path: '/echo',
  limit: { requests: 60, per: '1 hour', burst: 3 },
  handle: () => undefined,
})
const open = endpoint({
  method: 'GET',
  path: '/open',
  open: true,
  limit: { requests: 2, per: '1 hour' },
  handle: () => undefined,
})

const limited = (limits: Parameters<typeof api>[0]['limits']) =>
  api({
    title: 'Limited',
    version: '1',
    resources: [books, places],
    endpoints: { echo, open },
    ...(limits === undefined ? {} : { limits }),
  })

/** Limits count by a clock that stands still. */
const STILL = { clock: { ...systemClock, elapsed: () => 1 }, work: false }

const stolen = (url: string) => client(url, newKey('sb', 'live', systemRandom).key)

describe('a limit of an endpoint', () => {
  test('is refused with 429 when it is spent, and says when to come back', async () => {
    await using fixture = await startFixture(limited(undefined), STILL)
    const { send, serving, account, url } = fixture
    for (const left of [2, 1, 0]) {
      const { status, headers } = await send('POST', '/echo')
      assert.equal(status, 204)
      assert.equal(headers.get('ratelimit-policy'), '"echo";q=60;w=3600')
      assert.equal(headers.get('ratelimit'), `"echo";r=${left};t=${(3 - left) * 60}`)
    }
    // All keys of the account together.
    const { key } = await serving.app.accounts.issueKey(account, 'another')
    const { status, headers, body } = await client(url, key)('POST', '/echo')
    assert.deepEqual([status, body.code], [429, 'rate-limited'])
    assert.equal(headers.get('retry-after'), '60')
    assert.match(headers.get('ratelimit') ?? '', /^"echo";r=0;t=180$/)
    const xml = await send('POST', '/echo', undefined, { accept: 'application/xml' })
    assert.match(xml.body, /<code>rate-limited<\/code>/)
    // What has no limit is not touched, and another account neither.
    const free = await send('GET', '/books')
    assert.deepEqual([free.status, free.headers.get('ratelimit')], [200, null])
    assert.equal((await (await fixture.another())('POST', '/echo')).status, 204)
  })

  test('that is open counts callers without a key by their address', async () => {
    await using fixture = await startFixture(limited(undefined), { proxies: 1 })
    const status = async (from: string) =>
      (await fetch(`${fixture.url}/open`, { headers: { 'x-forwarded-for': `1.2.3.4, ${from}` } })).status
    assert.deepEqual(
      [await status('192.0.2.1'), await status('192.0.2.1'), await status('192.0.2.1')],
      [204, 204, 429],
    )
    assert.equal(await status('192.0.2.2'), 204)
    assert.equal(await status('2001:db8::1'), 204)
  })

  test('is checked before the body is read', async () => {
    await using fixture = await startFixture(limited({ account: { requests: 1, per: '1 hour' } }))
    const { send } = fixture
    assert.equal((await send('POST', '/books', { pages: 'none' })).status, 422)
    assert.equal((await send('POST', '/books', { pages: 'none' })).status, 429)
  })
})

test('limits of the account and of the key hold together, and every answer tells of both', async () => {
  const limits = { account: { requests: 3, per: '1 hour' }, key: { requests: 2, per: '1 hour' } } as const
  await using fixture = await startFixture(limited(limits))
  const { send, serving, account, url } = fixture
  const first = await send('GET', '/books')
  assert.equal(first.headers.get('ratelimit-policy'), '"account";q=3;w=3600, "key";q=2;w=3600')
  assert.equal((await send('GET', '/books/no-such')).headers.get('ratelimit')?.slice(0, 13), '"account";r=1')
  assert.equal((await send('GET', '/books')).status, 429, 'of the key')
  const another = client(url, (await serving.app.accounts.issueKey(account, 'another')).key)
  assert.equal((await another('GET', '/books')).status, 200)
  assert.equal((await another('GET', '/books')).status, 429, 'of the account')
})

test('a revoked key answers 401 even when its rate limit is spent', async () => {
  await using fixture = await startFixture(limited({ key: { requests: 1, per: '1 hour' } }))
  const { send, serving, account, url } = fixture
  const { id, key } = await serving.app.accounts.issueKey(account, 'lost')
  const lost = client(url, key)
  await lost('GET', '/books')
  assert.equal((await lost('GET', '/books')).status, 429)
  await send('DELETE', `/keys/${id}`)
  assert.equal((await lost('GET', '/books')).status, 401)
})

describe('wrong keys', () => {
  const few = { wrongKeys: { requests: 3, per: '1 hour' } } as const

  test('are limited by the address that they come from, and a right one is never refused for them', async () => {
    await using fixture = await startFixture(limited(few), STILL)
    const { send, url } = fixture
    for (let i = 0; i < 3; i++) assert.equal((await stolen(url)('GET', '/books')).status, 401)
    const { status, headers, body } = await stolen(url)('GET', '/books')
    assert.deepEqual([status, body.code], [429, 'rate-limited'])
    assert.equal(headers.get('retry-after'), '1200')
    assert.equal((await send('GET', '/books')).status, 200)
    // No key at all is no wrong one.
    assert.equal((await fetch(`${url}/books`)).status, 401)
  })

  test('and wrong sign-in links count together, and a right link is never refused for them', async () => {
    await using fixture = await startFixture(limited(few), STILL)
    const { url, serving, account } = fixture
    const signIn = (token: string) =>
      fetch(`${url}/portal/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify({ token }),
      })
    for (let i = 0; i < 3; i++) assert.equal((await signIn(`${i}`.repeat(43))).status, 401)
    const refused = await signIn('x'.repeat(43))
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '1200')
    assert.equal((await stolen(url)('GET', '/books')).status, 429)
    const { path } = await serving.app.accounts.signInLink(account)
    assert.equal((await signIn(path.split('=')[1] ?? '')).status, 204)
  })

  test('are limited unless the definition says otherwise', async () => {
    await using fixture = await startFixture(limited(undefined), STILL)
    const wrong = stolen(fixture.url)
    for (let i = 0; i < 60; i++) await wrong('GET', '/books')
    assert.equal((await wrong('GET', '/books')).status, 429)
    await using free = await startFixture(limited({ wrongKeys: null }))
    for (let i = 0; i < 61; i++) assert.equal((await stolen(free.url)('GET', '/books')).status, 401)
  })
})

describe("the application's own sign-in", () => {
  test('says whose a request without a key is, and is not asked where there is a key', async () => {
    const asked: (string | undefined)[] = []
    let account: string | undefined
    await using fixture = await startFixture(library, {
      authenticate: request => {
        asked.push(request.header('x-user'))
        return request.header('x-user') === 'ann' ? account : undefined
      },
    })
    account = fixture.account
    const made = await fixture.send('POST', '/v1/books', { title: 'Emma', pages: 1 })
    const as = async (user: string) =>
      fetch(`${fixture.url}/v1/books/${made.body.id}`, { headers: { 'x-user': user } })
    const { status, headers } = await as('ann')
    assert.deepEqual([status, headers.get('cache-control')], [200, 'no-store'])
    assert.equal((await as('bob')).status, 401)
    assert.deepEqual(asked, ['ann', 'bob'])
  })

  test('is not shown what the page of another site has a browser send with its cookies', async () => {
    let asked = 0
    await using fixture = await startFixture(library, {
      authenticate() {
        asked++
        return fixture.account
      },
    })
    const { url } = fixture
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${url}/v1/books`, { headers: { cookie: 'app=1', ...headers } })).status
    assert.equal(await status({ 'sec-fetch-site': 'cross-site' }), 401)
    assert.equal(await status({ origin: 'https://evil.example' }), 401)
    assert.equal(asked, 0)
    assert.equal(await status({ 'sec-fetch-site': 'same-origin' }), 200)
  })

  test('that fails is our own fault, and lets nobody in', async () => {
    await using fixture = await startFixture(library, {
      authenticate: () => {
        throw new Error('the sessions are gone')
      },
    })
    assert.equal((await fetch(`${fixture.url}/v1/books`)).status, 500)
    assert.equal(fixture.faults.length, 1)
  })
})
