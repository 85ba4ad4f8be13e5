import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { systemClock } from '../../src/base/index.ts'
import { api, endpoint, resource } from '../../src/contract/index.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }

async function made({ send }: Fixture): Promise<{ path: string; etag: string }> {
  const { body, headers } = await send('POST', '/v1/books', book)
  return { path: `/v1/books/${body.id}`, etag: headers.get('etag') ?? '' }
}

test('what was made, changed and read has the same ETag until it changes', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { path, etag } = await made(fixture)
  assert.match(etag, /^"[\w-]{22}\.json"$/)
  assert.equal((await send('GET', path)).headers.get('etag'), etag)
  const changed = (await send('PATCH', path, { pages: 475 })).headers.get('etag')
  assert.notEqual(changed, etag)
  assert.equal((await send('GET', path)).headers.get('etag'), changed)
  await send('PATCH', path, { pages: 474 })
  assert.equal((await send('GET', path)).headers.get('etag'), etag)
})

test('an ETag without its quotes is refused with a word of them', async () => {
  await using fixture = await startFixture(library)
  const { path, etag } = await made(fixture)
  const detailFor = async (ifMatch: string): Promise<unknown> => {
    const { status, body } = await fixture.send('PATCH', path, { pages: 1 }, { 'if-match': ifMatch })
    return [status, body.detail]
  }
  const none = 'If-Match has no ETag: send it with its double quotes, as it was answered.'
  assert.deepEqual(await detailFor(etag.replaceAll('"', '')), [412, none])
  assert.match(String(await detailFor('"other"')), /^412,It is not, or no longer,/)
})

test('ETags differ by media type, and between what two accounts may see of a list', async () => {
  await using fixture = await startFixture(library)
  const { path } = await made(fixture)
  const tagOf = async (accept: string, of = path): Promise<string | null> =>
    (await fixture.send('GET', of, undefined, { accept })).headers.get('etag')
  const types = ['application/json', 'application/xml', 'text/xml']
  assert.equal(new Set(await Promise.all(types.map(type => tagOf(type)))).size, 3)
  const other = await fixture.another()
  assert.notEqual(
    await tagOf(types[0] ?? '', '/v1/books'),
    (await other('GET', '/v1/books')).headers.get('etag'),
  )
})

test('who has it already gets a 304 with what caches need, and no content', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { path, etag } = await made(fixture)
  for (const [method, field] of [
    ['GET', etag],
    ['GET', `W/${etag}`],
    ['GET', `"x", ${etag}`],
    ['GET', '*'],
    ['HEAD', etag],
  ] as const) {
    const { status, headers, body } = await send(method, path, undefined, { 'if-none-match': field })
    assert.deepEqual([field, status, body], [field, 304, ''])
    assert.equal(headers.get('etag'), etag)
    assert.equal(headers.get('cache-control'), 'private, no-cache')
    assert.equal(headers.get('vary'), 'accept, accept-encoding')
    assert.match(headers.get('request-id') ?? '', /^req_/)
    assert.deepEqual([headers.get('content-type'), headers.get('content-length')], [null, null])
  }
  assert.equal((await send('GET', path, undefined, { 'if-none-match': '"x"' })).status, 200)
  // Another representation is not the one that the caller has.
  const xml = { 'if-none-match': etag, accept: 'application/xml' }
  assert.equal((await send('GET', path, undefined, xml)).status, 200)
  const list = (await send('GET', '/v1/books')).headers.get('etag') ?? ''
  assert.equal((await send('GET', '/v1/books', undefined, { 'if-none-match': list })).status, 304)
  await send('POST', '/v1/books', book)
  assert.equal((await send('GET', '/v1/books', undefined, { 'if-none-match': list })).status, 200)
})

test('a change of what has changed meanwhile is a 412 that changes nothing', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { path, etag } = await made(fixture)
  await send('PATCH', path, { pages: 1 })
  for (const method of ['PATCH', 'DELETE']) {
    const body = method === 'PATCH' ? { pages: 2 } : undefined
    for (const stale of [
      { 'if-match': etag },
      { 'if-match': `W/${etag}` },
      { 'if-match': 'nonsense' },
      { 'if-none-match': '*' },
    ]) {
      const refused = await send(method, path, body, stale)
      assert.deepEqual([refused.status, refused.body.code], [412, 'precondition-failed'])
    }
  }
  const now = await send('GET', path)
  assert.equal(now.body.pages, 1)
  assert.equal((await send('GET', path, undefined, { 'if-match': etag })).status, 412)
  const fresh = now.headers.get('etag') ?? ''
  const changed = await send('PATCH', path, { pages: 3 }, { 'if-match': `"x", ${fresh}` })
  assert.equal(changed.status, 200)
  assert.equal(
    (await send('DELETE', path, undefined, { 'if-match': changed.headers.get('etag') ?? '' })).status,
    204,
  )
})

test('an ETag of any format and any coding names the state: read as compressed XML, change by JSON', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const note = 'n'.repeat(2000)
  const { body } = await send('POST', '/v1/books', { ...book, note })
  const path = `/v1/books/${body.id}`
  for (const accept of ['application/json', 'application/xml', 'text/xml']) {
    for (const coding of ['identity', 'gzip', 'br']) {
      const read = await send('GET', path, undefined, { accept, 'accept-encoding': coding })
      const etag = read.headers.get('etag') ?? ''
      assert.equal(etag.includes(coding), coding !== 'identity')
      const changed = await send('PATCH', path, { pages: 474 }, { 'if-match': etag })
      assert.equal(changed.status, 200, `${accept} ${coding} ${etag}`)
    }
  }
})

test('of 20 at once that change the same state, one does', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { path, etag } = await made(fixture)
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => send('PATCH', path, { pages: i + 1 }, { 'if-match': etag })),
  )
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, ...Array<number>(19).fill(412)],
  )
})

test('a retry of a conditional change gets its answer again, though the state is no longer the one', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { path, etag } = await made(fixture)
  const fields = { 'if-match': etag, 'idempotency-key': 'a' }
  const first = await send('PATCH', path, { pages: 2 }, fields)
  const again = await send('PATCH', path, { pages: 2 }, fields)
  assert.deepEqual([first.status, again.status], [200, 200])
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  assert.equal(again.headers.get('etag'), first.headers.get('etag'))
  const other = await send('PATCH', path, { pages: 2 }, { ...fields, 'if-match': '"other"' })
  assert.equal(other.body.code, 'idempotency-key-reused')
  // A 412 did nothing, so its key is free.
  const stale = await send('PATCH', path, { pages: 3 }, { 'if-match': etag, 'idempotency-key': 'b' })
  assert.equal(stale.status, 412)
  const now = { 'if-match': first.headers.get('etag') ?? '', 'idempotency-key': 'b' }
  assert.equal((await send('PATCH', path, { pages: 3 }, now)).status, 200)
})

test("what is not there, or another account's, is a 404 on every condition", async () => {
  await using fixture = await startFixture(library)
  const { path, etag } = await made(fixture)
  const other = await fixture.another()
  for (const field of [etag, '*', '"x"']) {
    for (const at of [path, '/v1/books/boo_nothing']) {
      const refused = await other('PATCH', at, { pages: 2 }, { 'if-match': field })
      assert.deepEqual([refused.status, refused.body.code], [404, 'not-found'])
    }
  }
})

test('If-Match is not met where nothing shows what it would name', async () => {
  await using fixture = await startFixture(library)
  const { path } = await made(fixture)
  const lent = await fixture.send('POST', `${path}/lend`, { to: 'Ann' }, { 'if-match': '*' })
  assert.equal(lent.status, 412)
  assert.equal((await fixture.send('GET', path)).body.lent, false)
})

const Note = z.object({ id: z.string(), text: z.string(), changed_at: z.iso.datetime() })
const notes = resource('note', {
  path: '/notes',
  schema: Note,
  owner: 'account_id',
  requireMatch: true,
  methods: ['get', 'create', 'update', 'delete'],
})
const getDated = endpoint({
  method: 'GET',
  path: '/dated/{id}',
  output: Note,
  problems: { 'not-found': 404 },
  lastModified: note => note.changed_at,
  handle: async ({ on, params, fail }) => (await on(notes).get(params.id)) ?? fail('not-found'),
})
const changeDated = endpoint({
  method: 'PUT',
  path: '/dated/{note}',
  output: Note,
  handle: ({ on, params }) => on(notes).patch(params.note, { text: 'changed' }),
})

test('where the definition asks for it, a change without If-Match is a 428', async () => {
  await using fixture = await startFixture(api({ title: 'Notes', version: '1', resources: [notes] }))
  const { send } = fixture
  const created = await send('POST', '/notes', { text: 'a', changed_at: '2026-01-01T00:00:00Z' })
  const path = `/notes/${created.body.id}`
  for (const method of ['PATCH', 'DELETE']) {
    const body = method === 'PATCH' ? { text: 'b' } : undefined
    const refused = await send(method, path, body)
    assert.deepEqual([refused.status, refused.body.code], [428, 'precondition-required'])
    assert.equal((await send(method, path, body, { 'if-match': '*' })).status, method === 'PATCH' ? 200 : 204)
  }
})

test('a time of the last change is told, spares what is known, and guards a change', async () => {
  await using fixture = await startFixture(
    api({ title: 'Notes', version: '1', resources: [notes], endpoints: { getDated, changeDated } }),
  )
  const { send } = fixture
  const { body } = await send('POST', '/notes', { text: 'a', changed_at: '2026-01-01T00:00:00.700Z' })
  const path = `/dated/${body.id}`
  const at = 'Thu, 01 Jan 2026 00:00:00 GMT'
  const before = 'Wed, 31 Dec 2025 23:59:59 GMT'
  assert.equal((await send('GET', path)).headers.get('last-modified'), at)
  assert.equal((await send('GET', path, undefined, { 'if-modified-since': at })).status, 304)
  assert.equal((await send('GET', path, undefined, { 'if-modified-since': before })).status, 200)
  assert.equal((await send('PUT', path, undefined, { 'if-unmodified-since': before })).status, 412)
  const changed = await send('PUT', path, undefined, { 'if-unmodified-since': at })
  assert.equal(changed.status, 200)
  // RFC 9110 §9.3.4.
  assert.equal(changed.headers.get('etag'), null)
  // Without a known time the condition is ignored (RFC 9110 §13.1.4).
  assert.equal(
    (
      await send(
        'PATCH',
        `/notes/${body.id}`,
        { text: 'b' },
        { 'if-match': '*', 'if-unmodified-since': before },
      )
    ).status,
    200,
  )
})

const kept = () => z.iso.datetime().default('2000-01-01T00:00:00Z').meta({ readOnly: true })
const Page = z.object({ id: z.string(), text: z.string(), updated_at: kept() })
const pages = (watch: boolean) =>
  api({
    title: 'Pages',
    version: '1',
    resources: [resource('page', { path: '/pages', schema: Page, owner: 'account_id', watch })],
  })

test('a row whose changes the server times has a Last-Modified, once no other change can have the same', async () => {
  let now = Date.parse('2026-11-23T09:00:00.200Z')
  const clock = { ...systemClock, now: () => now }
  await using fixture = await startFixture(pages(false), { clock, work: false })
  const { send } = fixture
  const { body: made } = await send('POST', '/pages', { text: 'a' })
  const path = `/pages/${made.id}`
  const since = (field: string, at: string) => ({ [`if-${field}-since`]: at })
  const told = async () => (await send('GET', path)).headers.get('last-modified')
  assert.equal(await told(), null)
  now = Date.parse('2026-11-23T09:00:00.700Z')
  await send('PATCH', path, { text: 'b' })
  const second = 'Mon, 23 Nov 2026 09:00:00 GMT'
  // Whoever has seen `a` may say so, and means another state than this.
  assert.equal((await send('PATCH', path, { text: 'c' }, since('unmodified', second))).status, 412)
  assert.equal((await send('GET', path, undefined, since('modified', second))).status, 200)
  now = Date.parse('2026-11-23T09:00:01.999Z')
  assert.equal(await told(), null, 'such a change may be about to commit')
  now = Date.parse('2026-11-23T09:00:02.000Z')
  assert.equal(await told(), second)
  // Asked again without a commit between them, it is remembered, and told as well.
  assert.equal(await told(), second)
  const known = await send('GET', path, undefined, since('modified', second))
  assert.deepEqual([known.status, known.headers.get('last-modified')], [304, second])
  const other = { ...since('modified', second), 'if-none-match': '"other"' }
  assert.equal((await send('GET', path, undefined, other)).status, 200, 'If-None-Match decides alone')
  assert.equal((await send('PATCH', path, { text: 'c' }, since('unmodified', second))).status, 200)
  assert.equal((await send('PATCH', path, { text: 'd' }, since('unmodified', second))).status, 412)
  now = Date.parse('2026-11-23T09:00:05.000Z')
  assert.equal((await send('DELETE', path, undefined, since('unmodified', second))).status, 412)
  assert.equal((await send('DELETE', path, undefined, since('unmodified', (await told()) ?? ''))).status, 204)
})

test('a row that other programs change as well has none', async () => {
  let now = 0
  const clock = { ...systemClock, now: () => now }
  await using fixture = await startFixture(pages(true), { clock, work: false })
  const { body: made } = await fixture.send('POST', '/pages', { text: 'a' })
  now = 5000
  const { headers } = await fixture.send('GET', `/pages/${made.id}`)
  assert.equal(headers.get('last-modified'), null)
  const document = JSON.stringify((await fixture.send('GET', '/openapi.json')).body.paths['/pages/{id}'])
  assert.ok(!document.includes('Last-Modified'))
})

test('a definition that asks for what nothing tells is refused', () => {
  const refused = (make: () => unknown, message: RegExp) => assert.throws(make, message)
  refused(
    () =>
      resource('note', {
        path: '/notes',
        schema: Note,
        owner: 'account_id',
        requireMatch: true,
        methods: ['update'],
      }),
    /there is no get/,
  )
  const alone = endpoint({ method: 'PUT', path: '/alone', requireMatch: true, handle: () => undefined })
  refused(() => api({ title: 'A', version: '1', endpoints: { alone } }), /no GET of this path/)
  refused(() => endpoint({ method: 'GET', path: '/a', requireMatch: true }), /changes nothing/)
  refused(() => endpoint({ method: 'QUERY', path: '/a', fromRows: true }), /only the answer of a GET/)
  refused(
    () => endpoint({ method: 'POST', path: '/a', output: Note, lastModified: () => '' }),
    /only what is read/,
  )
})
