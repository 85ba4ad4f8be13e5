import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, operation, resource } from '../../src/contract/index.ts'
import { onPostgres } from '../database.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { otherProgram } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { type Fixture, startFixture } from './fixture.ts'

const drafts = resource('draft', {
  path: '/drafts',
  schema: z.object({ id: z.string(), text: z.string() }),
  owner: 'account_id',
})

/** Operations whose runs the test lets go on by itself. */
function handwork(
  options: { readonly retry?: { readonly attempts: number; readonly wait: '1 second' } } = {},
) {
  const goes: ((work: () => unknown) => void)[] = []
  const signals: AbortSignal[] = []
  const make = operation('make', {
    path: '/makes',
    input: z.object({ name: z.string() }),
    output: z.object({ name: z.string(), drafts: z.array(z.string()) }),
    problems: { 'no-clay': 409 },
    ...options,
    run: async ({ input, step, signal, fail }) => {
      signals.push(signal)
      const work = await new Promise<() => unknown>(resolve => goes.push(resolve))
      if ((await work()) === 'no clay') throw fail('no-clay', 'The pit is empty.')
      const { id } = await step(({ on }) => on(drafts).create({ text: input.name }))
      return { name: input.name, drafts: [id] }
    },
  })
  return {
    api: api({ title: 'Handwork', version: '1', resources: [drafts], operations: [make] }),
    signals,
    /** Waits for the next run to begin, and lets it do this. */
    async go(work: () => unknown = () => undefined): Promise<void> {
      await this.begun()
      goes.shift()?.(work)
    },
    begun: () =>
      until(
        async () => goes.length,
        count => count > 0,
        'a run',
      ),
  }
}

const boom = (): never => {
  throw new Error('boom')
}

async function start({ send }: Fixture, headers: Record<string, string> = {}) {
  const answer = await send('POST', '/makes', { name: 'cup' }, headers)
  return { ...answer, path: `/operations/${answer.body.id}` }
}

const settled = ({ send }: Fixture, path: string) =>
  until(
    () => send('GET', path),
    ({ body }) => body.settled_at !== null,
    'the end',
  )

test('what is queued is canceled at once and is never begun, and canceling again changes nothing', async () => {
  const { api: queued } = handwork()
  await using fixture = await startFixture(queued, { work: false })
  const { path } = await start(fixture)
  const first = await fixture.send('POST', `${path}/cancel`)
  assert.deepEqual([first.status, first.body.state], [200, 'canceled'])
  assert.deepEqual((await fixture.send('POST', `${path}/cancel`)).body, first.body)
  assert.deepEqual((await fixture.send('GET', path)).body, first.body)
  const types = await fixture.serving.app.unit(fixture.account, ({ sql }) =>
    sql.all('select type from signalbox_events'),
  )
  assert.deepEqual(
    types.map(({ type }) => type),
    ['make.canceled'],
  )
})

test('a run that never heeds its signal is canceled all the same: its steps are refused, and its result is dropped', async () => {
  const work = handwork()
  await using fixture = await startFixture(work.api)
  const { path } = await start(fixture)
  await work.begun()
  const { body } = await fixture.send('POST', `${path}/cancel`)
  assert.equal(work.signals[0]?.aborted, true, 'at once in its own process')
  await work.go()
  // The next run has its turn after it.
  const { path: next } = await start(fixture)
  await work.go()
  await settled(fixture, next)
  assert.deepEqual((await fixture.send('GET', path)).body, body)
  assert.equal((await fixture.send('GET', '/drafts')).body.data.length, 1)
  assert.deepEqual(fixture.faults, [])
})

test('what has succeeded or failed is not canceled: 409', async () => {
  const work = handwork()
  await using fixture = await startFixture(work.api)
  for (const [outcome, state] of [
    [undefined, 'succeeded'],
    ['no clay', 'failed'],
  ] as const) {
    const { path } = await start(fixture)
    await work.go(() => outcome)
    const { body } = await settled(fixture, path)
    assert.equal(body.state, state)
    const refused = await fixture.send('POST', `${path}/cancel`)
    assert.deepEqual([refused.status, refused.body.code], [409, 'operation-settled'])
  }
})

test("another account's operation is not there to be canceled: 404 (fault 33)", async () => {
  const work = handwork()
  await using fixture = await startFixture(work.api)
  const { path } = await start(fixture)
  const other = await fixture.another()
  assert.equal((await other('POST', `${path}/cancel`)).status, 404)
  await work.go()
  assert.equal((await settled(fixture, path)).body.state, 'succeeded')
})

test('canceling while it ends has exactly one outcome, and one event of it', async () => {
  const work = handwork()
  await using fixture = await startFixture(work.api)
  for (let i = 0; i < 20; i++) {
    const { path, body } = await start(fixture)
    await work.begun()
    const [canceled] = await Promise.all([fixture.send('POST', `${path}/cancel`), work.go()])
    const { state } = (await settled(fixture, path)).body
    assert.deepEqual(
      [canceled.status, state],
      canceled.status === 200 ? [200, 'canceled'] : [409, 'succeeded'],
    )
    const events = await fixture.serving.app.unit(fixture.account, ({ sql }) =>
      sql.all(`select type from signalbox_events where type like 'make.%' and data like $1`, `%${body.id}%`),
    )
    assert.deepEqual(
      events.map(({ type }) => type),
      [`make.${state}`],
    )
  }
})

test('each end is an event of its own type, with the result as the operation declares it, for conditions too', async () => {
  const work = handwork()
  await using fixture = await startFixture(work.api)
  const receiver = await startReceiver()
  const order = (events: string[], when: string, format = 'json') =>
    fixture.send('POST', '/webhooks', { url: receiver.url, events, when, format })
  assert.equal(
    (await order(['make.succeeded'], 'size(data.result.drafts) == 1 && data.result.name == "cup"')).status,
    201,
  )
  assert.equal((await order(['make.failed'], 'data.problem.code == "no-clay"', 'xml')).status, 201)
  assert.equal((await order(['make.succeeded'], 'data.result.colour == "red"')).status, 422)
  const { path, body } = await start(fixture)
  await work.go()
  const { body: ended } = await settled(fixture, path)
  const { id, result, created_at, settled_at } = ended
  assert.equal(id, body.id)
  const sent = JSON.parse((await receiver.next(({ body }) => body.includes('make.succeeded'))).body)
  assert.deepEqual(sent.data, { id, result, created_at, settled_at })
  await start(fixture)
  await work.go(() => 'no clay')
  const xml = (await receiver.next(({ body }) => body.includes('make.failed'))).body
  assert.match(xml, /<problem><code>no-clay<\/code><status>409<\/status>/)
  await receiver.close()
})

test('what throws is tried again as declared, with its waits told; the last error is told to the log alone', async () => {
  const work = handwork({ retry: { attempts: 3, wait: '1 second' } })
  await using fixture = await startFixture(work.api)
  const { path } = await start(fixture)
  await work.go(boom)
  const { body: waiting } = await until(
    () => fixture.send('GET', path),
    ({ body }) => body.state === 'queued',
    'the wait',
  )
  assert.equal(waiting.attempt_count, 1)
  assert.ok(Date.parse(waiting.next_attempt_at) > Date.parse(waiting.created_at))
  await work.go(boom)
  await work.go(boom)
  const { body } = await settled(fixture, path)
  assert.deepEqual([body.state, body.attempt_count, body.next_attempt_at], ['failed', 3, null])
  assert.deepEqual(body.problem, { code: 'internal-error', status: 500, title: 'Internal error' })
  assert.deepEqual(fixture.faults.map(String), ['Error: boom', 'Error: boom', 'Error: boom'])
})

test('what `fail` ends is an outcome: it is not tried again', async () => {
  const work = handwork({ retry: { attempts: 3, wait: '1 second' } })
  await using fixture = await startFixture(work.api)
  const { path } = await start(fixture)
  await work.go(() => 'no clay')
  const { body } = await settled(fixture, path)
  assert.deepEqual([body.state, body.attempt_count, body.problem.code], ['failed', 1, 'no-clay'])
})

test('a retry that waits is canceled like anything queued', async () => {
  const work = handwork({ retry: { attempts: 3, wait: '1 second' } })
  await using fixture = await startFixture(work.api)
  const { path } = await start(fixture)
  await work.go(boom)
  await until(
    () => fixture.send('GET', path),
    ({ body }) => body.next_attempt_at !== null,
    'the wait',
  )
  const { body } = await fixture.send('POST', `${path}/cancel`)
  assert.deepEqual([body.state, body.next_attempt_at], ['canceled', null])
})

test('settled operations stay for thirty days, and are then taken away without a walk through the others', async () => {
  const work = handwork()
  await using fixture = await startFixture(work.api, { work: false })
  const [old, fresh, queued] = await Promise.all([start(fixture), start(fixture), start(fixture)])
  const { app } = fixture.serving
  const age = (path: string, days: number) => {
    const at = new Date(Date.now() - days * 86_400_000).toISOString()
    return app.unit(fixture.account, ({ sql }) =>
      sql.run(
        `update signalbox_operations set state = 'succeeded', due_at = null, settled_at = $2 where id = $1`,
        path.split('/').at(-1) ?? '',
        at,
      ),
    )
  }
  await age(old.path, 30.1)
  await age(fresh.path, 29.9)
  await using other = await otherProgram(fixture.database)
  const [plan] = await other.plan(
    "select id from signalbox_operations where settled_at <= '2026' order by settled_at limit 100",
  )
  const step = onPostgres
    ? /^Index Scan .* by signalbox_operations_settled \(settled_at <= \?\)$/
    : /^SEARCH .*USING .*INDEX signalbox_operations_settled/
  assert.match(String(plan), step)
  await using keeper = await startFixture(work.api, {
    store: storeAt(fixture.database),
  })
  await until(
    () => fixture.send('GET', old.path),
    ({ status }) => status === 404,
    'the housekeeper',
  )
  for (const { path } of [fresh, queued]) assert.equal((await fixture.send('GET', path)).status, 200)
  await work.go()
  assert.deepEqual(keeper.faults, [])
})

test('a run that a full disk stopped is begun again once there is room, and that is no attempt of its own', {
  skip: onPostgres && 'its disk is not filled here',
}, async () => {
  const work = handwork()
  await using fixture = await startFixture(work.api)
  const { account, send, serving } = fixture
  const room = (pages: number) =>
    serving.app.unit(account, ({ sql }) => sql.get(`pragma max_page_count = ${pages}`))
  const { body: queued } = await send('POST', '/makes', { name: 'x'.repeat(200_000) })
  const path = `/operations/${queued.id}`
  await work.go(() => room(1))
  await work.begun()
  await work.go(() => room(1_000_000))
  const { body } = await settled(fixture, path)
  const [row] = await serving.app.unit(account, ({ sql }) =>
    sql.all('select attempt_count, deaths from signalbox_operations'),
  )
  assert.deepEqual([body.state, { ...row }], ['succeeded', { attempt_count: 1, deaths: 0 }])
})
