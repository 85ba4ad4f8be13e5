import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRequestLog, createRequestSweep, keptRequest } from '../../src/access/index.ts'
import type { LoggedRequest } from '../../src/access/request-log.ts'
import { earliestId } from '../../src/base/index.ts'
import { until } from '../e2e/client.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'
import { ask, signIn } from './portal-client.ts'

const book = { title: 'Emma', pages: 474 }

test('requests of an account are in its log, and in no other', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { headers, body: made } = await send('POST', '/v1/books', book, { 'idempotency-key': 'one' })
  await send('POST', '/v1/books', book, { 'idempotency-key': 'one' })
  await send('GET', `/v1/books/${made.id}?nonsense=1`)
  await send('GET', '/v1/search?q=hunter2secret&limit=5')
  await send('GET', `/v1/books/hunter2secret`)
  const { body } = await until(
    () => send('GET', '/v1/requests?limit=100'),
    answered => answered.body.data.length >= 5,
    'the log',
  )
  const told = body.data
    .slice(-5)
    .map((r: Record<string, unknown>) => [
      r['method'],
      r['path'],
      r['query'],
      r['status'],
      r['problem'],
      r['replayed'],
    ])
  assert.deepEqual(told, [
    ['GET', '/v1/books/{id}', null, 404, 'not-found', false],
    ['GET', '/v1/search', 'q=…&limit=5', 200, null, false],
    ['GET', `/v1/books/${made.id}`, null, 200, null, false],
    ['POST', '/v1/books', null, 201, null, true],
    ['POST', '/v1/books', null, 201, null, false],
  ])
  const first = body.data.at(-1)
  assert.equal(first.id, headers.get('request-id'))
  assert.deepEqual([first.route, first.address, first.left_out], ['/v1/books', '127.0.0.1', 0])
  assert.equal((await send('GET', `/v1/requests/${first.id}`)).body.id, first.id)
  const failed = await send('GET', '/v1/requests?status[gte]=400&method=GET')
  assert.equal(failed.body.data.length, 1)
  const xml = await send('GET', '/v1/requests?status=404', undefined, { accept: 'application/xml' })
  assert.match(xml.body, /<problem>not-found<\/problem>/)
  const other = await fixture.another()
  assert.deepEqual((await other('GET', '/v1/requests')).body.data, [])
  assert.equal((await other('GET', `/v1/requests/${first.id}`)).status, 404)
})

test('what the portal reads for who is signed in is not in the log; what that changes, or is refused, is', async () => {
  await using fixture = await startFixture(library)
  const { url, send } = fixture
  const session = await signIn(fixture)
  const fields = { ...session, 'content-type': 'application/json' }
  await ask(url, 'GET', '/v1/books', session)
  await ask(url, 'GET', '/v1/requests', session)
  await ask(url, 'GET', '/v1/books/none', session)
  await ask(url, 'POST', '/v1/books', fields, JSON.stringify(book))
  await send('GET', '/v1/books')
  const { body } = await until(
    () => ask(url, 'GET', '/v1/requests?at[gte]=2000-01-01T00:00:00Z', session),
    answered => answered.body.data.length >= 3,
    'the log',
  )
  assert.deepEqual(
    body.data.map((one: Record<string, unknown>) => [one['method'], one['status'], one['key_id'] === null]),
    [
      ['GET', 200, false],
      ['POST', 201, true],
      ['GET', 404, true],
    ],
  )
})

test('without the log there is no such path, and nothing is written', async () => {
  await using fixture = await startFixture(library, { requestLog: false })
  assert.equal((await fixture.send('GET', '/v1/requests')).body.code, 'no-such-path')
  for (const requestLog of [{ days: 0 }, { days: Number.NaN }, { perSecond: 0.5 }, { perSecond: 1e9 }])
    await assert.rejects(startFixture(library, { requestLog }), /requestLog keeps/)
})

test('what was not written yet is written when the process drains', async () => {
  await using fixture = await startFixture(library)
  const { body: made } = await fixture.send('POST', '/v1/books', book)
  await fixture.serving.close()
  const store = await storeAt(fixture.database)()
  const rows = await store.read.all('select route, status from signalbox_requests')
  assert.deepEqual(
    rows.map(row => [row['route'], row['status']]),
    [['/v1/books', 201]],
  )
  assert.ok(made.id)
  await store.close()
})

const entry = (account: string, wasRead: boolean, n: number): LoggedRequest => ({
  id: `${earliestId('req', 1_000)}${String(n).padStart(16, '0')}`,
  account,
  at: 1_000,
  wasRead,
  method: 'GET',
  route: '/a',
  path: '/a',
  query: null,
  status: wasRead ? 200 : 404,
  problem: null,
  duration_ms: 1,
  replayed: false,
  key_id: null,
  address: null,
  user_agent: null,
})

test('a flood is counted, not kept: faults before reads, and every account has its share', async () => {
  await using fixture = await startFixture(library, { requestLog: false })
  const store = await storeAt(fixture.database)()
  const counted = { kept: 0, 'left-out': 0, lost: 0 }
  const add = (outcome: keyof typeof counted, requests: number): void => {
    counted[outcome] += requests
  }
  const log = createRequestLog({
    store,
    options: { perSecond: 10 },
    count: add,
    failed: error => assert.fail(String(error)),
  })
  let n = 0
  const offer = (account: string, wasRead: boolean): void => {
    n++
    if (log.wants(account, wasRead)) log.add(entry(account, wasRead, n))
  }
  for (let i = 0; i < 1000; i++) offer('loud', true)
  for (let i = 0; i < 4; i++) offer('loud', false)
  for (let i = 0; i < 5; i++) offer('quiet', false)
  await log.close()
  const rows = await store.read.all('select account_id, status, left_out from signalbox_requests order by id')
  const of = (account: string, status: number): number =>
    rows.filter(row => row['account_id'] === account && row['status'] === status).length
  assert.deepEqual([of('loud', 404), of('quiet', 404), rows.length], [4, 5, 10])
  const leftOut = rows
    .filter(row => row['account_id'] === 'loud')
    .reduce((sum, row) => sum + Number(row['left_out']), 0)
  assert.equal(leftOut, 1004 - 5)
  assert.deepEqual(counted, { kept: 10, 'left-out': 999, lost: 0 })
  await store.close()
  // A store that is gone costs what there was, and no request.
  offer('loud', false)
  const failures: unknown[] = []
  const gone = createRequestLog({
    store,
    options: {},
    count: add,
    failed: error => failures.push(error),
  })
  if (gone.wants('loud', false)) gone.add(entry('loud', false, ++n))
  await gone.close()
  assert.equal(failures.length, 1)
  assert.equal(counted.lost, 1)
})

test('requests past their time are forgotten in batches, by their ids', async () => {
  await using fixture = await startFixture(library, { requestLog: false })
  const store = await storeAt(fixture.database)()
  const count = (): void => undefined
  const log = createRequestLog({ store, options: { perSecond: 700 }, count, failed: count })
  for (let n = 0; n < 600; n++) log.add(entry('a', true, n))
  await log.close()
  const day = 24 * 60 * 60 * 1000
  const sweep = createRequestSweep()
  const forget = (now: number): Promise<number> => sweep(store, 0, keptRequest(7, now))
  assert.equal(await forget(7 * day), 0, 'a week is not over')
  assert.equal(await forget(7 * day + 1_001), 500)
  assert.equal(await forget(7 * day + 1_001), 100)
  assert.equal(await forget(7 * day + 1_001), 0)
  await store.close()
})
