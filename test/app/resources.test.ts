import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, DefinitionError, resource } from '../../src/contract/index.ts'
import { otherProgram, rowsIn } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }

test('a row that is created is complete, and reads the same', async () => {
  await using fixture = await startFixture(library)
  const made = await fixture.send('POST', '/v1/books', book)
  const { id, ...rest } = made.body
  assert.equal(made.status, 201)
  assert.match(id, /^boo_[0-9a-z]{26}$/)
  assert.deepEqual(rest, { ...book, price: 0, lent: false, tags: [], returned_at: null })
  assert.equal(made.headers.get('location'), `/v1/books/${id}`)
  assert.deepEqual((await fixture.send('GET', `/v1/books/${id}`)).body, made.body)
})

test('a row that was read can be sent back: what the server makes is passed over', async () => {
  await using fixture = await startFixture(library)
  const made = await fixture.send('POST', '/v1/books', book)
  const copy = await fixture.send('POST', '/v1/books', made.body)
  assert.equal(copy.status, 201)
  assert.notEqual(copy.body.id, made.body.id)
})

test('a member that the schema does not name is passed over, and refused where the schema is strict', async () => {
  const shape = { id: z.string(), name: z.string() }
  const open = resource('shelf', { path: '/shelves', schema: z.object(shape), owner: 'account_id' })
  const strict = resource('box', { path: '/boxes', schema: z.strictObject(shape), owner: 'account_id' })
  await using fixture = await startFixture(api({ title: 'Strict', version: '1', resources: [open, strict] }))
  const { send } = fixture
  assert.equal((await send('POST', '/shelves', { name: 'a', nmae: 'b' })).status, 201)
  assert.equal((await send('POST', '/boxes', { name: 'a', nmae: 'b' })).status, 422)
  const { body } = await send('POST', '/boxes', { name: 'a' })
  assert.equal((await send('PATCH', `/boxes/${body.id}`, { ...body, name: 'b' })).body.name, 'b')
  assert.equal((await send('PATCH', `/boxes/${body.id}`, { nmae: 'b' })).status, 422)
})

test('PATCH is a merge patch: members are set, null takes away or sets null, defaults come back, nothing else changes', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/books', { ...book, note: 'x', price: 5, tags: ['a'] })
  const patch = (change: unknown, type = 'application/merge-patch+json') =>
    send('PATCH', `/v1/books/${made.id}`, change, { 'content-type': type })
  assert.deepEqual((await patch({ title: 'Persuasion' })).body, { ...made, title: 'Persuasion' })
  const { note: _, ...without } = { ...made, title: 'Persuasion' }
  assert.deepEqual((await patch({ note: null })).body, without)
  assert.deepEqual((await patch({ price: null })).body, { ...without, price: 0 })
  const returned = '2026-11-23T08:00:00.000Z'
  assert.equal((await patch({ returned_at: returned }, 'application/json')).body.returned_at, returned)
  assert.equal((await patch({ returned_at: null })).body.returned_at, null)
  const taken = await patch({ title: null })
  assert.equal(taken.status, 422)
  assert.deepEqual(
    taken.body.errors.map((error: { pointer: string }) => error.pointer),
    ['#/title'],
  )
  assert.match(taken.body.errors[0].detail, /^null takes it away \(RFC 7396\), and it is required: /)
  assert.equal((await patch([1])).status, 422)
  assert.equal((await patch({ id: 'boo_other', pages: 9 })).body.id, made.id)
})

test('PUT replaces the whole row but what the server makes, and makes none that was not there', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/books', { ...book, note: 'x', price: 5, tags: ['a'] })
  const replaced = await send('PUT', `/v1/books/${made.id}`, {
    ...book,
    id: 'boo_other',
    title: 'Persuasion',
  })
  const { note: _, ...rest } = made
  assert.deepEqual(replaced.body, { ...rest, title: 'Persuasion', price: 0, tags: [] })
  assert.deepEqual((await send('GET', `/v1/books/${made.id}`)).body, replaced.body)
  assert.equal((await send('PUT', `/v1/books/${made.id}`, { pages: 1 })).status, 422)
  const missing = await send('PUT', '/v1/books/boo_missing', book)
  assert.deepEqual([missing.status, missing.body.code], [404, 'not-found'])
  const other = await fixture.another()
  assert.equal((await other('PUT', `/v1/books/${made.id}`, book)).status, 404)
  await send('PUT', `/v1/books/${made.id}`, replaced.body)
  const { body: events } = await send('GET', '/v1/events')
  assert.deepEqual(
    events.data.map(({ type }: { type: string }) => type),
    ['book.updated', 'book.created'],
  )
})

test('created_at and updated_at are kept by the server where callers cannot set them', async () => {
  const time = () => z.iso.datetime().default('2000-01-01T00:00:00Z').meta({ readOnly: true })
  const Note = z.object({ id: z.string(), text: z.string(), created_at: time(), updated_at: time() })
  const notes = resource('note', { path: '/notes', schema: Note, owner: 'account_id' })
  await using fixture = await startFixture(api({ title: 'Notes', version: '1', resources: [notes] }))
  const { send } = fixture
  const before = new Date().toISOString()
  const { body: made } = await send('POST', '/notes', { text: 'a', created_at: '1999-01-01T00:00:00Z' })
  assert.ok(made.created_at >= before && made.created_at === made.updated_at)
  const path = `/notes/${made.id}`
  assert.deepEqual((await send('PATCH', path, { text: 'a', updated_at: before })).body, made)
  while (new Date().toISOString() === made.updated_at);
  const { body: patched } = await send('PATCH', path, { text: 'b' })
  assert.equal(patched.created_at, made.created_at)
  assert.ok(patched.updated_at > made.updated_at)
  while (new Date().toISOString() === patched.updated_at);
  const { body: replaced } = await send('PUT', path, { text: 'c', created_at: before })
  assert.equal(replaced.created_at, made.created_at)
  assert.ok(replaced.updated_at > patched.updated_at)
  assert.deepEqual((await send('GET', path)).body, replaced)
})

test('each change records its event with the row and the row before; a change of nothing records none', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/books', book)
  const { body: changed } = await send('PATCH', `/v1/books/${made.id}`, { pages: 1 })
  await send('PATCH', `/v1/books/${made.id}`, { pages: 1 })
  await send('PATCH', `/v1/books/${made.id}`, {})
  assert.equal((await send('DELETE', `/v1/books/${made.id}`)).status, 204)
  assert.equal((await send('DELETE', `/v1/books/${made.id}`)).status, 404)
  const { body: events } = await send('GET', '/v1/events')
  assert.deepEqual(
    events.data.map(({ type, data, before }: Record<string, unknown>) => ({ type, data, before })),
    [
      { type: 'book.deleted', data: undefined, before: changed },
      { type: 'book.updated', data: changed, before: made },
      { type: 'book.created', data: made, before: undefined },
    ],
  )
  const one = await send('GET', `/v1/events/${events.data[0].id}`)
  assert.deepEqual(one.body, { ...events.data[0], webhooks: [] })
})

test('a list walked by its cursor has every row once, newest first, while rows are added', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const made: string[] = []
  for (let n = 0; n < 25; n++) made.push((await send('POST', '/v1/books', { ...book, pages: n + 1 })).body.id)
  const walked: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: { body: { data: { id: string }[]; next: string | null } } = await send(
      'GET',
      `/v1/books?limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`,
    )
    walked.push(...body.data.map(row => row.id))
    cursor = body.next
    await send('POST', '/v1/books', book)
  }
  assert.deepEqual(walked, made.toReversed())
})

test('shared rows are everybody’s, open methods need no key, and their events reach every account', async () => {
  await using fixture = await startFixture(library)
  const { send, url } = fixture
  const other = await fixture.another()
  const made = await send('POST', '/v1/places', { name: 'Bath' })
  const read = await fetch(new URL(`/v1/places/${made.body.id}`, url))
  assert.deepEqual(await read.json(), made.body)
  assert.equal((await fetch(new URL('/v1/places', url), { method: 'POST' })).status, 401)
  assert.equal((await other('GET', '/v1/events')).body.data[0].type, 'place.created')
})

test('an existing table is used as it is', async () => {
  const Song = z.object({
    id: z.string(),
    name: z.string(),
    length: z.number(),
    live: z.boolean(),
    labels: z.array(z.string()).optional(),
  })
  const songs = resource('song', {
    path: '/songs',
    schema: Song,
    owner: 'customer',
    table: 'tracks',
    methods: ['list', 'get', 'update'],
  })
  await using fixture = await startFixture(api({ title: 'Songs', version: '1' }))
  await using other = await otherProgram(fixture.database)
  await other.rows(`create table tracks (id varchar(40) primary key, name text not null, length double precision not null,
    live boolean not null, labels json, customer text not null, secret text not null default 'hidden', plays integer)`)
  await other.rows(
    "insert into tracks values ('1', 'One', 2.5, true, null, $1, 'hidden', 9), ('2', 'Two', 3, false, null, 'somebody else', 'hidden', 9)",
    fixture.account,
  )
  await using over = await startFixture(api({ title: 'Songs', version: '1', resources: [songs] }), {
    store: storeAt(fixture.database),
  })
  const { key } = await over.serving.app.accounts.issueKey(fixture.account, 'x')
  const { client } = await import('../e2e/client.ts')
  const send = client(over.url, key)
  assert.deepEqual((await send('GET', '/songs')).body.data, [
    { id: '1', name: 'One', length: 2.5, live: true },
  ])
  const changed = await send('PATCH', '/songs/1', { live: false, labels: ['a'] })
  assert.deepEqual(changed.body, { id: '1', name: 'One', length: 2.5, live: false, labels: ['a'] })
  assert.equal((await send('GET', '/songs/2')).status, 404)
  assert.deepEqual(await other.rows("select secret, plays, live, labels from tracks where id = '1'"), [
    { secret: 'hidden', plays: 9, live: 0, labels: '["a"]' },
  ])
})

test('an existing table is walked in the order of its own collation, each row once', async () => {
  const Word = z.object({ id: z.string(), word: z.string().max(20), at: z.iso.datetime() })
  const options = {
    path: '/words',
    schema: Word,
    owner: 'shared',
    filter: ['word', 'at'],
    sort: ['word', 'at'],
  } as const
  const words = resource('word', options)
  await using fixture = await startFixture(api({ title: 'Words', version: '1' }))
  await using other = await otherProgram(fixture.database)
  await other.rows('create table words (id text primary key, word text not null, at text not null)')
  const all = ['b', 'B', 'a', 'A', 'ä', 'a-b', 'ab', 'a b', '', '0', '_', 'z']
  for (const [i, word] of all.entries()) {
    const at = `2026-11-23T08:00:0${i % 4}${['Z', '.5Z', '.500Z'][i % 3]}`
    await other.rows('insert into words values ($1, $2, $3)', `${i % 2 === 0 ? 'w' : 'W'}${i}`, word, at)
  }
  await using over = await startFixture(api({ title: 'Words', version: '1', resources: [words] }), {
    store: storeAt(fixture.database),
  })
  const walk = async (from: string, rel: 'next' | 'prev'): Promise<{ ids: string[]; last: string }> => {
    const pages: string[][] = []
    let last = from
    for (let path: string | undefined = from; path !== undefined; ) {
      last = path
      const { status, headers, body } = await over.send('GET', path)
      assert.equal(status, 200, JSON.stringify(body))
      pages.push(body.data.map(({ id }: { id: string }) => id))
      path = new RegExp(`<([^>]+)>; rel="?${rel}`).exec(headers.get('link') ?? '')?.[1]
    }
    return { ids: (rel === 'next' ? pages : pages.toReversed()).flat(), last }
  }
  for (const query of ['', 'sort=word', 'sort=-word', 'sort=at', 'sort=-at,word', 'word[gte]=a&sort=word']) {
    const { ids, last } = await walk(`/words?limit=5${query && `&${query}`}`, 'next')
    assert.equal(new Set(ids).size, ids.length, query)
    assert.ok(query.includes('gte') ? ids.length > 5 : ids.length === all.length, query)
    const { ids: backward } = await walk(last, 'prev')
    assert.deepEqual(backward, ids, query)
  }
  assert.deepEqual(over.faults, [])
})

test('an existing table that does not fit is refused at start, with its column and the mend', async () => {
  const Song = z.object({ id: z.string(), name: z.string(), plays: z.int() })
  const songs = resource('song', { path: '/songs', schema: Song, owner: 'customer' })
  const cases: [string, RegExp][] = [
    [
      'id text primary key, name text not null, customer text not null',
      /no column 'plays' \(it has id, name, customer\)/,
    ],
    [
      'id text primary key, name text not null, plays text not null, customer text',
      /'plays' is text, and the schema says integer/i,
    ],
    ['id text primary key, name text, plays integer not null', /no owner column 'customer'/],
    ['id text, name text, plays integer not null, customer text', /'id' is not unique/],
    [
      'id text primary key, name text, plays integer not null, customer text, kind text not null',
      /'kind' must have a value/,
    ],
  ]
  for (const [columns, expected] of cases) {
    await using fixture = await startFixture(api({ title: 'Songs', version: '1' }))
    await rowsIn(fixture.database, `create table songs (${columns})`)
    const { openApp } = await import('../../src/app/index.ts')
    await assert.rejects(
      openApp(api({ title: 'Songs', version: '1', resources: [songs] }), {
        store: storeAt(fixture.database),
      }),
      error => {
        assert.ok(error instanceof DefinitionError)
        assert.match(error.message, /^resource 'song', table 'songs': /)
        assert.match(error.message, expected)
        return true
      },
    )
  }
})
