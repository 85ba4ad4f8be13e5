import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, resource } from '../../src/contract/index.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { library } from './library.ts'

const Note = z.object({
  id: z.string(),
  text: z.string().min(1),
  tags: z.array(z.string().max(10)).max(3).default([]),
  hint: z.string().optional(),
  meta: z.record(z.string(), z.unknown()).default({}),
  updated_at: z.iso.datetime().default('2000-01-01T00:00:00Z').meta({ readOnly: true }),
})
const notes = resource('note', { path: '/notes', schema: Note, owner: 'account_id', jsonPatch: true })
const notebook = api({ title: 'Notes', version: '1', resources: [notes] })

const TYPE = 'application/json-patch+json'

async function made({ send }: Fixture, note: object = { text: 'a', tags: ['x', 'y'] }) {
  const { body } = await send('POST', '/notes', note)
  const path = `/notes/${body.id}`
  return {
    path,
    note: body,
    patch: (operations: unknown, fields: Record<string, string> = {}) =>
      send('PATCH', path, operations, { 'content-type': TYPE, ...fields }),
  }
}

test('a JSON Patch changes a row by its operations, in one event', async () => {
  await using fixture = await startFixture(notebook)
  const { path, note, patch } = await made(fixture)
  const { status, body } = await patch([
    { op: 'test', path: '/id', value: note.id },
    { op: 'test', path: '/tags', value: ['x', 'y'] },
    { op: 'add', path: '/tags/1', value: 'between' },
    { op: 'remove', path: '/tags/0' },
    { op: 'add', path: '/hint', value: 'h' },
    { op: 'move', from: '/hint', path: '/meta/hint' },
    { op: 'replace', path: '/text', value: 'b' },
  ])
  assert.equal(status, 200)
  const expected = { ...note, text: 'b', tags: ['between', 'y'], meta: { hint: 'h' } }
  assert.deepEqual({ ...body, updated_at: '' }, { ...expected, updated_at: '' })
  assert.deepEqual((await fixture.send('GET', path)).body, body)
  const { body: events } = await fixture.send('GET', '/events')
  assert.deepEqual(
    events.data.map((each: { type: string }) => each.type),
    ['note.updated', 'note.created'],
  )
  assert.equal((await patch([])).status, 200, 'a patch of nothing changes nothing')
})

test('a test that fails is a 409, and nothing of the patch is done', async () => {
  await using fixture = await startFixture(notebook)
  const { path, note, patch } = await made(fixture)
  const operations = [
    { op: 'replace', path: '/text', value: 'b' },
    { op: 'test', path: '/tags/0', value: 'other' },
  ]
  const { status, body } = await patch(operations, { 'idempotency-key': 'a' })
  assert.deepEqual([status, body.code], [409, 'patch-test-failed'])
  assert.equal(body.detail, "Operation 1: What is at '/tags/0' is not this.")
  assert.deepEqual((await fixture.send('GET', path)).body, note)
  const again = await patch(operations, { 'idempotency-key': 'a' })
  assert.deepEqual([again.headers.get('idempotent-replayed'), again.body], ['true', body])
})

test('what cannot be done, or makes a row that does not fit, is a 422 that points into the patch', async () => {
  await using fixture = await startFixture(notebook)
  const { path, note, patch } = await made(fixture)
  const fine = { op: 'add', path: '/hint', value: 'h' }
  const cases: readonly [unknown, string, RegExp][] = [
    [{ op: 'add' }, '#', /an array of operations/],
    [[fine, { op: 'remove', path: '/tags/9' }], '#/1/path', /nothing at this place/],
    [[{ op: 'add', path: '/meta/__proto__', value: 1 }], '#/0/path', /may not be called __proto__/],
    [[{ op: 'replace', path: '/text', value: '' }, fine], '#/0', /^\/text: /],
    [
      [
        { op: 'replace', path: '/text', value: 'b' },
        { op: 'remove', path: '/text' },
      ],
      '#/1',
      /^\/text: /,
    ],
    [[fine, { op: 'add', path: '/tags/-', value: 'longer than ten' }], '#/1', /^\/tags\/2: /],
    [[{ op: 'replace', path: '/id', value: 'not_other' }], '#/0', /^\/id: The server makes it/],
    [[{ op: 'remove', path: '/updated_at' }], '#/0', /^\/updated_at: The server makes it/],
    [[{ op: 'replace', path: '', value: [] }], '#/0', /The server makes it/],
    [[{ op: 'replace', path: '', value: null }], '#/0', /The server makes it/],
  ]
  for (const [operations, pointer, detail] of cases) {
    const { status, body } = await patch(operations)
    const what = JSON.stringify([operations, body])
    assert.deepEqual([status, body.code, body.errors?.[0].pointer], [422, 'invalid-input', pointer], what)
    assert.match(body.errors[0].detail, detail)
  }
  assert.deepEqual((await fixture.send('GET', path)).body, note)
  const missing = await fixture.send('PATCH', '/notes/not_there', [fine], { 'content-type': TYPE })
  assert.deepEqual([missing.status, missing.body.code], [404, 'not-found'])
})

test('a hostile patch is refused, and holds up nobody', async () => {
  await using fixture = await startFixture(notebook)
  const { patch } = await made(fixture, { text: 'x'.repeat(10_000) })
  const doubling = Array.from({ length: 999 }, (_, i) => ({ op: 'copy', from: '', path: `/meta/x${i}` }))
  const start = performance.now()
  const { status, body } = await patch(doubling)
  assert.deepEqual([status, body.code], [422, 'invalid-input'])
  assert.ok(performance.now() - start < 500)
  const body1 = `[{"op":"add","path":"/hint","value":"h","op":"remove"}]`
  const doubled = await fetch(new URL('/notes/not_a', fixture.url), {
    method: 'PATCH',
    headers: { authorization: `Bearer ${fixture.key}`, 'content-type': TYPE },
    body: body1,
  })
  assert.equal(doubled.status, 400)
})

test('what a PATCH may be written in is told by OPTIONS and with a 415 (RFC 5789 §2.2, §3.1)', async () => {
  await using fixture = await startFixture(notebook)
  const { path } = await made(fixture)
  const types = `application/merge-patch+json, application/json, ${TYPE}`
  const options = await fixture.send('OPTIONS', path)
  assert.ok(options.headers.get('accept-patch')?.startsWith(types))
  const refused = await fixture.send('PATCH', path, [], { 'content-type': 'text/plain' })
  assert.equal(refused.status, 415)
  assert.ok(refused.headers.get('accept-patch')?.startsWith(types))
  assert.equal((await fixture.send('OPTIONS', '/notes')).headers.get('accept-patch'), null)
})

test('without the definition asking for it, JSON Patch is a 415, and not in the document', async () => {
  await using fixture = await startFixture(library)
  const { body: book } = await fixture.send('POST', '/v1/books', { title: 'Emma', pages: 1 })
  const refused = await fixture.send('PATCH', `/v1/books/${book.id}`, [], { 'content-type': TYPE })
  assert.equal(refused.status, 415)
  const document = (await fixture.send('GET', '/openapi.json')).body
  assert.ok(!JSON.stringify(document).includes('json-patch'))
})

test('it is refused where there is no update', () => {
  const options = { path: '/notes', schema: Note, owner: 'account_id', jsonPatch: true } as const
  assert.throws(() => resource('note', { ...options, methods: ['get'] }), /JSON Patch.*Add 'update'/s)
})
