import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFirstLine, progressText } from '../../src/cli/export-progress.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { countRows } from '../../src/webhooks/export-total.ts'
import { run } from '../cli/program.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { rowsIn as rowsOf } from '../other-program.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { library } from './library.ts'

/** The export as its text, and its media type. */
async function exported({ url, key }: Pick<Fixture, 'url' | 'key'>) {
  const answer = await fetch(`${url}/v1/export`, {
    headers: { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' },
  })
  return { text: await answer.text(), type: answer.headers.get('content-type') ?? '' }
}

async function busy(fixture: Fixture, books: number) {
  const { send } = fixture
  const receiver = await startReceiver()
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  for (let pages = 1; pages <= books; pages++) await send('POST', '/v1/books', { title: 'Emma', pages })
  await until(
    () => send('GET', '/v1/deliveries?limit=100'),
    ({ body }) => body.data.filter((d: { state: string }) => d.state === 'delivered').length === books,
    'the deliveries',
  )
  await receiver.close()
  return webhook
}

const rowsIn = (text: string) =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
const kinds = (rows: readonly object[]) => rows.flatMap(row => Object.keys(row))

test('an export has all of an account, without secrets, and nothing of another', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const other = await fixture.another()
  await other('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/theirs', events: ['book.created'] })
  await other('POST', '/v1/books', { title: 'Persuasion', pages: 1 })
  const webhook = await busy(fixture, 12)
  const { text, type } = await exported(fixture)
  assert.match(type, /ndjson/)
  const rows = rowsIn(text)
  const [{ total }, ...others] = rows
  assert.deepEqual(total, { webhook: 1, emitted: 0, event: 12, delivery: 12, attempt: 12 })
  assert.deepEqual(kinds(others), [
    'webhook',
    ...Array(12).fill('event'),
    ...Array(12).fill('delivery'),
    ...Array(12).fill('attempt'),
  ])
  assert.equal(others[0].webhook.id, webhook.id)
  assert.equal(text.includes(webhook.secret), false)
  assert.equal(text.includes('Persuasion') || text.includes('theirs'), false)
  const pages = rows.flatMap(({ event }) => (event === undefined ? [] : [event.data.pages]))
  assert.deepEqual(
    pages,
    Array.from({ length: 12 }, (_, i) => i + 1),
  )
  const attempts = rows.flatMap(({ attempt }) => attempt ?? [])
  const owed = rows.flatMap(({ delivery }) => delivery ?? []).map(({ id }) => id)
  assert.deepEqual(
    attempts.map(({ delivery_id }) => delivery_id),
    owed.toSorted((a: string, b: string) => (a < b ? -1 : 1)),
  )
  assert.equal(attempts[0].status, 204)

  // Page by page it is the same, and a cursor that is none is refused.
  const paged = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await send('GET', `/v1/export?limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`)
    paged.push(...body.data)
    cursor = body.next
  }
  assert.deepEqual(paged, rows)
  for (const cursor of ['nonsense', 'webhook.x', 'event.x', 'secret.1'])
    assert.equal((await send('GET', `/v1/export?cursor=${cursor}`)).status, 400, cursor)
})

test('the program writes an export to its output, and says how much it was', async () => {
  await using fixture = await startFixture(library)
  await busy(fixture, 2)
  const { code, out, err } = await run(['export'], fixture)
  assert.deepEqual([code, err], [0, 'About 7 rows …\n7 rows.\n'])
  assert.deepEqual(kinds(rowsIn(out)), [
    'total',
    'webhook',
    'event',
    'event',
    'delivery',
    'delivery',
    'attempt',
    'attempt',
  ])
})

test('an export of nothing says that there is nothing', async () => {
  await using fixture = await startFixture(library)
  const nothing = { total: { webhook: 0, emitted: 0, event: 0, delivery: 0, attempt: 0 } }
  assert.deepEqual(rowsIn((await exported(fixture)).text), [nothing])
  const { body } = await fixture.send('GET', '/v1/export')
  assert.deepEqual(body.data, [nothing])
  const { body: rest } = await fixture.send('GET', `/v1/export?cursor=${body.next}`)
  assert.deepEqual(rest, { data: [], next: null })
})

test('what was emitted by SQL and is no event yet is exported, and so is what could be none', {
  skip: needsPostgres(),
}, async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const store = postgres(database.url)
  const emit = async (data: object, account: string) => {
    const text = 'select signalbox.emit($1, $2::jsonb, account => $3) as id'
    const { rows } = await database.query(text, ['book.lent', JSON.stringify(data), account])
    return rows[0]?.id as string
  }
  // Whoever works takes it up at once.
  const busy = await startFixture(library, { store })
  const fault = await emit({ id: 5 }, busy.account)
  await until(
    () => database.query('select 1 from signalbox.signalbox_emitted where fault is not null'),
    ({ rows }) => rows.length === 1,
    'the fault',
  )
  await busy[Symbol.asyncDispose]()
  const { serving, url } = stack.use(await startFixture(library, { store, work: false }))
  const waits = await emit({ id: 'b', to: 'Anne' }, busy.account)
  await emit({ id: 'b', to: 'somebody else' }, await serving.app.accounts.create('other'))
  const rows = rowsIn((await exported({ url, key: busy.key })).text)
  assert.deepEqual(kinds(rows), ['total', 'emitted', 'emitted'])
  assert.deepEqual(rows[0].total, { webhook: 0, emitted: 2, event: 0, delivery: 0, attempt: 0 })
  const [first, second] = [rows[1].emitted, rows[2].emitted]
  assert.deepEqual([first.id, first.type, first.data], [fault, 'book.lent', { id: 5 }])
  assert.match(first.fault, /is no event/)
  assert.deepEqual([second.id, second.data, second.fault], [waits, { id: 'b', to: 'Anne' }, null])
})

test('a page of attempts reads none of those before it', { skip: needsPostgres() }, async () => {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await freshDatabase())
  const { account, key, url, serving } = stack.use(
    await startFixture(library, { store: postgres(database.url), work: false }),
  )
  const COUNT = 5_000
  const series = `from generate_series(1, ${COUNT}) as i`
  const id = `'dlv_' || lpad(i::text, 6, '0')`
  await database.query(`insert into signalbox.signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format,
    state, attempt_count, created_at) select ${id}, '${account}', 'w', 'e', 't', 'json', 'delivered', 1, '' ${series}`)
  await database.query(`insert into signalbox.signalbox_attempts (delivery_id, number, started_at, duration_ms, outcome, method,
    url, request_headers) select ${id}, 1, '2026-01-01T00:00:00.000Z', 1, 'delivered', 'POST', '', '{}' ${series}`)
  await database.query('analyze')
  const read = async () => {
    const { rows } = await database.query(
      `select sum(idx_tup_read + seq_tup_read)::int as read from pg_stat_user_indexes
        join pg_stat_user_tables using (relid) where pg_stat_user_tables.relname = 'signalbox_attempts'`,
    )
    return Number(rows[0].read)
  }
  const before = await read()
  const place = `attempt.dlv_00${COUNT - 100}.1`
  const answer = await fetch(`${url}/v1/export?limit=5&cursor=${place}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  const { data } = (await answer.json()) as { data: { attempt: { delivery_id: string } }[] }
  assert.deepEqual(
    data.map(({ attempt }) => attempt.delivery_id),
    [1, 2, 3, 4, 5].map(n => `dlv_00${COUNT - 100 + n}`),
  )
  // What a connection has read it tells when it ends.
  await serving.close()
  const after = await until(read, count => count > before, 'the count')
  assert.ok(after - before < 200, `${after - before} were read`)
})

test('events are exported that were committed a moment before, and nobody has dispatched', async () => {
  await using fixture = await startFixture(library, { work: false })
  for (let pages = 1; pages <= 3; pages++) await fixture.send('POST', '/v1/books', { title: 'Emma', pages })
  assert.deepEqual(kinds(rowsIn((await exported(fixture)).text)), ['total', 'event', 'event', 'event'])
})

test('what is beyond the rows that are counted is told by the time they took, each account by itself', async () => {
  await using opened = await startFixture(library, { work: false })
  const { database, serving } = opened
  await rowsOf(
    database,
    `insert into signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count,
        created_at, settled_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 4000)
      select 'dlv_' || (10000 + i), case when i % 4 = 0 then 'few' else 'many' end, 'w', 'e', 't', 'json', 'delivered', 1,
        '2026-01-01T0' || (i / 1000) || ':' || (10 + i % 1000 / 25) || ':00.000Z', null from n`,
  )
  const count = (account: string | null, counted: number) =>
    serving.app.unit('any', ({ sql }) => countRows(sql, 'signalbox_deliveries', 'id', account, counted))
  assert.equal(await count('many', 3000), 3000)
  assert.equal(await count('few', 3000), 1000)
  assert.equal(await count('none', 3000), 0)
  const estimate = await count('many', 1000)
  assert.ok(estimate > 2000 && estimate < 4000, String(estimate))
})

test('how far an export is, is told as a part of what there was, and never as all before its end', () => {
  const line = createFirstLine()
  assert.equal(line.take(Buffer.from('{"total":{"webhook":1,"ev')), false)
  assert.equal(progressText(0, line.total), '0 rows so far …')
  assert.equal(line.take(Buffer.from('ent":199}}\n{"webhook":')), true)
  assert.equal(line.take(Buffer.from('{}}\n')), false)
  assert.equal(progressText(50, line.total), '50 of about 200 rows, 25 % …')
  assert.equal(progressText(300, line.total), '300 of about 200 rows, 99 % …')
})
