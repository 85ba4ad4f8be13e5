import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, resource } from '../../src/contract/index.ts'
import { onPostgres } from '../database.ts'
import { until } from '../e2e/client.ts'
import { startOver } from './over-tables.ts'

// Tables of an application whose keys and owners are numbers.

const authors = resource('author', {
  path: '/authors',
  schema: z.object({
    id: z.string(),
    name: z.string(),
    shout: z.string().optional().meta({ readOnly: true }),
  }),
  owner: 'tenant',
  methods: ['list', 'get', 'create', 'replace', 'update', 'delete'],
  watch: true,
})

const notes = resource('note', {
  path: '/notes',
  schema: z.object({
    id: z.string(),
    author_id: z.string().nullable().default(null),
    stars: z.int().optional(),
    big: z.string().max(20).default('9007199254740993'),
  }),
  owner: 'tenant',
  filter: ['stars', 'big'],
  sort: ['big'],
  relations: { author: { to: authors, by: 'author_id' } },
})

const key = onPostgres ? 'bigserial primary key' : 'integer primary key'
const TABLES = [
  `create table authors (id ${key}, name text not null, tenant integer not null, shout text generated always as (upper(name)) stored)`,
  `create table notes (id ${key}, author_id integer references authors (id), stars integer not null default 3,
    big text not null, tenant integer not null)`,
  "insert into authors (name, tenant) values ('ada', 7), ('bob', 8)",
  "insert into notes (author_id, tenant, big) values (1, 7, '1'), (2, 8, '2'), (null, 7, '3')",
]

const begin = () => startOver(api({ title: 'Notes', version: '1', resources: [authors, notes] }), TABLES)

test('an account sees the rows that its number owns, by keys that are numbers', async () => {
  await using at = await begin()
  const { send } = at
  const { body } = await send('GET', '/notes?expand=author')
  assert.deepEqual(
    body.data.map((row: { id: string; author: { name: string } | null }) => [row.id, row.author?.name]),
    [
      ['3', undefined],
      ['1', 'ada'],
    ],
  )
  assert.equal((await send('GET', '/notes/2')).status, 404)
  for (const id of ['01', 'x', '1.0', '99999999999999999999', '-'])
    assert.equal((await send('GET', `/notes/${id}`)).status, 404, id)
  const page = await send('GET', '/notes?limit=1')
  const next = await send('GET', `/notes?limit=1&cursor=${page.body.next}`)
  assert.deepEqual(
    next.body.data.map((row: { id: string }) => row.id),
    ['1'],
  )
  assert.equal((await send('GET', '/notes?author_id=1')).body.data.length, 1)
  for (const none of ['x', '01', '99999999999999999999'])
    assert.deepEqual((await send('GET', `/notes?author_id=${none}`)).body.data, [], none)
  assert.equal((await send('GET', '/notes?author_id[ne]=x')).body.data.length, 2)
  assert.equal((await send('GET', '/notes?author_id[in]=x,1')).body.data.length, 1)
  assert.equal((await send('GET', '/notes?stars[lt]=99999999999')).body.data.length, 2)
  assert.deepEqual(at.over.faults, [])
})

test('a cursor whose key is no number is a 400', async () => {
  await using at = await begin()
  const { encodeCursor } = await import('../../src/http/index.ts')
  for (const keys of ['x', '01', '99999999999999999999', 5]) {
    const cursor = encodeCursor(['note', '>', keys])
    assert.equal((await at.send('GET', `/notes?cursor=${cursor}`)).status, 400, String(keys))
  }
})

test('the database makes keys, defaults and computed columns, and answers tell of them', async () => {
  await using at = await begin()
  const { send } = at
  const made = await send('POST', '/authors', { name: 'cleo', shout: 'mine' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.deepEqual(made.body, { id: '3', name: 'cleo', shout: 'CLEO' })
  const changed = await send('PATCH', '/authors/3', { name: 'dora' })
  assert.deepEqual(changed.body, { id: '3', name: 'dora', shout: 'DORA' })
  assert.deepEqual((await send('GET', '/authors/3')).body, changed.body)
  const note = await send('POST', '/notes', { author_id: '3' })
  assert.deepEqual(note.body, { id: '4', author_id: '3', stars: 3, big: '9007199254740993' })
  assert.equal((await send('PUT', '/notes/4', { stars: 5, big: '1' })).body.stars, 5)
  assert.deepEqual((await send('PUT', '/notes/4', { big: '2' })).body, {
    id: '4',
    author_id: null,
    stars: 5,
    big: '2',
  })
  assert.equal((await send('POST', '/notes', { author_id: '2' })).status, 422)
  assert.equal((await send('POST', '/notes', { author_id: 'x' })).status, 422)
  assert.equal((await send('DELETE', '/authors/1')).status, 409)
  assert.equal((await send('DELETE', '/authors/3')).status, 204)
})

test('events of rows whose owner is a number are those of its account, whoever writes', async () => {
  await using at = await begin()
  const { send } = at
  await send('POST', '/authors', { name: 'eve' })
  await at.store.unit(tx => tx.run("update authors set name = 'fred' where id in (1, 2)"))
  const { body } = await until(
    () => send('GET', '/events'),
    ({ body }) => body.data.length >= 2,
    'the event of the update',
  )
  assert.deepEqual(
    body.data.map(({ type, data }: { type: string; data: { id: string; name: string } }) => [type, data.id]),
    [
      ['author.updated', '1'],
      ['author.created', '3'],
    ],
  )
  assert.deepEqual(body.data[0].data, { id: '1', name: 'fred', shout: 'FRED' })
})

test('an account whose id the owner column cannot hold reads nothing and owns nothing', async () => {
  await using at = await begin()
  const test = await at.send('GET', '/notes', undefined, { 'api-mode': 'test' })
  assert.deepEqual([test.status, test.body.data], [200, []])
  const refused = await at.send('POST', '/notes', {}, { 'api-mode': 'test' })
  assert.equal(refused.body.code, 'mode-refused')
  const { over } = at
  assert.deepEqual((await over.send('GET', '/notes')).body.data, [])
  assert.equal((await over.send('POST', '/notes', {})).status, 500)
  assert.match(String(over.faults[0]), /'tenant' of 'notes' cannot hold the account/)
})
