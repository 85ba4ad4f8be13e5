import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import * as z from 'zod'
import { earliestId, systemClock } from '../../src/base/index.ts'
import { api, resource } from '../../src/contract/index.ts'
import type { Serving } from '../../src/runtimes/node/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { setState } from '../../src/webhooks/disabled.ts'
import { takeLanes } from '../../src/webhooks/lanes.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { type Database, freshDatabase, needsPostgres } from '../postgres.ts'
import { type Fixture, startFixture } from './fixture.ts'

// Two programs on one PostgreSQL database, whose transactions commit in another order than they begin, and whose clocks differ.

const skip = { skip: needsPostgres() }

const notices = resource('notice', {
  path: '/notices',
  schema: z.object({ id: z.string(), text: z.string() }),
  owner: 'shared',
})
const counters = resource('counter', {
  path: '/counters',
  schema: z.object({ id: z.string(), n: z.int() }),
  owner: 'account_id',
})
const board = api({ title: 'Board', version: '1', base: '/v1', resources: [notices, counters] })

interface Pair extends AsyncDisposable {
  readonly one: Fixture
  readonly two: Fixture
  readonly database: Database
}

/** Two of them, the clock of the second so far ahead. */
async function startTwo(aheadMs = 0): Promise<Pair> {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const start = async (ms: number) => {
    const clock = { ...systemClock, now: () => systemClock.now() + ms }
    return stack.use(await startFixture(board, { store: postgres(database.url, { clock }), clock }))
  }
  const one = await start(0)
  return { one, two: await start(aheadMs), database, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const tell = ({ app }: Serving, account: string, text: string): Promise<unknown> =>
  app.unit(account, ({ on }) => on(notices).create({ text }))

/** Records an event in a transaction that stays open. Answers what commits it, which answers its id. */
async function beginLate(url: string): Promise<() => Promise<string>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const id = earliestId('evt', Date.now() - 60_000).padEnd(30, '0')
  await client.query('begin')
  await client.query(
    `insert into signalbox.signalbox_events (id, type, created_at, data, dispatched) values ($1, 'notice.created', $2, $3, 0)`,
    [id, new Date().toISOString(), JSON.stringify({ id: 'late', text: 'late' })],
  )
  return async () => {
    await client.query('commit')
    await client.end()
    return id
  }
}

/** The texts of all notices in the order of the feed. */
async function feed({ send }: Fixture): Promise<readonly string[]> {
  const { body } = await send('GET', '/v1/events?order=asc&limit=100')
  return body.data.map((event: { data: { text: string } }) => event.data.text)
}

/** Reads a stream of server-sent events until it has them all. */
async function streamed({ url, key }: Fixture, count: number, begun: () => void): Promise<string[]> {
  const stream = await fetch(`${url}/v1/events`, {
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
  })
  const texts: string[] = []
  let rest = ''
  begun()
  for await (const piece of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + piece).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1]
      if (data !== undefined) texts.push(JSON.parse(data).data.text)
    }
    if (texts.length >= count) break
  }
  return texts
}

test(
  '13: an event that commits late with a smaller id is passed over by no feed, stream or webhook',
  skip,
  async () => {
    await using pair = await startTwo()
    const { one, database } = pair
    await using receiver = await startReceiver()
    await one.send('POST', '/v1/webhooks', { url: receiver.url, events: ['notice.created'] })
    const texts = ['early 0', 'early 1', 'early 2', 'late', 'after']
    const open = Promise.withResolvers<void>()
    const stream = streamed(one, texts.length, open.resolve)
    await open.promise
    const late = await beginLate(database.url)
    for (const text of texts.slice(0, 3)) await tell(one.serving, one.account, text)
    // Read, sent and streamed before the other commits.
    await until(
      async () => receiver.received.length,
      length => length === 3,
      'the early deliveries',
    )
    assert.deepEqual(await feed(one), texts.slice(0, 3))
    const lateId = await late()
    await tell(one.serving, one.account, 'after')
    assert.deepEqual(await feed(one), texts)
    assert.deepEqual(await stream, texts)
    await until(
      async () => receiver.received.length,
      length => length === texts.length,
      'all deliveries',
    )
    const { data } = (await one.send('GET', '/v1/events?order=asc')).body
    const ids: string[] = data.map((event: { id: string }) => event.id)
    assert.equal(ids.indexOf(lateId), 3)
    assert.ok(lateId < String(ids[0]), 'its id is smaller than those before it')
    assert.deepEqual(new Set(receiver.received.map(({ id }) => id)).size, texts.length)
  },
)

test(
  'what two processes do to a row is told in the order in which it was done, though their clocks differ',
  skip,
  async () => {
    await using pair = await startTwo(3_000)
    const { one, two } = pair
    await using receiver = await startReceiver()
    // What is owed waits behind the first, whichever process writes it.
    receiver.behave(() => (receiver.received.length === 1 ? 'hang' : 204))
    await one.send('POST', '/v1/webhooks', { url: receiver.url, events: ['counter.*'], order: 'data.id' })
    const { body } = await one.send('POST', '/v1/counters', { n: 0 })
    for (let n = 1; n <= 12; n++) {
      const { app } = (n % 2 === 0 ? one : two).serving
      await app.unit(one.account, ({ on }) => on(counters).patch(body.id, { n }))
    }
    const counted = (text: string): number => JSON.parse(text).data.n
    const page = (await one.send('GET', '/v1/events?order=asc')).body.data
    assert.deepEqual(
      page.map((event: { data: { n: number } }) => event.data.n),
      Array.from({ length: 13 }, (_, n) => n),
    )
    await until(
      async () => new Set(receiver.received.map(({ id }) => id)).size,
      size => size === 13,
      'all deliveries',
    )
    const firsts = [...new Map(receiver.received.map(({ id, body }) => [id, counted(body)])).values()]
    assert.deepEqual(
      firsts,
      Array.from({ length: 13 }, (_, n) => n),
    )
  },
)

test('a webhook is changed beside what stores its attempts, and neither runs again', skip, async () => {
  await using pair = await startTwo()
  const { one, database } = pair
  const { body } = await one.send('POST', '/v1/webhooks', {
    url: 'http://127.0.0.1:9/',
    events: ['notice.created'],
  })
  const settling = await postgres(database.url)()
  const begun = Promise.withResolvers<void>()
  let runs = 0
  const stored = settling.unit(async tx => {
    runs++
    await takeLanes(tx, new Set([body.id]))
    begun.resolve()
    for (let waiting = 0; waiting === 0; )
      waiting = Number((await tx.get('select count(*) as n from pg_locks where not granted'))?.['n'])
    await setState(tx, body.id, 'failing')
  }, 'sending')
  await begun.promise
  const changed = await one.send('PATCH', `/v1/webhooks/${body.id}`, { concurrency: 8 })
  await stored
  await settling.close()
  assert.equal(runs, 1)
  assert.deepEqual([changed.status, changed.body.state], [200, 'failing'])
})
