import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cookieValue, sessionCookie } from '../../src/access/index.ts'
import { startFixture } from '../app/fixture.ts'
import { library } from '../app/library.ts'
import { ask, freshLink, OWN_PAGE, signIn, spend } from '../app/portal-client.ts'

const JSON_BODY = { 'content-type': 'application/json' }
const BOOK = JSON.stringify({ title: 'Emma', pages: 474 })

test('a page of another site does nothing with the cookie that its visitor has here', async () => {
  await using fixture = await startFixture(library, { work: false })
  const { url } = fixture
  const { cookie = '' } = await signIn(fixture)
  const host = new URL(url).host
  const post = async (from: Record<string, string>) =>
    (await ask(url, 'POST', '/v1/books', { ...JSON_BODY, cookie, ...from }, BOOK)).status
  const elsewhere = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin, cross-site' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'cross-site', origin: `http://${host}` },
    { origin: 'https://evil.example' },
    { origin: `http://${host}.evil.example` },
    { origin: `http://evil.example/http://${host}` },
    { origin: 'http://127.0.0.1' },
    { origin: host },
    { origin: 'null' },
    {},
  ]
  for (const from of elsewhere) assert.deepEqual([from, await post(from)], [from, 401])
  assert.equal((await fixture.send('GET', '/v1/books')).body.data.length, 0)
  for (const from of [{ 'sec-fetch-site': 'same-origin' }, { origin: `http://${host}` }]) {
    assert.deepEqual([from, await post(from)], [from, 201])
  }
})

test('a page of another site reads nothing, but an address that is typed in does', async () => {
  await using fixture = await startFixture(library, { work: false })
  const { cookie = '' } = await signIn(fixture)
  const get = async (from: Record<string, string>) => {
    const answer = await ask(fixture.url, 'GET', '/v1/books', { cookie, ...from })
    return answer.body.code ?? answer.status
  }
  for (const site of ['cross-site', 'same-site']) {
    assert.equal(await get({ 'sec-fetch-site': site }), 'key-missing')
  }
  assert.equal(await get({ origin: 'https://evil.example' }), 'key-missing')
  assert.equal(await get({ 'sec-fetch-site': 'none' }), 200)
  // A browser over plain http says nothing of where a GET comes from, and keeps the cookie back where it is another site.
  assert.equal(await get({}), 200)
})

test('a page of another site signs nobody in and nobody out', async () => {
  await using fixture = await startFixture(library, { work: false })
  const fields = await signIn(fixture)
  const token = await freshLink(fixture)
  for (const from of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}]) {
    const signIn = await spend(fixture.url, token, from)
    assert.deepEqual([signIn.status, signIn.body.code], [401, 'signed-out'])
    const { cookie = '' } = fields
    const out = await ask(fixture.url, 'DELETE', '/portal/session', { cookie, ...from })
    assert.equal(out.status, 401)
    assert.equal(out.headers.get('set-cookie'), null)
  }
  assert.equal((await ask(fixture.url, 'GET', '/portal/session', fields)).status, 200)
  assert.equal((await spend(fixture.url, token)).status, 204)
})

test('a key wins over a cookie, from wherever it comes, and a wrong key is refused in spite of one', async () => {
  await using fixture = await startFixture(library, { work: false })
  const other = await fixture.serving.app.accounts.create('other')
  const fields = await signIn(fixture, other)
  await fixture.send('POST', '/v1/books', JSON.parse(BOOK))
  const get = (key: string, site: string) =>
    ask(fixture.url, 'GET', '/v1/books', {
      ...fields,
      'sec-fetch-site': site,
      authorization: `Bearer ${key}`,
    })
  for (const site of ['same-origin', 'cross-site']) {
    assert.equal((await get(fixture.key, site)).body.data.length, 1)
    assert.equal((await get('sb_wrong', site)).body.code, 'key-refused')
  }
})

test('an open endpoint does without a session, and with one that is over', async () => {
  await using fixture = await startFixture(library, { work: false })
  const fields = await signIn(fixture)
  await fixture.serving.app.accounts.signOut(fixture.account)
  assert.equal((await ask(fixture.url, 'GET', '/v1/places', fields)).status, 200)
})

test('of two cookies of the name neither is taken, and a cookie of another name is none', async () => {
  await using fixture = await startFixture(library, { work: false })
  const { cookie = '' } = await signIn(fixture)
  const status = async (sent: string) =>
    (await ask(fixture.url, 'GET', '/v1/books', { ...OWN_PAGE, cookie: sent })).status
  assert.equal(await status(cookie), 200)
  assert.equal(await status(`theme=dark; ${cookie};seen=1`), 200)
  const token = cookie.slice('signalbox='.length)
  const refused = [
    `${cookie}; ${cookie}`,
    `${cookie}; signalbox=${'A'.repeat(43)}`,
    `signalbox=; ${cookie}`,
    `xsignalbox=${token}`,
    `Signalbox=${token}`,
    `signalbox="${token}"`,
    `signalbox=${token}A`,
    `signalbox =${token}`,
    `other="; ${cookie.replace('=', '%3d')}"`,
    'signalbox=',
    'signalbox',
    ';;;',
  ]
  for (const each of refused) assert.deepEqual([each, await status(each)], [each, 401])
})

test('a Cookie field as long as fields may be costs nothing to speak of, and one that is longer is a 431', async () => {
  await using fixture = await startFixture(library, { work: false })
  const { cookie = '' } = await signIn(fixture)
  const get = (sent: string) => ask(fixture.url, 'GET', '/v1/books', { ...OWN_PAGE, cookie: sent })
  assert.equal((await get(`${'a=b;'.repeat(3_800)}${cookie}`)).status, 200)
  assert.equal((await get(`${';'.repeat(15_000)}${cookie}`)).status, 200)
  assert.equal((await get(`${'signalbox=x;'.repeat(1_200)}${cookie}`)).status, 401)
  assert.equal((await get(`${'a=b;'.repeat(10_000)}${cookie}`)).status, 431)
})

test('the token that is read is the one that was set, among any other cookies', () => {
  const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/).filter(each => each !== 'signalbox')
  const value = fc.stringMatching(/^[!#-+\--:<-[\]-~]{0,40}$/)
  const others = fc.array(fc.tuple(name, value).map(([n, v]) => `${n}=${v}`))
  const token = fc.stringMatching(/^[\w-]{43}$/)
  fc.assert(
    fc.property(others, token, others, (before, set, after) => {
      const fields: Record<string, string> = {
        ...OWN_PAGE,
        cookie: [...before, `signalbox=${set}`, ...after].join('; '),
      }
      const request = { method: 'POST', header: (of: string) => fields[of] }
      assert.equal(cookieValue(request, sessionCookie(undefined)), set)
    }),
  )
})
