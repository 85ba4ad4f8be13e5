import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, endpoint, operation, testAccount } from '../../src/contract/index.ts'
import { type Fixture, startFixture } from '../app/fixture.ts'
import { library } from '../app/library.ts'
import { ask, signIn } from '../app/portal-client.ts'
import { client, type Send, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'

const TEST = { 'api-mode': 'test' }
const book = { title: 'Emma', pages: 474 }

const testKey = async ({ serving, account, url }: Fixture, terms: object = {}): Promise<Send> =>
  client(url, (await serving.app.accounts.issueKey(account, 'a test', { mode: 'test', ...terms })).key)

const titles = async (send: Send, headers = {}): Promise<string[]> =>
  (await send('GET', '/v1/books', undefined, headers)).body.data.map((row: typeof book) => row.title)

test('a key says in itself which data it is for', async () => {
  await using fixture = await startFixture(library)
  const { accounts } = fixture.serving.app
  const live = await accounts.issueKey(fixture.account, 'a')
  const tried = await accounts.issueKey(fixture.account, 'a', { mode: 'test' })
  assert.match(live.key, /^sb_[0-9A-Za-z]{36}$/)
  assert.match(tried.key, /^sb_test_/)
  assert.deepEqual([live.mode, tried.mode], ['live', 'test'])
  assert.match(tried.hint, /^sb_test_…\w{4}$/)
})

test('a live key works with test data where the request says so, with the scopes and addresses that it has', async () => {
  await using fixture = await startFixture(library)
  const { send, url } = fixture
  assert.equal((await send('POST', '/v1/books', book, TEST)).status, 201)
  const tried = await testKey(fixture)
  for (const [whose, headers, expected] of [
    [send, TEST, ['Emma']],
    [send, {}, []],
    [send, { 'api-mode': 'live' }, []],
    [tried, {}, ['Emma']],
    [tried, TEST, ['Emma']],
  ] as const) {
    assert.deepEqual(await titles(whose, headers), expected)
  }
  const { body: reader } = await send('POST', '/v1/keys', { name: 'reader', scopes: ['books:read'] })
  const refused = await client(url, reader.key)('POST', '/v1/books', book, TEST)
  assert.deepEqual([refused.status, refused.body.code], [403, 'scope-missing'])
  const { body: far } = await send('POST', '/v1/keys', { name: 'far', addresses: ['192.0.2.1'] })
  const away = await client(url, far.key)('GET', '/v1/books', undefined, TEST)
  assert.deepEqual([away.status, away.body.code], [403, 'address-refused'])
})

test('a test key reaches no live data, whatever it asks for, and makes no live key', async () => {
  await using fixture = await startFixture(library)
  await fixture.send('POST', '/v1/books', book)
  const tried = await testKey(fixture)
  for (const mode of ['live', 'Live', 'test, live', '']) {
    const { status, body } = await tried('GET', '/v1/books', undefined, { 'api-mode': mode })
    assert.deepEqual([mode, status, body.code], [mode, 403, 'mode-refused'])
  }
  const { body: made } = await tried('POST', '/v1/keys', { name: 'more', mode: 'live' })
  assert.equal(made.mode, 'test')
  assert.deepEqual(await titles(client(fixture.url, made.key)), [])
  const { body: live } = await fixture.send('GET', '/v1/keys')
  assert.equal((await tried('POST', `/v1/keys/${live.data[0].id}/roll`, {})).status, 404)
  assert.equal((await tried('DELETE', `/v1/keys/${live.data[0].id}`)).status, 404)
})

test('a live key makes test keys, rolls them with an overlap and revokes them; each is in the list and the log of its mode', async () => {
  await using fixture = await startFixture(library)
  const { send, url } = fixture
  const asTest = (method: string, path: string, body?: unknown) => send(method, path, body, TEST)
  const { body: made } = await asTest('POST', '/v1/keys', { name: 'ci', addresses: ['127.0.0.1', '::1'] })
  assert.equal(made.mode, 'test')
  assert.equal((await client(url, made.key)('POST', '/v1/books', book)).status, 201)
  const { body: next } = await asTest('POST', `/v1/keys/${made.id}/roll`, { overlap: 60 })
  assert.deepEqual([next.mode, next.addresses], ['test', ['127.0.0.1', '::1']])
  for (const { key } of [made, next]) assert.deepEqual(await titles(client(url, key)), ['Emma'])
  const used = await until(
    () => asTest('GET', `/v1/keys/${next.id}`),
    ({ body }) => body.last_used_at !== null,
    'the last use',
  )
  assert.equal(used.body.mode, 'test')
  assert.equal((await asTest('DELETE', `/v1/keys/${next.id}`)).status, 204)
  assert.equal((await client(url, next.key)('GET', '/v1/books')).status, 401)
  const names = async (headers: object) =>
    (await send('GET', '/v1/keys', undefined, { ...headers })).body.data.map(
      (key: { name: string }) => key.name,
    )
  assert.deepEqual(await names(TEST), ['ci', 'ci'])
  assert.deepEqual(await names({}), ['test'])
  const actions = async (headers: object) =>
    (await send('GET', '/v1/audit', undefined, { ...headers })).body.data.map(
      (entry: { action: string }) => entry.action,
    )
  assert.deepEqual(await actions(TEST), ['key.revoked', 'key.rolled', 'key.created', 'key.created'])
  assert.deepEqual(await actions({}), ['key.created'])
})

test('who is signed in, to the portal or to the application, works with test data where the request says so', async () => {
  let account = ''
  await using fixture = await startFixture(library, { authenticate: () => account })
  account = fixture.account
  await fixture.send('POST', '/v1/books', book, TEST)
  const session = await signIn(fixture)
  for (const fields of [session, {}]) {
    const count = async (mode: object): Promise<number> =>
      (await ask(fixture.url, 'GET', '/v1/books', { ...fields, ...mode })).body.data.length
    assert.deepEqual([await count(TEST), await count({})], [1, 0])
  }
  const { accounts } = fixture.serving.app
  await assert.rejects(accounts.signInLink(testAccount(account)), /test account/)
  await assert.rejects(accounts.create('mine', 'mine:test'), /test account/)
  assert.equal(await accounts.named('first'), account)
})

test('limits and idempotency keys of test data are counted apart', async () => {
  await using fixture = await startFixture({
    ...library,
    limits: { account: { requests: 2, per: '1 minute' } },
  })
  const { send } = fixture
  const keyed = { 'idempotency-key': 'one' }
  const { body: live } = await send('POST', '/v1/books', book, keyed)
  const { body: tried } = await send('POST', '/v1/books', book, { ...keyed, ...TEST })
  assert.notEqual(live.id, tried.id)
  assert.equal((await send('GET', '/v1/books', undefined, TEST)).status, 200)
  assert.equal((await send('GET', '/v1/books', undefined, TEST)).status, 429)
  assert.equal((await send('GET', '/v1/books')).status, 200)
})

test('an event of test data says so, in JSON and in XML, and reaches the webhooks of test mode alone', async t => {
  const receiver = await startReceiver()
  t.after(receiver.close)
  await using fixture = await startFixture(library)
  const { send } = fixture
  for (const headers of [{}, TEST]) {
    for (const format of ['json', 'xml', 'form']) {
      const webhook = {
        url: `${receiver.url}${headers === TEST ? 'test' : 'live'}`,
        events: ['book.created'],
        format,
      }
      assert.equal((await send('POST', '/v1/webhooks', webhook, headers)).status, 201)
    }
  }
  await send('POST', '/v1/books', { ...book, title: 'Tried' }, TEST)
  await send('POST', '/v1/books', { ...book, title: 'Real' })
  await until(
    async () => receiver.received,
    ({ length }) => length === 6,
    'six deliveries',
  )
  for (const { url, body } of receiver.received) {
    const isTest = url.endsWith('test')
    assert.equal(/Tried/.test(body), isTest, body)
    assert.equal(/"mode":"test"|<mode>test<\/mode>|(^|&)mode=test/.test(body), isTest, body)
  }
  const [event] = (await send('GET', '/v1/events', undefined, TEST)).body.data
  assert.equal(event.mode, 'test')
  assert.equal('mode' in (await send('GET', '/v1/events')).body.data[0], false)
})

test('what is shared can be read in test mode, and not changed', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  assert.equal((await send('POST', '/v1/places', { name: 'Bath' })).status, 201)
  const refused = await send('POST', '/v1/places', { name: 'Never' }, TEST)
  assert.deepEqual([refused.status, refused.body.code], [403, 'mode-refused'])
  const { body } = await send('GET', '/v1/places', undefined, TEST)
  assert.deepEqual(
    body.data.map((place: { name: string }) => place.name),
    ['Bath'],
  )
})

test('handlers and runs of operations learn the mode', async () => {
  const seen: unknown[] = []
  const pay = endpoint({
    method: 'POST',
    path: '/payments',
    handle: ({ caller, account }) => void seen.push([caller.mode, account]),
  })
  const mail = operation('mail', {
    path: '/mails',
    input: z.object({}),
    output: z.object({}),
    run: async ({ mode, account }) => {
      seen.push([mode, account])
      return {}
    },
  })
  await using fixture = await startFixture(
    api({ title: 'Shop', version: '1', base: '/v1', endpoints: { pay }, operations: [mail] }),
  )
  const { send, account } = fixture
  await send('POST', '/v1/payments', undefined, TEST)
  await send('POST', '/v1/mails', {}, TEST)
  await until(
    async () => seen,
    ({ length }) => length === 2,
    'the run',
  )
  await send('POST', '/v1/payments')
  const test = ['test', testAccount(account)]
  assert.deepEqual(seen, [test, test, ['live', account]])
})
