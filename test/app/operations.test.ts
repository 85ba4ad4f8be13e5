import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import * as z from 'zod'
import { openApp } from '../../src/app/index.ts'
import { systemClock } from '../../src/base/index.ts'
import { api, operation } from '../../src/contract/index.ts'
import { until } from '../e2e/client.ts'
import { rowIn } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { bind, library } from './library.ts'

const settled = ({ body }: { body: { state: string } }): boolean =>
  ['succeeded', 'failed'].includes(body.state)

test('an operation answers 202 with its place, then progress, then its result', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const started = await send('POST', '/v1/bindings', { titles: ['a', 'b', 'c'] })
  assert.equal(started.status, 202)
  assert.equal(started.headers.get('location'), `/v1/operations/${started.body.id}`)
  assert.deepEqual([started.body.type, started.body.state, started.body.result], ['bind', 'queued', null])
  const { body } = await until(
    () => send('GET', `/v1/operations/${started.body.id}`),
    settled,
    'the operation',
  )
  assert.equal(body.state, 'succeeded')
  assert.deepEqual(body.progress, { done: 3, total: 3 })
  assert.equal(body.problem, null)
  const { body: made } = await send('GET', '/v1/books')
  assert.deepEqual(body.result.books, made.data.map((b: { id: string }) => b.id).toReversed())
})

test('an operation that fails keeps what its steps committed, and tells its problem', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: started } = await send('POST', '/v1/bindings', { titles: ['a', 'b', 'c'], fail_at: 2 })
  const { body } = await until(() => send('GET', `/v1/operations/${started.id}`), settled, 'the operation')
  assert.equal(body.state, 'failed')
  assert.deepEqual(body.problem, {
    code: 'no-glue',
    status: 409,
    title: 'No glue',
    detail: 'The pot is empty.',
  })
  assert.equal((await send('GET', '/v1/books')).body.data.length, 2)
})

test('input that does not fit is a 422 before anything is queued', async () => {
  await using fixture = await startFixture(library)
  const { status, body } = await fixture.send('POST', '/v1/bindings', { titles: [] })
  assert.deepEqual([status, body.errors[0].pointer], [422, '#/titles'])
  assert.equal((await fixture.send('GET', '/v1/operations')).body.data.length, 0)
})

/** An operation that never gets past its first step in a process that is to die. */
function stuck(hold: boolean) {
  const stick = operation('stick', {
    path: '/sticks',
    input: z.object({}),
    output: z.object({ seen: z.unknown() }),
    memory: z.object({ at: z.string() }),
    run: async ({ remembered, step, signal }) => {
      if (hold) {
        await step(async ({ remember }) => remember({ at: 'the first step' }))
        await once(signal, 'abort')
        signal.throwIfAborted()
      }
      return { seen: remembered }
    },
  })
  return api({ title: 'Stuck', version: '1', operations: [stick] })
}

test('a run whose process shuts down is given back, and goes on elsewhere with what it remembered', async () => {
  await using fixture = await startFixture(stuck(true))
  const { body: started } = await fixture.send('POST', '/sticks', {})
  const remembers = async () =>
    (await rowIn(fixture.database, 'select memory from signalbox_operations'))?.['memory']
  await until(remembers, memory => memory !== null, 'the first step')
  await fixture.serving.close()
  await using elsewhere = await startFixture(stuck(false), { store: storeAt(fixture.database) })
  const key = await elsewhere.serving.app.accounts.issueKey(fixture.account, 'x')
  const { client } = await import('../e2e/client.ts')
  const began = performance.now()
  const { body } = await until(
    () => client(elsewhere.url, key.key)('GET', `/operations/${started.id}`),
    settled,
    'it',
  )
  assert.deepEqual(body.result, { seen: { at: 'the first step' } })
  assert.ok(performance.now() - began < 5_000, 'it did not wait for the lease')
})

test('a run that was taken over changes nothing more, and its late result is dropped (fault 4)', async () => {
  await using fixture = await startFixture(stuck(true))
  const { body: started } = await fixture.send('POST', '/sticks', {})
  const { app } = fixture.serving
  // As another process does it when the lease has run out: the fence goes up.
  await until(
    () => app.unit(fixture.account, ({ sql }) => sql.get('select memory from signalbox_operations')),
    row => row?.['memory'] != null,
    'the first step',
  )
  await app.unit(fixture.account, ({ sql }) =>
    sql.run(
      `update signalbox_operations set fence = fence + 1, state = 'succeeded', result = '{"seen":"theirs"}', due_at = null`,
    ),
  )
  await fixture.serving.close()
  const row = await rowIn(
    fixture.database,
    'select state, result from signalbox_operations where id = $1',
    started.id,
  )
  assert.deepEqual(row, { state: 'succeeded', result: '{"seen":"theirs"}' })
})

test('what a dead process had claimed is taken up when its lease is over, and given up after five deaths (fault 2)', async () => {
  await using fixture = await startFixture(library)
  const { app } = fixture.serving
  await fixture.serving.close()
  assert.equal(app.api.title, 'Library')
  const resting = await openApp(library, { store: storeAt(fixture.database), work: false })
  const started = await resting.unit(fixture.account, async ({ start }) => start(bind, { titles: ['a'] }))
  const poisoned = await resting.unit(fixture.account, async ({ start }) => start(bind, { titles: ['b'] }))
  await resting.unit(fixture.account, async ({ sql }) => {
    // As a process leaves them that died a moment before its lease would have ended.
    await sql.run(
      `update signalbox_operations set state = 'running', fence = 1, attempt_count = 1, due_at = $1`,
      systemClock.now() + 300,
    )
    await sql.run('update signalbox_operations set deaths = 4 where id = $1', poisoned)
  })
  await resting.close()
  await using next = await startFixture(library, { store: storeAt(fixture.database) })
  const { key } = await next.serving.app.accounts.issueKey(fixture.account, 'x')
  const { client } = await import('../e2e/client.ts')
  const send = client(next.url, key)
  const { body } = await until(() => send('GET', `/v1/operations/${started}`), settled, 'the operation')
  assert.equal(body.state, 'succeeded')
  const { body: dead } = await until(
    () => send('GET', `/v1/operations/${poisoned}`),
    settled,
    'the poisoned one',
  )
  assert.equal(dead.state, 'failed')
  assert.match(dead.problem.detail, /begun 5 times/)
})
