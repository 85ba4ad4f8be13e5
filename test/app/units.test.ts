import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { openApp } from '../../src/app/index.ts'
import { api, endpoint, operation, resource } from '../../src/contract/index.ts'
import { until } from '../e2e/client.ts'
import { allThatLiesIn } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const Item = z.object({
  id: z.string(),
  name: z
    .string()
    .transform(s => `${s}!`)
    .pipe(z.string().max(20)),
  score: z.number().default(0),
  at: z.string().nullable().default(null),
})
const items = resource('item', { path: '/items', schema: Item, owner: 'account_id' })
const post = (path: string) => ({ method: 'POST', path }) as const

const definition = api({
  title: 'Units',
  version: '1',
  resources: [items],
  endpoints: {
    forgetsAwait: endpoint({
      ...post('/forgets-await'),
      handle: ({ on }) => {
        void on(items).create({ name: 'forgotten' })
      },
    }),
    forgetsThenFails: endpoint({
      ...post('/forgets-then-fails'),
      problems: { no: 409 },
      handle: ({ on, fail }) => {
        on(items)
          .create({ name: 'forgotten' })
          .catch(() => undefined)
        fail('no')
      },
    }),
    failsOtherwise: endpoint({
      ...post('/fails-otherwise'),
      problems: { no: 409 },
      handle: ({ fail }) => fail('yes' as 'no'),
    }),
    forgetsAFailure: endpoint({
      ...post('/forgets-a-failure'),
      problems: { 'not-found': 404 },
      handle: async ({ on }) => {
        await on(items).create({ name: 'kept?' })
        void on(items).patch('ite_nothing', { score: 1 })
      },
    }),
    makesItUp: endpoint({
      ...post('/makes-it-up'),
      handle: async ({ on }) => {
        await on(items).create({ name: 'much too long a name for it' })
      },
    }),
    writesAtOnce: endpoint({
      ...post('/writes-at-once'),
      handle: async ({ on }) => {
        await Promise.all([1, 2, 3].map(n => on(items).create({ name: `n${n}` })))
      },
    }),
    filters: endpoint({
      method: 'GET',
      path: '/filters',
      output: z.object({ without: z.int(), named: z.int() }),
      handle: async ({ on }) => ({
        without: (await on(items).list({ where: { at: null } })).data.length,
        named: (await on(items).list({ where: { name: 'a!' } })).data.length,
      }),
    }),
  },
})

test('what a handler forgot to await still belongs to its unit: its row and its event commit together', async () => {
  await using fixture = await startFixture(definition)
  const { send } = fixture
  assert.equal((await send('POST', '/forgets-await')).status, 204)
  assert.equal((await send('GET', '/items')).body.data.length, 1)
  assert.equal((await send('GET', '/events')).body.data.length, 1)
})

test('what a handler forgot to await is undone with it, under an idempotency key too', async () => {
  await using fixture = await startFixture(definition)
  const { send } = fixture
  const refused = await send('POST', '/forgets-then-fails', undefined, { 'idempotency-key': 'a' })
  assert.equal(refused.status, 409)
  assert.equal((await send('POST', '/forgets-then-fails')).status, 409)
  assert.equal((await send('GET', '/items')).body.data.length, 0)
  assert.equal((await send('GET', '/events')).body.data.length, 0)
})

test('a problem that is not declared is a 500, and the log says where to declare it', async () => {
  await using fixture = await startFixture(definition)
  assert.equal((await fixture.send('POST', '/fails-otherwise')).status, 500)
  assert.match(
    String(fixture.faults[0]),
    /fail\('yes'\) is not declared: add it to `problems`, with its status/,
  )
})

test('a failure that nobody awaited does not end the process, and the unit is whole or undone', async () => {
  await using fixture = await startFixture(definition)
  const { send } = fixture
  const { status } = await send('POST', '/forgets-a-failure')
  const rows = (await send('GET', '/items')).body.data.length
  // Which of the two depends on whether the failure came before the handler had ended.
  assert.ok((status === 404 && rows === 0) || (status === 204 && rows === 1), `${status} with ${rows} rows`)
})

test('changes that a handler makes side by side all record their events', async () => {
  await using fixture = await startFixture(definition)
  await fixture.send('POST', '/writes-at-once')
  assert.equal((await fixture.send('GET', '/events')).body.data.length, 3)
})

test('a transform is applied once when a row is created', async () => {
  await using fixture = await startFixture(definition)
  assert.equal((await fixture.send('POST', '/items', { name: 'x' })).body.name, 'x!')
})

test("a row that a handler made up and that does not fit is our fault, not the caller's", async () => {
  await using fixture = await startFixture(definition)
  const { status, body } = await fixture.send('POST', '/makes-it-up')
  assert.deepEqual([status, body.code, body.errors], [500, 'internal-error', undefined])
  assert.match(String(fixture.faults[0]), /item does not fit its schema: name/)
})

test('null finds rows that have no value, and undefined changes nothing', async () => {
  await using fixture = await startFixture(definition)
  const { send } = fixture
  await send('POST', '/items', { name: 'a' })
  await send('POST', '/items', { name: 'b', at: 'x', score: 42 })
  assert.deepEqual((await send('GET', '/filters')).body, { without: 1, named: 1 })
  const { app } = fixture.serving
  const { data } = await app.unit(fixture.account, ({ on }) => on(items).list({ where: { at: 'x' } }))
  const [row] = data
  assert.ok(row !== undefined)
  const same = await app.unit(fixture.account, ({ on }) => on(items).patch(row.id, { score: undefined }))
  assert.equal(same.score, 42)
})

test('the request id of a problem is that of its answer, under an idempotency key and on pages too', async () => {
  await using fixture = await startFixture(definition)
  const asked = [
    await fixture.send('POST', '/forgets-then-fails', undefined, { 'idempotency-key': 'a' }),
    await fixture.send('GET', '/docs/assets/nothing'),
    await fixture.send('POST', '/healthz'),
  ]
  for (const { body, headers } of asked) assert.equal(body.request_id, headers.get('request-id'))
  assert.equal((await fixture.send('OPTIONS', '/healthz')).headers.get('allow'), 'GET, HEAD, OPTIONS')
})

test('a secret is not kept under an idempotency key: a retry is told so, has no second effect, and the files hold no key', async () => {
  await using fixture = await startFixture(library)
  const { send, database } = fixture
  const headers = { 'idempotency-key': 'a' }
  const made = await send('POST', '/v1/keys', { name: 'laptop' }, headers)
  assert.equal(made.headers.get('cache-control'), 'no-store')
  const again = await send('POST', '/v1/keys', { name: 'laptop' }, headers)
  assert.deepEqual([again.status, again.body.code], [409, 'shown-once'])
  assert.ok(again.body.detail.includes(made.body.id))
  assert.equal((await send('GET', '/v1/keys')).body.data.length, 2)
  assert.ok(!(await allThatLiesIn(database)).includes(made.body.key.slice(3, 33)))
})

test('a delivery to a deleted webhook cannot be begun again', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: 'http://127.0.0.1:9/',
    events: ['book.created'],
  })
  const { body: delivery } = await send('POST', `/v1/webhooks/${webhook.id}/test`)
  await until(
    () => send('GET', `/v1/deliveries/${delivery.id}`),
    a => a.body.attempt_count === 1,
    'the attempt',
  )
  await send('DELETE', `/v1/webhooks/${webhook.id}`)
  const retried = await send('POST', `/v1/deliveries/${delivery.id}/retry`)
  assert.deepEqual([retried.status, retried.body.code], [409, 'webhook-deleted'])
})

test('what happened before a webhook was created is not sent to it', async () => {
  await using fixture = await startFixture(library)
  const { serving, account, database } = fixture
  await serving.close()
  const resting = await openApp(library, { store: storeAt(database), work: false })
  const { key } = await resting.accounts.issueKey(account, 'x')
  await resting.unit(account, ({ sql }) =>
    sql.run(
      `insert into signalbox_events (id, account_id, type, created_at, data, dispatched)
        values ('evt_old', $1, 'book.created', '2026-01-01T00:00:00.000Z', '{}', 0)`,
      account,
    ),
  )
  await resting.close()
  await using next = await startFixture(library, { store: storeAt(database) })
  const { client } = await import('../e2e/client.ts')
  const send = client(next.url, key)
  await send('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/', events: ['book.created'] })
  await send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  const { body } = await until(
    () => send('GET', '/v1/deliveries'),
    a => a.body.data.length > 0,
    'a delivery',
  )
  assert.equal(body.data.length, 1)
  assert.notEqual(body.data[0].event_id, 'evt_old')
})

test('an operation that is given back at each of many orderly stops does not count as begun', async () => {
  let rounds = 0
  const slow = operation('slow', {
    path: '/slow',
    input: z.object({}),
    output: z.object({ rounds: z.int() }),
    problems: { unreachable: 422 },
    run: async ({ signal, fail }) => {
      rounds++
      if (rounds > 6) return { rounds }
      // As a fetch that is aborted looks to a handler that expects the network to fail.
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      return fail('unreachable')
    },
  })
  const definition = api({ title: 'Slow', version: '1', operations: [slow] })
  await using fixture = await startFixture(definition)
  const { body } = await fixture.send('POST', '/slow', {})
  const { app } = fixture.serving
  const state = () =>
    app.unit(fixture.account, ({ sql }) => sql.get('select state, attempt_count from signalbox_operations'))
  await until(state, row => row?.['state'] === 'running', 'the run')
  await fixture.serving.close()
  for (let stop = 1; stop <= 6; stop++) {
    const before = rounds
    const again = await openApp(definition, { store: storeAt(fixture.database) })
    await until(
      () => Promise.resolve(rounds),
      now => now > before,
      'another run',
    )
    if (stop === 6) {
      const ended = await until(
        () =>
          again.unit(fixture.account, ({ sql }) =>
            sql.get('select state, attempt_count from signalbox_operations where id = $1', body.id),
          ),
        row => row?.['state'] !== 'running',
        'its end',
      )
      assert.deepEqual({ ...ended }, { state: 'succeeded', attempt_count: 1 })
    }
    await again.close()
  }
})

test('an app that cannot open leaves nothing at work', async () => {
  await using fixture = await startFixture(api({ title: 'First', version: '1' }))
  const reported: unknown[] = []
  const broken = api({
    title: 'Broken',
    version: '1',
    endpoints: { without: endpoint({ method: 'GET', path: '/x' }) },
  })
  const opening = openApp(broken, { store: storeAt(fixture.database), failed: error => reported.push(error) })
  await assert.rejects(opening, /'without' has no handler\. Add `handle`/)
  await new Promise(resolve => setTimeout(resolve, 1_200))
  assert.deepEqual(reported, [])
})

test("a table of Signalbox's own cannot be opened as a resource", async () => {
  const stolen = resource('stolen', {
    path: '/stolen',
    schema: z.object({ id: z.string(), secret: z.string() }),
    owner: 'shared',
    table: 'signalbox_webhooks',
    open: ['list'],
  })
  await using fixture = await startFixture(api({ title: 'First', version: '1' }))
  const opening = openApp(api({ title: 'T', version: '1', resources: [stolen] }), {
    store: storeAt(fixture.database),
  })
  await assert.rejects(opening, /the table 'signalbox_webhooks' is Signalbox's own/)
})
