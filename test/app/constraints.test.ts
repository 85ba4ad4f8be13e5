import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, resource } from '../../src/contract/index.ts'
import { onPostgres } from '../database.ts'
import { startOver } from './over-tables.ts'

// What tables of an application take, and no schema tells of.

const people = resource('person', {
  path: '/people',
  schema: z.object({
    id: z.string(),
    email: z.string(),
    handle: z.string(),
    age: z.int().nullable().default(null),
    city: z.int().nullable().default(null),
    home: z.int().nullable().default(null),
  }),
  owner: 'tenant',
  methods: ['list', 'get', 'create', 'replace', 'update', 'delete'],
  bulk: true,
})

const key = onPostgres ? 'bigserial primary key' : 'integer primary key'
const TABLES = [
  'create table cities (id integer primary key)',
  'insert into cities values (1)',
  `create table people (id ${key}, tenant integer not null, email text not null, handle text not null unique,
    age integer constraint grown check (age >= 18), city integer references cities (id),
    home integer references cities (id) deferrable initially deferred, unique (tenant, email))`,
  'create table badges (person integer references people (id))',
]

const begin = () => startOver(api({ title: 'People', version: '1', resources: [people] }), TABLES)

const ada = { email: 'ada@x.example', handle: 'ada' }
const errorsOf = ({ status, body }: { status: number; body: { errors?: unknown; code?: unknown } }) => [
  status,
  body.errors ?? body.code,
]

test('what breaks a constraint of the table is a 422 at the member, and nothing is changed', async () => {
  await using at = await begin()
  const { send, over } = at
  const one = (pointer: string, detail: string) => [422, [{ pointer, detail }]]
  const made = await send('POST', '/people', ada)
  assert.equal(made.status, 201)
  await send('POST', '/people', { email: 'bob@x.example', handle: 'bob' })
  const taken = one('#/handle', 'There is one already with this value')
  assert.deepEqual(errorsOf(await send('POST', '/people', { ...ada, email: 'other' })), taken)
  assert.deepEqual(errorsOf(await send('PATCH', '/people/2', { handle: 'ada' })), taken)
  assert.deepEqual(errorsOf(await send('PUT', '/people/2', { email: 'bob@x.example', handle: 'ada' })), taken)
  // The owner is the caller's own account: of the two columns one is shown.
  assert.deepEqual(
    errorsOf(await send('POST', '/people', { ...ada, handle: 'ada2' })),
    one('#/email', 'There is one already with this value'),
  )
  assert.deepEqual(
    errorsOf(await send('PATCH', '/people/1', { age: 17 })),
    one('#', "The table does not take it: it breaks 'grown'"),
  )
  // SQLite does not tell which of the references it is.
  assert.deepEqual(
    errorsOf(await send('PATCH', '/people/1', { city: 2 })),
    one(onPostgres ? '#/city' : '#', 'What it refers to is not there'),
  )
  assert.deepEqual((await send('GET', '/people/1')).body, made.body)
  assert.deepEqual(over.faults, [])
})

test('of many that are created at once, those that the table refuses are told with their place', async () => {
  await using at = await begin()
  const { send, over } = at
  const data = ['ada', 'bob', 'ada', 'cleo'].map((handle, i) => ({ email: `${i}@x.example`, handle }))
  const { status, body } = await send('POST', '/people/bulk', { data })
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(
    body.results.map(({ status }: { status: number }) => status),
    [201, 201, 422, 201],
  )
  const atomic = await send('POST', '/people/bulk', {
    atomic: true,
    data: ['dora', 'bob'].map((handle, i) => ({ email: `${i}@y.example`, handle })),
  })
  assert.deepEqual(errorsOf(atomic), [
    422,
    [{ pointer: '#/data/1/handle', detail: 'There is one already with this value' }],
  ])
  assert.equal((await send('GET', '/people')).body.data.length, 3)
  assert.deepEqual(over.faults, [])
})

/** A table of texts alone: nobody waits for what is written to it. */
const labels = resource('label', {
  path: '/labels',
  schema: z.object({ id: z.string(), name: z.string(), tint: z.string() }),
  owner: 'tenant',
  methods: ['list', 'create'],
  bulk: true,
})
const LABELS = [
  'create table tints (id text primary key)',
  "insert into tints values ('red')",
  `create table labels (id text primary key, tenant text not null, name text not null unique,
    tint text not null constraint faint check (tint <> 'white') references tints (id), unique (tenant, tint))`,
]
const beginLabels = () => startOver(api({ title: 'Labels', version: '1', resources: [labels] }), LABELS)

test('what breaks a constraint of a table of texts is a 422 at the member too, also where it is heard of later', async () => {
  await using at = await beginLabels()
  const { send, store, over } = at
  await store.unit(tx => tx.run("insert into tints values ('blue'), ('white'), ('a, b')"))
  const one = (pointer: string, detail: string) => [422, [{ pointer, detail }]]
  assert.equal((await send('POST', '/labels', { name: 'new', tint: 'red' })).status, 201)
  const [same, gone] = ['There is one already with this value', 'What it refers to is not there']
  const refused = [
    [{ name: 'new', tint: 'blue' }, one('#/name', same)],
    [{ name: 'other', tint: 'red' }, one('#/tint', same)],
    [{ name: 'other', tint: 'green' }, one(onPostgres ? '#/tint' : '#', gone)],
    [{ name: 'other', tint: 'white' }, one('#', "The table does not take it: it breaks 'faint'")],
  ] as const
  for (const [label, expected] of refused)
    assert.deepEqual(errorsOf(await send('POST', '/labels', label)), expected)
  const answers = await Promise.all(refused.map(([label]) => send('POST', '/labels', label)))
  assert.deepEqual(
    answers.map(errorsOf),
    refused.map(([, expected]) => expected),
  )
  assert.deepEqual(over.faults, [])
})

test('of many rows of texts, the one that the table refuses is told by its place, and no event tells of it', async () => {
  await using at = await beginLabels()
  const { send, store, over } = at
  await store.unit(tx => tx.run("insert into tints values ('blue'), ('green'), ('a, b')"))
  const bulk = (names: readonly string[], atomic: boolean) => {
    const tints = ['red', 'blue', 'a, b', 'green']
    return send('POST', '/labels/bulk', { atomic, data: names.map((name, i) => ({ name, tint: tints[i] })) })
  }
  const same = 'There is one already with this value'
  const twice = await bulk(['a', 'b, (c)', 'd', 'b, (c)'], true)
  assert.deepEqual(errorsOf(twice), [422, [{ pointer: '#/data/3/name', detail: same }]])
  const each = await bulk(['a', 'b', 'a', 'd'], false)
  assert.deepEqual(
    each.body.results.map(
      ({ status, problem }: { status: number; problem?: { errors: unknown } }) => problem?.errors ?? status,
    ),
    [201, 201, [{ pointer: '#/name', detail: same }], 201],
  )
  const again = await bulk(['e', 'f', 'g'], true)
  assert.deepEqual(errorsOf(again), [422, [{ pointer: '#/data/0/tint', detail: same }]])
  assert.equal((await send('GET', '/labels')).body.data.length, 3)
  const { body } = await send('GET', '/events?order=asc')
  assert.deepEqual(
    body.data.map((event: { data: { name: string } }) => event.data.name),
    ['a', 'b', 'd'],
  )
  assert.deepEqual(over.faults, [])
})

test('what a table refers to that is no resource is not deleted: 409', async () => {
  await using at = await begin()
  const { send, store, over } = at
  await send('POST', '/people', ada)
  await store.unit(tx => tx.run('insert into badges values (1)'))
  assert.deepEqual(errorsOf(await send('DELETE', '/people/1')), [409, 'in-use'])
  await store.unit(tx => tx.run('delete from badges'))
  assert.equal((await send('DELETE', '/people/1')).status, 204)
  assert.deepEqual(over.faults, [])
})

test('what breaks a constraint at the commit is refused alone: requests beside it are answered', async () => {
  await using at = await begin()
  const { send, over } = at
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      send('POST', '/people', { email: `${i}@x.example`, handle: `h${i}`, home: i % 5 === 0 ? 2 : 1 }),
    ),
  )
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array.from({ length: 20 }, (_, i) => (i % 5 === 0 ? 422 : 201)),
  )
  const missing = [422, [{ pointer: onPostgres ? '#/home' : '#', detail: 'What it refers to is not there' }]]
  for (const answer of answers.filter(({ status }) => status === 422))
    assert.deepEqual(errorsOf(answer), missing)
  const { data: made } = (await send('GET', '/people')).body
  assert.equal(made.length, 16)
  assert.deepEqual(errorsOf(await send('PATCH', `/people/${made[0].id}`, { home: 2 })), missing)
  const data = [1, 1, 2, 1].map((home, i) => ({ email: `${i}@y.example`, handle: `y${i}`, home }))
  const place = onPostgres ? '#/data/2/home' : '#'
  assert.deepEqual(errorsOf(await send('POST', '/people/bulk', { atomic: true, data })), [
    422,
    [{ pointer: place, detail: 'What it refers to is not there' }],
  ])
  assert.deepEqual(over.faults, [])
})
