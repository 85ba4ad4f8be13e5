import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, DefinitionError, resource } from '../../src/contract/index.ts'
import { client } from '../e2e/client.ts'
import { rowsIn } from '../other-program.ts'
import { declaredAnswers } from './declared.ts'
import { type Fixture, startFixture } from './fixture.ts'

const countries = resource('country', {
  path: '/countries',
  schema: z.object({ id: z.string(), name: z.string() }),
  owner: 'shared',
  methods: ['list', 'get', 'create'],
  open: ['list', 'get'],
})
const cities = resource('city', {
  path: '/cities',
  schema: z.object({ id: z.string(), name: z.string(), country_id: z.string().nullable().default(null) }),
  owner: 'account_id',
  relations: { country: { to: countries, by: 'country_id' } },
})
const Thread = z.object({
  text: z.string(),
  get answers() {
    return z.array(Thread).default([])
  },
})
const authors = resource('author', {
  path: '/authors',
  schema: z.object({
    id: z.string(),
    name: z.string(),
    threads: z.array(Thread).default([]),
    city_id: z.string().nullable().default(null),
  }),
  owner: 'account_id',
  relations: { city: { to: cities, by: 'city_id' } },
})
const secrets = resource('secret', {
  path: '/secrets',
  schema: z.object({ id: z.string() }),
  owner: 'account_id',
  methods: ['list', 'create'],
})
const notes = resource('note', {
  path: '/notes',
  schema: z.object({
    id: z.string(),
    text: z.string(),
    note: z.string().optional(),
    n: z.int().default(0),
    author_id: z.string().nullable().default(null),
    editor_id: z.string().optional(),
    secret_id: z.string().optional(),
  }),
  owner: 'account_id',
  fields: true,
  sort: ['n'],
  relations: {
    author: { to: authors, by: 'author_id' },
    editor: { to: authors, by: 'editor_id' },
    secret: { to: secrets, by: 'secret_id' },
  },
})
const selecting = api({
  title: 'Notes',
  version: '1',
  suffixes: true,
  resources: [notes, authors, cities, countries, secrets],
})

/** A country, a city in it, two authors of whom one lives there, and three notes. */
async function fill({ send }: Fixture) {
  const make = async (path: string, value: object) => {
    const { status, body } = await send('POST', path, value)
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  const country = await make('/countries', { name: 'Hungary' })
  const city = await make('/cities', { name: 'Pécs', country_id: country.id })
  const threads = [{ text: 'a', answers: [{ text: 'b' }] }]
  const anna = await make('/authors', { name: 'Anna', city_id: city.id, threads })
  const ben = await make('/authors', { name: 'Ben' })
  const first = await make('/notes', { text: 'first', n: 1, author_id: anna.id, editor_id: ben.id })
  const second = await make('/notes', { text: 'second', n: 2, author_id: ben.id, note: 'x' })
  const third = await make('/notes', { text: 'third', n: 3 })
  return { country, city, anna, ben, first, second, third }
}

test('expand shows the rows that rows refer to, at any declared depth, in a get and in a list', async () => {
  await using fixture = await startFixture(selecting)
  const { send } = fixture
  const { country, city, anna, ben, first, second, third } = await fill(fixture)
  const whole = { ...anna, city: { ...city, country } }
  const get = async (path: string) => (await send('GET', path)).body
  assert.deepEqual(await get(`/notes/${first.id}`), first)
  assert.deepEqual(await get(`/notes/${first.id}?expand=author`), { ...first, author: anna })
  assert.deepEqual(await get(`/notes/${first.id}?expand=author.city.country,editor`), {
    ...first,
    author: whole,
    editor: ben,
  })
  assert.deepEqual(await get(`/notes/${third.id}?expand=author.city,editor`), {
    ...third,
    author: null,
    editor: null,
  })
  const { data, next } = await get('/notes?sort=n&expand=author.city.country&limit=2')
  assert.deepEqual(data, [
    { ...first, author: whole },
    { ...second, author: { ...ben, city: null } },
  ])
  assert.deepEqual((await get(`/notes?sort=n&expand=author.city.country&limit=2&cursor=${next}`)).data, [
    { ...third, author: null },
  ])
  assert.deepEqual(fixture.faults, [])
})

test('fields leaves the others out, in any order, with and without expand', async () => {
  await using fixture = await startFixture(selecting)
  const { send } = fixture
  const { anna, first, second } = await fill(fixture)
  const get = async (path: string) => (await send('GET', path)).body
  assert.deepEqual(await get(`/notes/${first.id}?fields=text,id`), { id: first.id, text: 'first' })
  assert.deepEqual(await get(`/notes/${first.id}?fields=text&expand=author`), { text: 'first', author: anna })
  assert.deepEqual(await get(`/notes/${first.id}?fields=note`), {})
  assert.deepEqual((await get('/notes?fields=text,note&sort=-n&limit=2')).data, [
    { text: 'third' },
    { text: 'second', note: 'x' },
  ])
  assert.deepEqual((await get(`/notes?fields=n&author_id=${second.author_id}`)).data, [{ n: 2 }])
  assert.deepEqual(fixture.faults, [])
})

test('every format has what is selected, and nothing else', async () => {
  await using fixture = await startFixture(selecting)
  const { anna, ben, first } = await fill(fixture)
  const text = async (path: string) =>
    (await fetch(new URL(path, fixture.url), { headers: { authorization: `Bearer ${fixture.key}` } })).text()
  assert.equal(
    await text(`/notes/${first.id}.xml?fields=text&expand=author.city`),
    '<?xml version="1.0" encoding="UTF-8"?>\n<note xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><text>first</text>' +
      `<author><id>${anna.id}</id><name>Anna</name><threads><text>a</text><answers><text>b</text></answers></threads>` +
      `<city_id>${anna.city_id}</city_id><city><id>${anna.city_id}</id><name>Pécs</name><country_id>` +
      `${(await fixture.send('GET', `/cities/${anna.city_id}`)).body.country_id}</country_id></city></author></note>`,
  )
  assert.equal(
    await text('/notes.csv?fields=text&expand=editor&sort=n'),
    `text,editor.id,editor.name,editor.threads,editor.city_id\r\nfirst,${ben.id},Ben,[],\r\nsecond,,,,\r\nthird,,,,\r\n`,
  )
  assert.equal(
    await text('/notes.ndjson?fields=text&sort=n&limit=2'),
    '{"text":"first"}\n{"text":"second"}\n',
  )
  assert.match(
    await text(`/notes.xml?fields=text&sort=n&limit=1`),
    /<data><note><text>first<\/text><\/note><\/data>/,
  )
  assert.deepEqual(fixture.faults, [])
})

test('what is selected is as the document declares, in a get, in a list and where a row cannot be selected', async () => {
  await using fixture = await startFixture(selecting)
  const { anna, first } = await fill(fixture)
  const check = await declaredAnswers(fixture.url)
  const queries = [
    '',
    '?fields=text',
    '?expand=author.city.country,editor',
    '?fields=n&expand=author',
    '?fields=x',
  ]
  const paths = [
    ['/notes/{id}', first.id],
    ['/notes', ''],
    ['/authors/{id}', anna.id],
    ['/authors', ''],
  ]
  for (const [path = '', id = ''] of paths) {
    for (const query of queries) {
      const at = path.replace('{id}', id) + query
      const headers = { authorization: `Bearer ${fixture.key}` }
      await check('GET', path)(await fetch(new URL(at, fixture.url), { headers }), at)
    }
  }
  const { body: document } = await fixture.send('GET', '/openapi.json')
  const { Note, PartialNote, Author } = document.components.schemas
  const members = ['id', 'text', 'note', 'n', 'author_id', 'editor_id', 'secret_id', 'author', 'editor']
  for (const schema of [Note, PartialNote]) assert.deepEqual(Object.keys(schema.properties), members)
  assert.deepEqual([Note.required, PartialNote.required], [['id', 'text', 'n', 'author_id'], undefined])
  assert.equal(Author.properties.city.anyOf[0].$ref, '#/components/schemas/City')
  const wholes = Object.keys(document.components.schemas).filter(name => /whole/i.test(name))
  assert.deepEqual(wholes, [])
})

test('an ETag is of what is selected, and tells when that has changed', async () => {
  await using fixture = await startFixture(selecting)
  const { anna, first } = await fill(fixture)
  const get = (query: string, etag = '"none"') =>
    fetch(new URL(`/notes/${first.id}${query}`, fixture.url), {
      headers: { authorization: `Bearer ${fixture.key}`, 'if-none-match': etag },
    })
  const tags = await Promise.all(
    ['', '?fields=text', '?expand=author'].map(async query => (await get(query)).headers.get('etag') ?? ''),
  )
  assert.equal(new Set(tags).size, 3)
  assert.equal((await get('?expand=author', tags[2])).status, 304)
  await fixture.send('PATCH', `/authors/${anna.id}`, { name: 'Anne' })
  assert.equal((await get('?expand=author', tags[2])).status, 200)
  assert.equal((await get('', tags[0])).status, 304)
})

test('what is not declared is a 400 that lists what there is', async () => {
  await using fixture = await startFixture(selecting)
  const detail = async (path: string): Promise<string> => {
    const { status, body } = await fixture.send('GET', path)
    assert.deepEqual([status, body.code], [400, 'invalid-query'], path)
    return body.errors[0].detail
  }
  const relations =
    /one of "author", "author\.city", "author\.city\.country", "editor", "editor\.city", "editor\.city\.country"$/
  for (const path of [
    '/notes?expand=writer',
    '/notes/none?expand=author.name',
    '/notes?expand=author,',
    '/notes?expand=',
  ])
    assert.match(await detail(path), relations)
  // Nobody could get it, so nobody sees it in another row.
  assert.match(await detail('/notes?expand=secret'), relations)
  assert.match(await detail('/notes?fields=id,account_id'), /one of "id", "text", "note", "n"/)
  assert.match(await detail('/notes?fields=author.name'), /one of "id"/)
  assert.match(
    await detail('/authors?fields=id'),
    /^It is not declared\. Declared are: cursor, limit, expand, city_id/,
  )
  assert.match(await detail('/countries?expand=x'), /^It is not declared/)
  assert.match(await detail('/notes?expand=author&expand=editor'), /more than once/)
  assert.deepEqual(fixture.faults, [])
})

test('what is behind a relation takes the scope of a get of it, each time anew', async () => {
  await using fixture = await startFixture(selecting)
  const { first } = await fill(fixture)
  const { app } = fixture.serving
  const withScopes = async (...scopes: string[]) =>
    client(fixture.url, (await app.accounts.issueKey(fixture.account, 'scoped', { scopes })).key)
  const path = `/notes/${first.id}?expand=author.city`
  assert.equal((await fixture.send('GET', path)).status, 200)
  for (const [scopes, missing] of [
    [['notes:read'], 'authors:read'],
    [['notes:read', 'authors:read'], 'cities:read'],
    [['notes:read', 'cities:read'], 'authors:read'],
  ] as const) {
    const { status, body } = await (await withScopes(...scopes))('GET', path)
    assert.deepEqual(
      [status, body.code, body.detail],
      [403, 'scope-missing', `The key is not allowed ${missing}.`],
    )
  }
  const enough = await withScopes('notes:read', 'authors:read', 'cities:read')
  assert.equal((await enough('GET', path)).status, 200)
  // Countries are open.
  assert.equal((await enough('GET', `${path}.country`)).status, 200)
})

test("another account's row is never shown, nor one that is gone", async () => {
  await using fixture = await startFixture(selecting)
  const other = await fixture.another()
  const { id: theirs } = (await other('POST', '/authors', { name: 'theirs' })).body
  const { first } = await fill(fixture)
  // As another program may leave it.
  await rowsIn(fixture.database, 'update notes set author_id = $1, editor_id = $2', theirs, 'aut_gone')
  const { body } = await fixture.send('GET', `/notes/${first.id}?expand=author,editor`)
  assert.deepEqual([body.author_id, body.author, body.editor], [theirs, null, null])
  const { body: list } = await fixture.send('GET', '/notes?expand=author')
  assert.deepEqual(
    list.data.map((row: { author: unknown }) => row.author),
    [null, null, null],
  )
})

test('a field that no list of names can have is refused where callers choose fields', () => {
  const odd = resource('odd', {
    path: '/odds',
    schema: z.object({ id: z.string(), 'a,b': z.string() }),
    owner: 'account_id',
    fields: true,
  })
  assert.throws(
    () => api({ title: 'Odd', version: '1', resources: [odd] }),
    error => error instanceof DefinitionError && /'a,b' cannot stand there/.test(error.message),
  )
})
