import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, operation } from '../../src/contract/index.ts'
import { until } from '../e2e/client.ts'
import { type Fixture, startFixture } from './fixture.ts'

const quick = operation('quick', {
  path: '/quick',
  input: z.object({ n: z.int() }),
  output: z.object({ n: z.int() }),
  run: async ({ input }) => ({ n: input.n + 1 }),
})
const endless = operation('endless', {
  path: '/endless',
  input: z.object({}),
  output: z.object({}),
  run: ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    }),
})
const works = api({ title: 'Waits', version: '1', operations: [quick, endless] })

const prefer = (value: string) => ({ prefer: value })
const begin = async ({ send }: Fixture): Promise<string> =>
  `/operations/${(await send('POST', '/endless', {})).body.id}`

test('who starts an operation and waits is answered 200 with its result (RFC 7240 §4.3)', async () => {
  await using fixture = await startFixture(works)
  const { status, headers, body } = await fixture.send('POST', '/quick', { n: 1 }, prefer('wait=20'))
  assert.deepEqual([status, body.state, body.result], [200, 'succeeded', { n: 2 }])
  assert.equal(headers.get('preference-applied'), 'wait=20')
  assert.equal(headers.get('location'), `/operations/${body.id}`)
})

test('the result comes as XML too', async () => {
  await using fixture = await startFixture(works)
  const headers = { ...prefer('wait=20'), accept: 'application/xml' }
  const { status, body } = await fixture.send('POST', '/quick', { n: 1 }, headers)
  assert.equal(status, 200)
  assert.match(body, /<state>succeeded<\/state>/)
})

test('who has waited in vain is answered 202 with what there is', async () => {
  await using fixture = await startFixture(works)
  const began = performance.now()
  const { status, headers, body } = await fixture.send(
    'POST',
    '/endless',
    {},
    prefer('respond-async, wait=1'),
  )
  assert.ok(performance.now() - began > 950)
  assert.deepEqual([status, body.settled_at], [202, null])
  assert.equal(headers.get('preference-applied'), 'respond-async, wait=1')
})

test('without a wait an operation is answered at once, asked for or not (RFC 7240 §4.1)', async () => {
  await using fixture = await startFixture(works)
  const asked = await fixture.send('POST', '/endless', {}, prefer('respond-async'))
  assert.deepEqual([asked.status, asked.headers.get('preference-applied')], [202, 'respond-async'])
  const unasked = await fixture.send('POST', '/endless', {}, prefer('return=minimal'))
  assert.deepEqual([unasked.status, unasked.headers.get('preference-applied')], [202, null])
})

test('who reads an operation may wait for its end, and hears of it at once', async () => {
  await using fixture = await startFixture(works)
  const path = await begin(fixture)
  const reading = fixture.send('GET', path, undefined, prefer('wait=25'))
  await until(
    () => fixture.send('GET', path),
    ({ body }) => body.state === 'running',
    'the run',
  )
  const began = performance.now()
  await fixture.send('POST', `${path}/cancel`)
  const { status, headers, body } = await reading
  assert.ok(performance.now() - began < 1_000)
  assert.deepEqual([status, body.state, headers.get('preference-applied')], [200, 'canceled', 'wait=25'])
  // What is settled is answered at once.
  assert.equal((await fixture.send('GET', path, undefined, prefer('wait=25'))).body.state, 'canceled')
})

test('a wait is cut to thirty seconds, and says so', async () => {
  await using fixture = await startFixture(works)
  const { headers } = await fixture.send('POST', '/quick', { n: 1 }, prefer('wait=86400'))
  assert.equal(headers.get('preference-applied'), 'wait=30')
})

test('a repeated request waits for the operation that the first one started', async () => {
  await using fixture = await startFixture(works)
  const key = { 'idempotency-key': '0b5c1f60' }
  const first = await fixture.send('POST', '/quick', { n: 1 }, key)
  assert.equal(first.status, 202)
  const again = await fixture.send('POST', '/quick', { n: 1 }, { ...key, ...prefer('wait=20') })
  assert.deepEqual([again.status, again.body.id, again.body.state], [200, first.body.id, 'succeeded'])
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  // What is kept under the key is what the first was answered.
  const plain = await fixture.send('POST', '/quick', { n: 1 }, key)
  assert.deepEqual([plain.status, plain.body], [202, first.body])
})

test('one account holds 32 waits; more are answered at once, and another account has room', async () => {
  await using fixture = await startFixture(works)
  const path = await begin(fixture)
  const left = new AbortController()
  const wait = () =>
    fetch(new URL(path, fixture.url), {
      headers: { authorization: `Bearer ${fixture.key}`, ...prefer('wait=30') },
      signal: left.signal,
    })
  // Nobody looks whether the room is full: whoever did would take a place of it for as long as that takes.
  const held = Array.from({ length: 33 }, wait)
  const beyond = await Promise.race(held)
  assert.deepEqual([beyond.status, beyond.headers.get('preference-applied')], [200, null])
  const other = await fixture.another()
  assert.equal((await other('POST', '/quick', { n: 1 }, prefer('wait=20'))).status, 200)
  // Callers who leave make room.
  left.abort()
  await Promise.allSettled(held)
  await until(
    () => fixture.send('GET', path, undefined, prefer('wait=0')),
    ({ headers }) => headers.get('preference-applied') === 'wait=0',
    'room',
  )
})

test('a process that is told to stop answers who waits at once (fault 12)', async () => {
  await using fixture = await startFixture(works)
  const path = await begin(fixture)
  const reading = fixture.send('GET', path, undefined, prefer('wait=30'))
  await until(
    () => fixture.send('GET', path),
    ({ body }) => body.state === 'running',
    'the run',
  )
  const began = performance.now()
  await fixture.serving.close()
  assert.equal((await reading).status, 200)
  assert.ok(performance.now() - began < 3_000)
})
