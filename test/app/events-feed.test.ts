import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Unit } from '../../src/contract/index.ts'
import type { Send } from '../e2e/client.ts'
import { rowIn, rowsIn } from '../other-program.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { books, library } from './library.ts'

interface Page {
  readonly data: readonly { readonly id: string; readonly type: string; readonly data: { title: string } }[]
  readonly next: string
}

const page = async (send: Send, query: string): Promise<Page> => {
  const { status, body } = await send('GET', `/v1/events?${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** Goes forward until a page leads to itself. */
async function walk(
  send: Send,
  query: string,
  from = '',
): Promise<{ titles: string[]; at: string; pages: number }> {
  const titles: string[] = []
  let at = from
  for (let pages = 1; ; pages++) {
    const { data, next } = await page(send, `order=asc&${query}${at === '' ? '' : `&cursor=${at}`}`)
    titles.push(...data.map(event => event.data.title))
    if (next === at || (at === '' && data.length === 0)) return { titles, at: next, pages }
    at = next
  }
}

const add = (fixture: Fixture, titles: readonly string[]): Promise<void> =>
  fixture.serving.app.unit(fixture.account, async ({ on }: Unit) => {
    for (const title of titles) await on(books).create({ title, pages: 1 })
  })

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i}`)

test('the feed goes forward from a cursor, whose next is there also where nothing is', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const empty = await page(send, 'order=asc')
  assert.deepEqual(empty.data, [])
  await add(fixture, numbered('a', 25))
  const first = await walk(send, 'limit=10', empty.next)
  assert.deepEqual(first.titles, numbered('a', 25))
  assert.deepEqual((await walk(send, 'limit=10', first.at)).titles, [])
  await add(fixture, ['later'])
  assert.deepEqual((await walk(send, 'limit=10', first.at)).titles, ['later'])
  const { headers } = await send('GET', `/v1/events?order=asc&cursor=${first.at}`)
  assert.match(headers.get('link') ?? '', /^<\/v1\/events\?order=asc&cursor=evt_\w+>; rel="next"/)
  const newest = await page(send, 'limit=2')
  assert.deepEqual(
    newest.data.map(event => event.data.title),
    ['later', 'a 24'],
  )
  assert.equal((await page(send, `limit=30&cursor=${newest.next}`)).next, null)
})

test('13: what another process commits later is not passed over where its id is smaller, nor does anything come twice', async () => {
  await using fixture = await startFixture(library)
  const script = fileURLToPath(new URL('children/behind.ts', import.meta.url))
  const child = spawn(process.execPath, [script, fixture.database, fixture.account, '40'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  const seen: string[] = []
  const ids: string[] = []
  let at = ''
  let running = true
  const over = ended.then(() => {
    running = false
  })
  const look = async (): Promise<void> => {
    const { data, next } = await page(fixture.send, `order=asc&limit=7${at && `&cursor=${at}`}`)
    seen.push(...data.map(event => event.data.title))
    ids.push(...data.map(event => event.id))
    at = next
  }
  for (let i = 0; running; i++) {
    await add(fixture, [`ours ${i}`])
    await look()
  }
  await over
  const row = await rowIn(fixture.database, 'select count(*) as n from signalbox_events')
  const count = Number(row?.['n'])
  while (ids.length < count) await look()
  assert.equal(new Set(ids).size, count)
  assert.deepEqual(
    seen.filter(title => title.startsWith('theirs')),
    numbered('theirs', 40),
  )
  assert.notDeepEqual(ids, ids.toSorted(), 'the order of ids is another one')
})

test('type takes names and wildcards, and what is no type is a 400 that lists them', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: book } = await send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  await send('POST', `/v1/books/${book.id}/lend`, { to: 'Harriet' })
  await send('POST', '/v1/places', { name: 'Highbury' })
  const types = async (query: string): Promise<string[]> =>
    (await page(send, `order=asc&${query}`)).data.map(event => event.type)
  assert.deepEqual(await types('type=book.*'), ['book.created', 'book.updated', 'book.lent'])
  assert.deepEqual(await types('type=book.lent,place.*'), ['book.lent', 'place.created'])
  const refused = await send('GET', '/v1/events?type=book.burnt')
  assert.deepEqual([refused.status, refused.body.errors[0].parameter], [400, 'type'])
  assert.match(refused.body.errors[0].detail, /"book\.\*", "book\.created"/)
})

test('when takes the conditions of webhooks, checked against the types that are asked for', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  await add(fixture, ['Emma', 'Persuasion'])
  const when = encodeURIComponent('data.title == "Emma"')
  const { data } = await page(send, `type=book.created&when=${when}`)
  assert.deepEqual(
    data.map(event => event.data.title),
    ['Emma'],
  )
  const refused = await send('GET', `/v1/events?type=book.*,place.*&when=${when}`)
  assert.deepEqual([refused.status, refused.body.errors[0].parameter], [400, 'when'])
})

test('a page that is looked for among many events ends after 2,000, and next goes on behind them', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  await add(fixture, numbered('a', 2_100))
  const { body: book } = await send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  await send('POST', `/v1/books/${book.id}/lend`, { to: 'Harriet' })
  const first = await page(send, 'order=asc&type=book.lent')
  assert.deepEqual(first.data, [])
  const second = await page(send, `order=asc&type=book.lent&cursor=${first.next}`)
  assert.deepEqual(
    second.data.map(event => event.type),
    ['book.lent'],
  )
})

test('a cursor whose event is no longer kept, or is of another account, is a 410; what is no cursor a 400', async () => {
  await using fixture = await startFixture(library)
  await add(fixture, ['a', 'b'])
  const { data } = await page(fixture.send, 'order=asc')
  const [first = assert.fail(), second = assert.fail()] = data.map(event => event.id)
  const other = await fixture.another()
  const ask = async (send: Send, cursor: string) => {
    const { status, body } = await send('GET', `/v1/events?order=asc&cursor=${cursor}`)
    return { status, body: { ...body, request_id: '' } }
  }
  const theirs = await ask(other, first)
  assert.deepEqual([theirs.status, theirs.body.code], [410, 'cursor-expired'])
  assert.deepEqual(
    theirs,
    await ask(other, `${first.slice(0, -1)}!`.replace('!', first.endsWith('0') ? '1' : '0')),
  )
  await rowsIn(fixture.database, 'delete from signalbox_events where id = $1', first)
  assert.equal((await ask(fixture.send, first)).body.code, 'cursor-expired')
  assert.equal((await ask(fixture.send, second)).status, 200)
  for (const wrong of ['', 'x', 'evt_', `${first}0`]) {
    const { status, body } = await ask(fixture.send, wrong)
    assert.deepEqual([wrong, status, body.code], [wrong, 400, 'invalid-cursor'])
  }
})

test('the feed is there as XML, and as lines that end where it does', async () => {
  await using fixture = await startFixture(library)
  await add(fixture, numbered('a', 25))
  const as = async (accept: string) =>
    String((await fixture.send('GET', '/v1/events?order=asc', undefined, { accept })).body)
  assert.equal((await as('application/xml')).match(/<event>/g)?.length, 20)
  assert.equal((await as('text/csv')).trim().split('\n').length, 26)
  const response = await fetch(new URL('/v1/events?order=asc', fixture.url), {
    headers: { authorization: `Bearer ${fixture.key}`, accept: 'application/x-ndjson' },
  })
  assert.equal((await response.text()).trim().split('\n').length, 25)
})
