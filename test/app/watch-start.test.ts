import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { type Api, api, resource } from '../../src/contract/index.ts'
import { freshLocation, onPostgres } from '../database.ts'
import { client } from '../e2e/client.ts'
import { type Location, storeAt } from '../store-at.ts'
import { addTrigger } from '../trigger.ts'
import { type Fixture, startFixture } from './fixture.ts'
import {
  ARTICLES,
  Article,
  articles,
  eventsOf,
  needsShell,
  newspaper,
  row,
  runShell,
  startWatched,
} from './watched.ts'

const skip = needsShell()

const TRIGGERS = onPostgres
  ? "select tgname from pg_trigger where tgname like '%signalbox%' order by oid"
  : "select name from sqlite_schema where type = 'trigger' and name like 'signalbox%' order by rowid"
/** They, and what tells that they are the same as before. */
const STANDING = onPostgres
  ? "select oid, xmin, tgname from pg_trigger; select oid, xmin from pg_proc where proname like 'signalbox%'"
  : "select rowid, name, sql from sqlite_schema where type = 'trigger'; pragma schema_version"

const defined = (options: { readonly schema?: typeof Article; readonly watch: boolean }): Api => {
  const schema = options.schema ?? Article
  const changed = resource('article', {
    path: '/articles',
    schema,
    owner: 'account_id',
    watch: options.watch,
  })
  return api({ title: 'Newspaper', version: '2', base: '/v1', resources: [changed] })
}

interface Desk extends AsyncDisposable {
  readonly database: Location
  start(definition: Api): Promise<Fixture>
  shell(sql: string): Promise<string>
}

/** A database that stays while apps come and go. */
async function desk(): Promise<Desk> {
  const { location: database, remove } = await freshLocation()
  await runShell(database, ARTICLES)
  return {
    database,
    start: definition => startFixture(definition, { store: storeAt(database) }),
    shell: sql => runShell(database, sql),
    [Symbol.asyncDispose]: remove,
  }
}

test('what is changed while no app runs becomes events at the next start', { skip }, async () => {
  await using d = await desk()
  const first = await d.start(newspaper)
  const { account, key } = first
  await first[Symbol.asyncDispose]()
  await d.shell(`${row('a', account)} update articles set score = 1;`)
  await using second = await d.start(newspaper)
  const events = await eventsOf(client(second.url, key), 2)
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.score]),
    [
      ['article.created', 0],
      ['article.updated', 1],
    ],
  )
})

test('a start leaves triggers that are right as they are', { skip }, async () => {
  await using d = await desk()
  await (await d.start(newspaper))[Symbol.asyncDispose]()
  const before = await d.shell(STANDING)
  await (await d.start(newspaper))[Symbol.asyncDispose]()
  assert.equal(await d.shell(STANDING), before)
})

test('a definition that no longer watches takes the triggers away, with what waits', { skip }, async () => {
  await using d = await desk()
  const first = await d.start(newspaper)
  await first[Symbol.asyncDispose]()
  await d.shell(row('a', first.account))
  await using _ = await d.start(defined({ watch: false }))
  assert.equal(await d.shell(`${TRIGGERS}; select * from signalbox_changes`), '')
  await d.shell(row('b', first.account))
})

test('a definition with other fields makes the triggers anew, and adopts what waits', { skip }, async () => {
  await using d = await desk()
  const first = await d.start(newspaper)
  const { account, key } = first
  await first[Symbol.asyncDispose]()
  const old = await d.shell(TRIGGERS)
  await d.shell(`${row('a', account)} alter table articles add column author text;`)
  const schema = Article.omit({ note: true }).extend({
    author: z.string().optional(),
  }) as unknown as typeof Article
  await using second = await d.start(defined({ schema, watch: true }))
  const triggers = (await d.shell(TRIGGERS)).trim().split('\n')
  assert.equal(triggers.length, onPostgres ? 1 : 5)
  assert.ok(triggers.every(name => !old.includes(name)))
  await d.shell("update articles set author = 'Ann' where id = 'a'; alter table articles drop column note")
  const events = await eventsOf(client(second.url, key), 2)
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.id, data.author]),
    [
      ['article.created', 'a', undefined],
      ['article.updated', 'a', 'Ann'],
    ],
  )
})

test("the application's own triggers are no obstacle, and after a start their order is none either", {
  skip,
}, async () => {
  await using d = await desk()
  const first = await d.start(newspaper)
  const { account, key } = first
  await first[Symbol.asyncDispose]()
  await using _ = await addTrigger(d.database, 'doubled', {
    on: 'after update of score on articles',
    when: 'new.score < 100',
    does: 'update articles set score = new.score + 100 where id = new.id',
  })
  await using second = await d.start(newspaper)
  await d.shell(`${row('a', account)} update articles set score = 7;`)
  const events = await eventsOf(client(second.url, key), 3)
  assert.deepEqual(
    events.map(({ data, before }) => [before?.score, data.score]),
    [
      [undefined, 0],
      [0, 7],
      [7, 107],
    ],
  )
})

test('of several apps on one database, one records each change', { skip }, async () => {
  await using w = await startWatched()
  await using second = await startFixture(newspaper, { store: storeAt(w.database) })
  await using third = await startFixture(newspaper, { store: storeAt(w.database) })
  const { account } = w.fixture
  for (let i = 0; i < 10; i++) {
    await w.shell(Array.from({ length: 20 }, (_, n) => row(`r${i * 20 + n}`, account)).join(''))
  }
  const events = await w.events(200)
  assert.deepEqual(
    events.map(({ data }) => data.id),
    Array.from({ length: 200 }, (_, i) => `r${i}`),
  )
  assert.deepEqual([...second.faults, ...third.faults], [])
})

test('a version that runs beside a newer one leaves it its changes', { skip }, async () => {
  await using w = await startWatched()
  const { account, send, faults } = w.fixture
  await w.shell('alter table articles add column author text')
  const schema = Article.omit({ title: true }).extend({
    author: z.string().nullable(),
  }) as unknown as typeof Article
  const newer = await startFixture(defined({ schema, watch: true }), {
    store: storeAt(w.database),
    work: false,
  })
  await w.shell(row('a', account))
  // The older one's own write files under the newer one's name as well.
  await send('POST', '/v1/articles', { title: 'Own', score: 1, ratio: null, live: true, tags: [] })
  assert.equal(await w.shell('select count(*) from signalbox_changes'), '2\n')
  await newer[Symbol.asyncDispose]()
  await using _ = await startFixture(defined({ schema, watch: true }), { store: storeAt(w.database) })
  const events = await w.events(2)
  assert.deepEqual(
    events.map(({ data }) => [data.title, data.author]),
    [
      [undefined, null],
      [undefined, null],
    ],
  )
  assert.deepEqual(faults, [])
})

test('two resources can watch one table', { skip }, async () => {
  const scores = resource('score', {
    path: '/scores',
    table: 'articles',
    schema: z.object({ id: z.string(), score: z.int() }),
    owner: 'shared',
    watch: true,
  })
  const both = api({ title: 'Both', version: '1', base: '/v1', resources: [articles, scores] })
  await using w = await startWatched(both)
  await w.shell(
    `${row('a', w.fixture.account)} update articles set title = 'new'; update articles set score = 2;`,
  )
  const types = (await w.events(5)).map(({ type }) => type).toSorted()
  assert.deepEqual(types, [
    'article.created',
    'article.updated',
    'article.updated',
    'score.created',
    'score.updated',
  ])
})
