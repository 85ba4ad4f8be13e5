import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, DefinitionError, endpoint, resource } from '../../src/contract/index.ts'
import { onPostgres } from '../database.ts'
import { otherProgram, rowsIn } from '../other-program.ts'
import { startFixture } from './fixture.ts'

const cities = resource('city', {
  path: '/cities',
  schema: z.object({ id: z.string(), name: z.string() }),
  owner: 'shared',
  methods: ['list', 'get', 'create', 'delete'],
})
const authors = resource('author', {
  path: '/authors',
  schema: z.object({ id: z.string(), name: z.string(), city_id: z.string().nullable().default(null) }),
  owner: 'account_id',
  relations: { city: { to: cities, by: 'city_id' } },
})
const notes = resource('note', {
  path: '/notes',
  schema: z.object({
    id: z.string(),
    text: z.string(),
    author_id: z.string(),
    editor_id: z.string().optional(),
  }),
  owner: 'account_id',
  events: false,
  relations: { author: { to: authors, by: 'author_id' }, editor: { to: authors, by: 'editor_id' } },
})
const deleteAll = endpoint({
  method: 'POST',
  path: '/authors/{id}/delete-all',
  handle: async ({ on, params }) => {
    const { data } = await on(notes).list({ where: { author_id: params.id } })
    for (const { id } of data) await on(notes).delete(id)
    await on(authors).delete(params.id)
  },
})
const related = api({
  title: 'Notes',
  version: '1',
  resources: [notes, authors, cities],
  endpoints: { deleteAll },
})

test('a reference is taken where its row is there and the account may read it, else it is a 422 at its field', async () => {
  await using fixture = await startFixture(related)
  const { send } = fixture
  const other = await fixture.another()
  const { id: author } = (await send('POST', '/authors', { name: 'mine' })).body
  const { id: theirs } = (await other('POST', '/authors', { name: 'theirs' })).body
  const note = async (fields: object) => send('POST', '/notes', { text: 'x', ...fields })
  const made = await note({ author_id: author })
  assert.equal(made.status, 201)
  const refused = async (
    answer: Promise<{ status: number; body: { errors?: unknown } }>,
    pointer: string,
  ) => {
    const { status, body } = await answer
    assert.deepEqual([status, body.errors], [422, [{ pointer, detail: 'There is no author with this id' }]])
  }
  // Another account's row is as if it were not there.
  for (const id of [theirs, `${author.slice(0, -1)}!`, made.body.id, '']) {
    await refused(note({ author_id: id }), '#/author_id')
    await refused(note({ author_id: author, editor_id: id }), '#/editor_id')
    await refused(send('PATCH', `/notes/${made.body.id}`, { author_id: id }), '#/author_id')
    await refused(send('PUT', `/notes/${made.body.id}`, { text: 'y', author_id: id }), '#/author_id')
  }
  const both = await note({ author_id: theirs, editor_id: theirs })
  assert.deepEqual(
    both.body.errors.map((e: { pointer: string }) => e.pointer),
    ['#/author_id', '#/editor_id'],
  )
  assert.equal((await send('GET', '/notes')).body.data.length, 1)
  assert.deepEqual(fixture.faults, [])
})

test('what refers to nothing refers freely, and a row of before stays changeable when its reference is gone', async () => {
  await using fixture = await startFixture(related)
  const { send } = fixture
  const { id: author } = (await send('POST', '/authors', { name: 'a', city_id: null })).body
  const { id: note } = (await send('POST', '/notes', { text: 'x', author_id: author })).body
  // Another program is not held to it.
  await rowsIn(fixture.database, 'delete from authors')
  assert.equal((await send('PATCH', `/notes/${note}`, { text: 'y' })).status, 200)
  assert.equal((await send('PATCH', `/notes/${note}`, { author_id: 'aut_none' })).status, 422)
})

test('what rows refer to is not deleted, but a 409 that names them; what nothing refers to is', async () => {
  await using fixture = await startFixture(related)
  const { send } = fixture
  const { id: city } = (await send('POST', '/cities', { name: 'Ulm' })).body
  const { id: author } = (await send('POST', '/authors', { name: 'a', city_id: city })).body
  const { id: note } = (await send('POST', '/notes', { text: 'x', author_id: author })).body
  const refused = await send('DELETE', `/authors/${author}`)
  assert.deepEqual(
    [refused.status, refused.body.code, refused.body.detail],
    [409, 'in-use', 'It is referred to by a note.'],
  )
  // A shared row is kept for the rows of any account.
  const other = await fixture.another()
  assert.equal((await other('DELETE', `/cities/${city}`)).body.code, 'in-use')
  assert.equal((await send('DELETE', `/authors/aut_none`)).status, 404)
  assert.equal((await other('DELETE', `/authors/${author}`)).status, 404)
  assert.equal((await send('DELETE', `/notes/${note}`)).status, 204)
  assert.equal((await send('DELETE', `/authors/${author}`)).status, 204)
  assert.equal((await send('DELETE', `/cities/${city}`)).status, 204)
  assert.deepEqual(fixture.faults, [])
})

test('a handler deletes both in one unit of work', async () => {
  await using fixture = await startFixture(related)
  const { send } = fixture
  const { id: author } = (await send('POST', '/authors', { name: 'a' })).body
  for (const text of ['x', 'y']) await send('POST', '/notes', { text, author_id: author })
  assert.equal((await send('POST', `/authors/${author}/delete-all`)).status, 204)
  assert.equal((await send('GET', `/authors/${author}`)).status, 404)
  assert.deepEqual((await send('GET', '/notes')).body.data, [])
})

test('of a reference and the deletion of its row at once, one is refused', async () => {
  await using fixture = await startFixture(related)
  const { send } = fixture
  for (let i = 0; i < 20; i++) {
    const { id: author } = (await send('POST', '/authors', { name: 'a' })).body
    const [note, gone] = await Promise.all([
      send('POST', '/notes', { text: 'x', author_id: author }),
      send('DELETE', `/authors/${author}`),
    ])
    assert.ok(
      (note.status === 201 && gone.status === 409) || (note.status === 422 && gone.status === 204),
      `${note.status} and ${gone.status}`,
    )
  }
})

test('lists are filtered by a reference', async () => {
  await using fixture = await startFixture(related)
  const { send } = fixture
  const [a, b] = await Promise.all(
    ['a', 'b'].map(async name => (await send('POST', '/authors', { name })).body.id),
  )
  for (const author_id of [a, b, a]) await send('POST', '/notes', { text: 'x', author_id, editor_id: b })
  const { body } = await send('GET', `/notes?author_id=${a}`)
  assert.deepEqual(
    body.data.map((row: { author_id: string }) => row.author_id),
    [a, a],
  )
})

test('what a deletion asks of other tables is answered by an index', async () => {
  await using fixture = await startFixture(related)
  await using other = await otherProgram(fixture.database)
  assert.deepEqual(
    await other.plan("select 1 from notes where author_id = 'a' and account_id = 'b' limit 1"),
    onPostgres
      ? ['Index Only Scan of notes by notes_by_author_id ((account_id = ?) AND (author_id = ?))']
      : ['SEARCH notes USING COVERING INDEX notes_by_author_id (account_id=? AND author_id=?)'],
  )
  assert.deepEqual(
    await other.plan("select 1 from authors where city_id = 'a' limit 1"),
    onPostgres
      ? ['Index Only Scan of authors by authors_referring_by_city_id (city_id = ?)']
      : ['SEARCH authors USING COVERING INDEX authors_referring_by_city_id (city_id=?)'],
  )
})

test('a relation that no row could have is refused when it is declared', () => {
  const schema = z.object({
    id: z.string(),
    author_id: z.string(),
    n: z.int(),
    at: z.iso.datetime(),
    tags: z.array(z.string()),
  })
  const declare = (relations: object, owner = 'account_id') =>
    resource('thing', { path: '/things', schema, owner, relations: relations as never })
  const cases: [() => unknown, RegExp][] = [
    [() => declare({ Author: { to: authors, by: 'author_id' } }), /'Author' is not a word in lower case/],
    [() => declare({ author_id: { to: authors, by: 'author_id' } }), /is the name of a field already/],
    [() => declare({ author: { to: undefined, by: 'author_id' } }), /leads to nothing/],
    [() => declare({ author: { to: authors, by: 'writer_id' } }), /'writer_id', by which 'author' is found/],
    [() => declare({ author: { to: authors, by: 'id' } }), /not a field that holds an id/],
    [() => declare({ author: { to: authors, by: 'n' } }), /not a field that holds an id/],
    [() => declare({ author: { to: authors, by: 'at' } }), /not a field that holds an id/],
    [() => declare({ author: { to: authors, by: 'tags' } }), /not a field that holds an id/],
    [() => declare({ author: { to: authors, by: 'author_id' } }, 'shared'), /belong to one/],
    [
      () => api({ title: 't', version: '1', resources: [authors] }),
      /'city' leads to 'city', which is not part of this api/,
    ],
  ]
  for (const [build, expected] of cases)
    assert.throws(
      build,
      error => error instanceof DefinitionError && expected.test(error.message),
      `${expected}`,
    )
})
