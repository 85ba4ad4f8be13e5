import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/index.ts'
import { openApp } from '../../src/runtimes/node/index.ts'
import type { OpenStore } from '../../src/store/index.ts'
import { rowsIn } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'
import { ask, cookieOf, freshLink, OWN_PAGE, signIn, spend } from './portal-client.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 10, 23, 8)

/** A wall clock that is set by hand. */
function handClock() {
  let now = START
  return {
    ...systemClock,
    now: () => now,
    set(to: number) {
      now = to
    },
  }
}

const storedIn = (database: string) => rowsIn(database, 'select * from signalbox_sign_ins')

test('a link signs in: a cookie that no script reads and no other site sends, and a session that tells who', async () => {
  const clock = handClock()
  await using fixture = await startFixture(library, { clock, work: false })
  const { url, serving } = fixture
  const account = await serving.app.accounts.create('Müller & <script>alert(1)</script>')
  const link = await serving.app.accounts.signInLink(account)
  assert.match(link.path, /^\/portal#sign-in=[\w-]{43}$/)
  assert.equal(link.expires_at, '2026-11-23T09:00:00.000Z')

  const signedIn = await spend(url, link.path.slice('/portal#sign-in='.length))
  assert.equal(signedIn.status, 204)
  assert.match(
    signedIn.headers.get('set-cookie') ?? '',
    /^signalbox=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
  )
  assert.equal(signedIn.headers.get('cache-control'), 'no-store')

  const session = await ask(url, 'GET', '/portal/session', {
    cookie: cookieOf(signedIn.headers),
    ...OWN_PAGE,
  })
  assert.deepEqual(session.body, {
    title: 'Library',
    base: '/v1',
    docs: '/docs',
    scopes: [...new Set(fixture.serving.app.routes.flatMap(route => route.scopes))].toSorted(),
    account: { id: account, name: 'Müller & <script>alert(1)</script>' },
    expires_at: '2026-11-23T20:00:00.000Z',
  })
  assert.equal(session.headers.get('content-type'), 'application/json')
  assert.equal(session.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(session.headers.get('cache-control'), 'no-store')
})

test('of a link and a session only the SHA-256 is stored', async () => {
  await using fixture = await startFixture(library, { work: false })
  const spent = await freshLink(fixture)
  const { headers } = await spend(fixture.url, spent)
  const [, session = ''] = cookieOf(headers).split('=')
  const unspent = await freshLink(fixture)
  const stored = await storedIn(fixture.database)
  assert.deepEqual(new Set(stored.map(row => row['kind'])), new Set(['link', 'session']))
  for (const token of [spent, session, unspent]) assert.ok(!JSON.stringify(stored).includes(token))
})

test('a link works once, also where many spend it at once', async () => {
  await using fixture = await startFixture(library, { work: false })
  const token = await freshLink(fixture)
  const all = await Promise.all(Array.from({ length: 20 }, () => spend(fixture.url, token)))
  assert.equal(all.filter(({ status }) => status === 204).length, 1)
  const later = await spend(fixture.url, token)
  assert.deepEqual([later.status, later.body.code], [401, 'sign-in-link-spent'])
  assert.equal(later.headers.get('set-cookie'), null)
})

test('a process that dies while a link is spent leaves the link, or a session', async () => {
  let dying = false
  const mortal =
    (open: OpenStore): OpenStore =>
    async () => {
      const store = await open()
      const unit: typeof store.unit = work =>
        store.unit(async tx => {
          const value = await work(tx)
          if (dying) throw new Error('killed before the commit')
          return value
        })
      return { ...store, unit }
    }
  await using first = await startFixture(library, { work: false })
  await using fixture = await startFixture(library, { work: false, store: mortal(storeAt(first.database)) })
  const token = await freshLink(fixture)
  dying = true
  assert.equal((await spend(fixture.url, token)).status, 500)
  assert.deepEqual(
    (await storedIn(first.database)).map(row => row['kind']),
    ['link'],
  )
  dying = false
  assert.equal((await spend(fixture.url, token)).status, 204)
})

test('a link is good for an hour, or as long as was asked for', async () => {
  const clock = handClock()
  await using fixture = await startFixture(library, { clock, work: false })
  const { app } = fixture.serving
  const tokens = [await freshLink(fixture), await freshLink(fixture)]
  const short = await app.accounts.signInLink(fixture.account, { validMs: 1_000 })
  clock.set(START + 1_000)
  assert.equal((await spend(fixture.url, short.path.split('=')[1])).body.code, 'sign-in-link-spent')
  clock.set(START + HOUR - 1)
  assert.equal((await spend(fixture.url, tokens[0])).status, 204)
  clock.set(START + HOUR)
  assert.equal((await spend(fixture.url, tokens[1])).body.code, 'sign-in-link-spent')
})

test('a session is over after twelve hours, however much it was used, and what is over is taken away', async () => {
  const clock = handClock()
  await using fixture = await startFixture(library, { clock, work: false })
  const fields = await signIn(fixture)
  clock.set(START + 12 * HOUR - 1)
  assert.equal((await ask(fixture.url, 'GET', '/v1/books', fields)).status, 200)
  clock.set(START + 12 * HOUR)
  const late = await ask(fixture.url, 'GET', '/v1/books', fields)
  assert.deepEqual([late.status, late.body.code], [401, 'key-missing'])
  assert.equal((await ask(fixture.url, 'GET', '/portal/session', fields)).body.code, 'signed-out')
  assert.equal((await storedIn(fixture.database)).length, 1)
  await freshLink(fixture)
  assert.deepEqual(
    (await storedIn(fixture.database)).map(row => row['kind']),
    ['link'],
  )
})

test('what is no token of a link signs nobody in, and tells nothing else', async () => {
  await using fixture = await startFixture(library, { work: false })
  const { cookie = '' } = await signIn(fixture)
  const token = await freshLink(fixture)
  const session = cookie.split('=')[1] ?? ''
  const wrong = [
    '',
    'x',
    'A'.repeat(43),
    `${token} `,
    token.slice(1),
    session,
    fixture.key,
    `${token}\n`,
    '%00',
  ]
  for (const each of wrong) {
    const { status, body } = await spend(fixture.url, each)
    assert.deepEqual([each, status, body.code], [each, 401, 'sign-in-link-spent'])
  }
  // Nor is the token of a link a session.
  const asSession = await ask(fixture.url, 'GET', '/v1/books', { ...OWN_PAGE, cookie: `signalbox=${token}` })
  assert.equal(asSession.body.code, 'key-missing')
  assert.equal((await spend(fixture.url, token)).status, 204)
})

test('a body that is no sign-in is a problem that says how, and spends nothing', async () => {
  await using fixture = await startFixture(library, { work: false })
  const token = await freshLink(fixture)
  const post = async (type: string, body: string) => {
    const answer = await ask(
      fixture.url,
      'POST',
      '/portal/session',
      { ...OWN_PAGE, 'content-type': type },
      body,
    )
    return `${answer.status} ${answer.body.code} ${answer.body.errors?.[0]?.pointer ?? ''}`.trimEnd()
  }
  const json = 'application/json'
  assert.equal(await post(json, `{"token":"${token}","pad":"${'x'.repeat(1024)}"}`), '413 body-too-large')
  assert.equal(await post(json, '{"token":'), '400 malformed-body')
  assert.equal(await post(json, `{"token":"${token}","token":"${token}"}`), '400 malformed-body')
  assert.equal(await post(json, '{}'), '422 invalid-input #/token')
  assert.equal(await post(json, '{"token":["a"]}'), '422 invalid-input #/token')
  assert.equal(await post('text/plain', `{"token":"${token}"}`), '415 unsupported-media-type')
  assert.equal(
    await post('application/x-www-form-urlencoded', `token=${token}`),
    '415 unsupported-media-type',
  )
  assert.equal((await spend(fixture.url, token)).status, 204)
})

test('a session calls the api as its account, and reads nothing of another', async () => {
  await using fixture = await startFixture(library)
  const other = await fixture.another()
  const { body: theirs } = await other('POST', '/v1/webhooks', { url: fixture.url, events: ['book.updated'] })
  const { body: mine } = await fixture.send('POST', '/v1/webhooks', {
    url: fixture.url,
    events: ['book.updated'],
  })
  const fields = await signIn(fixture)
  const listed = await ask(fixture.url, 'GET', '/v1/webhooks', fields)
  assert.deepEqual(
    listed.body.data.map((each: { id: string }) => each.id),
    [mine.id],
  )
  // Caches leave answers to an Authorization field alone, and know nothing of sessions.
  assert.equal(listed.headers.get('cache-control'), 'no-store')
  assert.equal((await fixture.send('GET', '/v1/webhooks')).headers.get('cache-control'), 'private, no-cache')
  for (const method of ['GET', 'DELETE']) {
    assert.equal((await ask(fixture.url, method, `/v1/webhooks/${theirs.id}`, fields)).status, 404)
  }
  const json = { ...fields, 'content-type': 'application/json' }
  const made = await ask(fixture.url, 'POST', '/v1/keys', json, '{"name":"by the portal"}')
  assert.equal(made.status, 201)
  assert.equal(made.headers.get('cache-control'), 'no-store')
})

test('signing out ends the session at once, also for other processes on the database', async () => {
  await using fixture = await startFixture(library, { work: false })
  await using second = await startFixture(library, { work: false, store: storeAt(fixture.database) })
  const fields = await signIn(fixture)
  assert.equal((await ask(second.url, 'GET', '/v1/books', fields)).status, 200)
  const out = await ask(fixture.url, 'DELETE', '/portal/session', fields)
  assert.equal(out.status, 204)
  assert.match(
    out.headers.get('set-cookie') ?? '',
    /^signalbox=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/,
  )
  assert.equal((await ask(second.url, 'GET', '/v1/books', fields)).status, 401)
  assert.equal((await ask(second.url, 'GET', '/portal/session', fields)).status, 401)
})

test('accounts.signOut ends all sessions and links of the account, and of no other', async () => {
  await using fixture = await startFixture(library, { work: false })
  const { accounts } = fixture.serving.app
  const neighbour = await accounts.create('neighbour')
  const mine = [await signIn(fixture), await signIn(fixture)]
  const link = await freshLink(fixture)
  const theirs = await signIn(fixture, neighbour)
  await accounts.signOut(fixture.account)
  for (const fields of mine) assert.equal((await ask(fixture.url, 'GET', '/v1/books', fields)).status, 401)
  assert.equal((await spend(fixture.url, link)).status, 401)
  assert.equal((await ask(fixture.url, 'GET', '/v1/books', theirs)).status, 200)
})

test('a link is for an account that there is', async () => {
  await using fixture = await startFixture(library, { work: false })
  await assert.rejects(
    fixture.serving.app.accounts.signInLink('acc_nobody'),
    /there is no account 'acc_nobody'/,
  )
})

test('a server behind https has a cookie that only https carries and only this host sets, and takes no other', async () => {
  await using fixture = await startFixture(library, { work: false, publicUrl: 'https://api.example.com' })
  const { headers } = await spend(fixture.url, await freshLink(fixture))
  assert.match(
    headers.get('set-cookie') ?? '',
    /^__Host-signalbox=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  )
  const cookie = cookieOf(headers)
  const status = async (sent: string) =>
    (await ask(fixture.url, 'GET', '/v1/books', { ...OWN_PAGE, cookie: sent })).status
  assert.equal(await status(cookie), 200)
  assert.equal(await status(cookie.replace('__Host-', '')), 401)
})

test('a public address that is none is refused at the start', async () => {
  for (const publicUrl of ['api.example.com', '', 'ftp://example.com', 'https://']) {
    await assert.rejects(
      openApp(library, { store: () => assert.fail('opened'), publicUrl }),
      /publicUrl is .*: give it whole/,
    )
  }
})

test('/portal/session says what it takes', async () => {
  await using fixture = await startFixture(library, { work: false })
  const put = await ask(fixture.url, 'PUT', '/portal/session')
  assert.deepEqual([put.status, put.body.code], [405, 'method-not-allowed'])
  assert.equal(put.headers.get('allow'), 'GET, HEAD, POST, DELETE, OPTIONS')
  // A page elsewhere that asks whether it may is not told that it may.
  const asked = await ask(fixture.url, 'OPTIONS', '/portal/session', { origin: 'https://evil.example' })
  assert.equal(asked.status, 204)
  assert.equal(asked.headers.get('access-control-allow-origin'), null)
  const signedOut = await ask(fixture.url, 'GET', '/portal/session', OWN_PAGE)
  assert.deepEqual([signedOut.status, signedOut.body.code], [401, 'signed-out'])
  assert.match(signedOut.headers.get('request-id') ?? '', /^req_/)
  assert.ok(signedOut.headers.has('www-authenticate'))
})
