import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client, type Send, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { everyRowIn, rowsIn } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { library } from './library.ts'

const SECRET = 'something-that-nobody-may-find'
const book = { title: SECRET, pages: 474, note: SECRET }

/** Every table with a row in which the text stands. */
async function findIn(database: string, text: string): Promise<readonly string[]> {
  const tables = await everyRowIn(database)
  return [...tables].filter(([, rows]) => JSON.stringify(rows).includes(text)).map(([table]) => table)
}

/** Everything that an account can leave behind. */
async function leaveTraces(send: Send, receiver: string, mode: Record<string, string> = {}) {
  await send(
    'POST',
    '/v1/webhooks',
    { url: receiver, events: ['book.created', 'book.updated'], description: SECRET },
    mode,
  )
  const { body: made } = await send('POST', '/v1/books', book, { 'idempotency-key': '"k"', ...mode })
  await send('PATCH', `/v1/books/${made.id}`, { pages: 2 }, mode)
  await until(
    () => send('GET', '/v1/deliveries', undefined, mode),
    ({ body }) =>
      body.data.length === 2 && body.data.every((d: { state: string }) => d.state === 'delivered'),
    'the deliveries',
  )
  return made.id as string
}

/** The log of requests is written within a second. */
const requestsLogged = (fixture: Fixture, mode: Record<string, string> = {}) =>
  until(
    () => fixture.send('GET', '/v1/requests', undefined, mode),
    ({ body }) => body.data.length > 0,
    'the log of requests',
  )

test('nothing is left of an account that is erased, but one line that says so; another account loses nothing', async () => {
  await using fixture = await startFixture(library)
  const { send, serving, database, account } = fixture
  const other = await fixture.another()
  const receiver = await startReceiver()
  await leaveTraces(send, receiver.url)
  await leaveTraces(send, receiver.url, { 'api-mode': 'test' })
  const theirs = await leaveTraces(other, receiver.url)
  await requestsLogged(fixture)
  const traces = await findIn(database, account)
  assert.ok(traces.length >= 9, traces.join())

  await serving.app.accounts.erase(account)
  assert.deepEqual(await findIn(database, account), ['signalbox_audit'])
  assert.deepEqual(
    await rowsIn(
      database,
      'select account_id, action, subject, "by" from signalbox_audit where account_id = $1',
      account,
    ),
    [{ account_id: account, action: 'account.erased', subject: null, by: 'application' }],
  )
  assert.equal((await send('GET', '/v1/books')).status, 401)
  assert.equal((await other('GET', `/v1/books/${theirs}`)).body.title, SECRET)
  assert.equal((await other('GET', '/v1/deliveries')).body.data.length, 2)
  assert.deepEqual(fixture.faults, [])
  await receiver.close()
})

test('what is kept of one row goes, and nothing of its neighbours', async () => {
  await using fixture = await startFixture(library)
  const { send, serving, database, account } = fixture
  const receiver = await startReceiver()
  const gone = await leaveTraces(send, receiver.url)
  const { body: stays } = await send('POST', '/v1/books', { title: 'Emma', pages: 1 })
  await until(
    () => send('GET', '/v1/deliveries'),
    ({ body }) =>
      body.data.length === 3 && body.data.every((d: { state: string }) => d.state === 'delivered'),
    'the deliveries',
  )
  await requestsLogged(fixture)
  await send('DELETE', `/v1/books/${gone}`)
  await until(
    () => findIn(database, gone),
    found => found.includes('signalbox_requests'),
    'the log of requests',
  )
  for (const table of ['events', 'payloads', 'idempotency', 'requests'])
    assert.ok((await findIn(database, gone)).includes(`signalbox_${table}`), table)
  await serving.app.accounts.erase(account, { subject: gone })
  assert.deepEqual(await findIn(database, gone), ['signalbox_audit'])
  assert.deepEqual(await findIn(database, book.note), ['signalbox_webhooks'])
  const { body } = await send('GET', '/v1/events')
  assert.deepEqual(
    body.data.map((event: { data: { id: string } }) => event.data.id),
    [stays.id],
  )
  assert.equal((await send('GET', `/v1/books/${stays.id}`)).status, 200)
  await receiver.close()
})

test('an account that there is not is not erased', async () => {
  await using fixture = await startFixture(library)
  await assert.rejects(fixture.serving.app.accounts.erase('acc_none'), /there is no account 'acc_none'/)
})

test('test data are erased by whoever may, and live data are left; test keys stay', async () => {
  await using fixture = await startFixture(library)
  const { send, url, database, account } = fixture
  const receiver = await startReceiver()
  const mode = { 'api-mode': 'test' }
  await leaveTraces(send, receiver.url, mode)
  const { body: live } = await send('POST', '/v1/books', { title: 'Emma', pages: 1 })
  const { body: testKey } = await send('POST', '/v1/keys', { name: 'ci' }, mode)
  await requestsLogged(fixture, mode)
  for (const by of [send, client(url, testKey.key)]) {
    const asked = await by('DELETE', '/v1/test-data')
    assert.equal(asked.status, 202)
    const { body } = await until(
      () => by('GET', asked.headers.get('location') ?? ''),
      ({ body }) => body.settled_at !== null,
      'the operation',
    )
    assert.equal(body.state, 'succeeded')
  }
  const left = await findIn(database, `${account}:test`)
  assert.deepEqual(left.toSorted(), [
    'signalbox_accounts',
    'signalbox_audit',
    'signalbox_keys',
    'signalbox_operations',
    ...(left.includes('signalbox_requests') ? ['signalbox_requests'] : []),
  ])
  assert.equal((await send('GET', `/v1/books/${live.id}`)).status, 200)
  assert.deepEqual((await send('GET', '/v1/books', undefined, mode)).body.data, [])
  assert.deepEqual((await client(url, testKey.key)('GET', '/v1/webhooks')).body.data, [])
  const { body: audit } = await send('GET', '/v1/audit')
  assert.equal(audit.data[0].action, 'test-data.erased')
  await receiver.close()
})

test('erasing goes on where a process that was told to stop, or died, has left it', async () => {
  await using fixture = await startFixture(library)
  const { send, serving, database, account } = fixture
  for (let i = 0; i < 3; i++) await send('POST', '/v1/books', book)
  await serving.app.unit(account, async ({ sql }) => {
    for (let i = 0; i < 2_000; i++) {
      await sql.run(
        `insert into signalbox_events (id, account_id, type, created_at, data, before, dispatched)
          values ($1, $2, 'book.created', '2001-01-01T00:00:00.000Z', $3, null, 1)`,
        ...[`evt_x${i}`, account, JSON.stringify({ title: SECRET })],
      )
    }
  })
  const asked = serving.app.accounts.erase(account)
  asked.catch(() => undefined)
  await until(
    () => findIn(database, 'erase_account'),
    found => found.length > 0,
    'the task',
  )
  await serving.close()
  const again = await startFixture(library, { store: storeAt(database) })
  await until(
    () => findIn(database, SECRET),
    found => found.length === 0,
    'the end of it',
  )
  await until(
    () => findIn(database, account),
    found => found.join() === 'signalbox_audit',
    'the line',
  )
  await again[Symbol.asyncDispose]()
})
