import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../cli/program.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { library } from './library.ts'

/** The export as its text, and its media type. */
async function exported({ url, key }: Fixture) {
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
  assert.deepEqual(kinds(rows), [
    'webhook',
    ...Array(12).fill('event'),
    ...Array(12).fill('delivery'),
    ...Array(12).fill('attempt'),
  ])
  assert.equal(rows[0].webhook.id, webhook.id)
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
  assert.deepEqual([code, err], [0, '7 rows.\n'])
  assert.deepEqual(kinds(rowsIn(out)), [
    'webhook',
    'event',
    'event',
    'delivery',
    'delivery',
    'attempt',
    'attempt',
  ])
})

test('an export of nothing is empty', async () => {
  await using fixture = await startFixture(library)
  assert.deepEqual((await fixture.send('GET', '/v1/export')).body, { data: [], next: null })
  assert.equal((await exported(fixture)).text, '')
})
