import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

type State = { id: string; state: string; settled_at: string | null }

/** A paused webhook that is owed some books. */
async function startHolding(titles: readonly string[]) {
  const fixture = await startFixture(library)
  const receiver = await startReceiver()
  const { send } = fixture
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  const path = `/v1/webhooks/${webhook.id}`
  const deliveries = async (): Promise<State[]> => (await send('GET', `${path}/deliveries`)).body.data
  const write = (title: string) => send('POST', '/v1/books', { title, pages: 1 })
  const set = (change: object) => send('PATCH', path, change)
  await set({ paused: true })
  for (const title of titles) await write(title)
  await until(deliveries, found => found.length === titles.length, 'the deliveries')
  return {
    ...fixture,
    receiver,
    webhook,
    deliveries,
    write,
    set,
    came: () => receiver.received.map(({ body }): string => JSON.parse(body).data.title),
    async [Symbol.asyncDispose]() {
      await receiver.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

const statesOf = (all: readonly State[]) => all.map(({ state }) => state)

test('what a paused webhook is owed can be dropped as it goes on: it is canceled, and what happens then is sent', async () => {
  await using holding = await startHolding(['Emma', 'Persuasion', 'Sanditon'])
  const { set, write, deliveries, came } = holding
  const { status, body } = await set({ paused: false, held: 'drop' })
  assert.deepEqual([status, body.paused, 'held' in body], [200, false, false])
  await write('Lady Susan')
  const all = await until(
    deliveries,
    found => found.length === 4 && found.every(({ state }) => state !== 'pending'),
    'the end',
  )
  assert.deepEqual(statesOf(all), ['delivered', 'canceled', 'canceled', 'canceled'])
  assert.ok(all.every(({ settled_at }) => settled_at !== null))
  assert.deepEqual(came(), ['Lady Susan'])
})

test('it can be dropped while the webhook stays paused: what is held afterwards is sent when it goes on', async () => {
  await using holding = await startHolding(['Emma'])
  const { set, write, deliveries, came } = holding
  assert.equal((await set({ held: 'drop' })).body.paused, true)
  await write('Lady Susan')
  await until(deliveries, found => statesOf(found).join() === 'pending,canceled', 'the first to be dropped')
  await set({ paused: false, held: 'send' })
  await until(deliveries, found => statesOf(found).join() === 'delivered,canceled', 'the second')
  assert.deepEqual(came(), ['Lady Susan'])
})

test('what is to be dropped and is claimed before it is canceled is not sent', async () => {
  await using holding = await startHolding(['Emma'])
  const { serving, account, deliveries, came } = holding
  // As one unit leaves it, before anything else has run.
  await serving.app.unit(account, async ({ sql }) => {
    await sql.run(
      'update signalbox_webhooks set paused = 0, drop_to = (select max(id) from signalbox_deliveries)',
    )
    await sql.run('update signalbox_queue set due_at = 1')
  })
  await until(deliveries, found => statesOf(found).join() === 'canceled', 'the delivery')
  assert.deepEqual(came(), [])
})

test('an attempt that is under way when the rest is dropped ends by itself, and is not made again', async () => {
  await using holding = await startHolding([])
  const { serving, account, receiver, set, write, deliveries } = holding
  receiver.behave(() => 'hang')
  await set({ paused: false })
  await write('Emma')
  await receiver.next(() => true)
  await set({ paused: true })
  await set({ paused: false, held: 'drop' })
  const marked = () =>
    serving.app.unit(account, ({ sql }) => sql.get('select drop_to from signalbox_webhooks'))
  assert.notEqual((await marked())?.['drop_to'], null)
  assert.deepEqual(statesOf(await deliveries()), ['pending'])
  await receiver.close()
  await until(deliveries, found => statesOf(found).join() === 'canceled', 'the attempt to end')
  await until(marked, row => row?.['drop_to'] === null, 'the mark to be taken away')
})

test('many are dropped some at a time, and the answer does not wait for them', async () => {
  await using holding = await startHolding(['Emma'])
  const { serving, account, send, set, webhook } = holding
  await serving.app.unit(account, async ({ sql }) => {
    await sql.run(`insert into signalbox_deliveries
      (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count, created_at, next_attempt_at)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
      select 'dlv_0' || (10000 + i), account_id, webhook_id, event_id, event_type, format, state, 0, created_at,
        next_attempt_at
      from n, signalbox_deliveries where webhook_id = '${webhook.id}'`)
    await sql.run(`insert into signalbox_queue (webhook_id, sending, due_at, delivery_id, fence)
      select q.webhook_id, 0, q.due_at, d.id, 0 from signalbox_queue q
      join signalbox_deliveries d on d.webhook_id = q.webhook_id and d.id <> q.delivery_id`)
  })
  const count = () =>
    serving.app.unit(account, ({ sql }) =>
      sql.get("select count(*) as pending from signalbox_deliveries where state = 'pending'"),
    )
  assert.equal((await count())?.['pending'], 3_001)
  await set({ paused: false, held: 'drop' })
  const left = Number((await count())?.['pending'])
  assert.ok(left > 0, 'the answer came before they were canceled')
  assert.equal((await send('POST', '/v1/books', { title: 'Sanditon', pages: 1 })).status, 201)
  await until(count, row => row?.['pending'] === 0, 'all of them')
  assert.deepEqual(holding.faults, [])
})

test('only what is held can be sent or dropped', async () => {
  await using holding = await startHolding([])
  const { set } = holding
  const refusal = async (change: object) => {
    const { status, body } = await set(change)
    return [status, body.errors?.[0].pointer]
  }
  assert.deepEqual(await refusal({ held: 'send' }), [422, '#/held'])
  await set({ paused: false })
  for (const change of [{ held: 'drop' }, { held: 'send' }, { paused: true, held: 'drop' }])
    assert.deepEqual(await refusal(change), [422, '#/held'])
})
