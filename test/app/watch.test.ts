import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import * as z from 'zod'
import { api, DefinitionError, endpoint, event, resource } from '../../src/contract/index.ts'
import { onPostgres } from '../database.ts'
import { client, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { articles, needsShell, newspaper, row, runShell, startWatched, type Watched } from './watched.ts'

const skip = needsShell()

const scored = event('article.scored', z.object({ id: z.string() }))
const rescore = endpoint({
  method: 'POST',
  path: '/rescore',
  emits: [scored],
  handle: async ({ on, emit, sql }) => {
    const made = await on(articles).create({ title: 'Own', score: 1, ratio: null, live: true, tags: [] })
    await sql.run('update articles set score = 2 where id = $1', made.id)
    emit(scored, { id: made.id })
    await on(articles).patch(made.id, { score: 3 })
    await on(articles).delete(made.id)
  },
})
const undone = endpoint({
  method: 'POST',
  path: '/undone',
  problems: { 'no-ink': 409 },
  handle: async ({ on, fail }) => {
    await on(articles).create({ title: 'Own', score: 1, ratio: null, live: true, tags: [] })
    throw fail('no-ink')
  },
})
const press = api({
  title: 'Press',
  version: '1',
  base: '/v1',
  resources: [articles],
  endpoints: { rescore, undone },
})

const typesOf = (events: readonly { readonly type: string }[]): readonly string[] =>
  events.map(one => one.type)

/** A change that shows, by coming last, that nothing else came before it. */
const last = (w: Watched): Promise<string> => w.shell(row('last', w.fixture.account))

test('what another program does to a watched table are events, as the API shows the rows', {
  skip,
}, async () => {
  await using w = await startWatched()
  const { account, send } = w.fixture
  await w.shell(row('a', account))
  const { body: created } = await send('GET', '/v1/articles/a')
  await w.shell(
    "update articles set score = 12, ratio = cast(0.1 as double precision) + 0.2, live = 0, tags = '[]', note = 'new' where id = 'a'",
  )
  const { body: updated } = await send('GET', '/v1/articles/a')
  await w.shell('delete from articles')
  const events = await w.events(3)
  assert.deepEqual(
    events.map(({ type, data, before }) => [type, data, before]),
    [
      ['article.created', created, undefined],
      ['article.updated', updated, created],
      ['article.deleted', undefined, updated],
    ],
  )
  assert.equal(updated.ratio, 0.1 + 0.2)
  assert.deepEqual(w.fixture.faults, [])
})

test('a program that attaches the database, trusts no schema and has tables of our names is watched too', {
  skip: skip || (onPostgres && 'nothing is attached there'),
}, async () => {
  await using w = await startWatched()
  const sql = row('a', w.fixture.account).replace('into articles', 'into shared.articles')
  await runShell(
    ':memory:',
    `attach '${w.database}' as shared; pragma trusted_schema = off;
    create temp table signalbox_changes (x); create table articles (x); create table signalbox_replaced (x); ${sql}`,
  )
  assert.deepEqual(typesOf(await w.events(1)), ['article.created'])
})

test('a change that shows nothing, and one that is undone, are no events', { skip }, async () => {
  await using w = await startWatched()
  await w.shell(`${row('a', w.fixture.account)}
    update articles set views = views + 1; update articles set score = score, live = 2;
    begin; update articles set score = 9; delete from articles; rollback;
    ${onPostgres ? '' : "insert or ignore into articles (id, title) values ('a', 'ignored');"}
    insert into articles (id, title) values ('a', 'ignored') on conflict do nothing;`)
  await last(w)
  assert.deepEqual(typesOf(await w.events(2)), ['article.created', 'article.created'])
})

test('a row that is there already, and is inserted as a change, is updated', { skip }, async () => {
  await using w = await startWatched()
  const { account } = w.fixture
  const again = row('a', account, 7).replace(';', '')
  await w.shell(`${row('a', account)} ${again} on conflict (id) do update set score = excluded.score`)
  const events = await w.events(2)
  assert.deepEqual(
    events.map(({ type, data, before }) => [type, data.score, before?.score]),
    [
      ['article.created', 0, undefined],
      ['article.updated', 7, 0],
    ],
  )
})

test('replacing a row updates it, and deletes the others that were in its way', {
  skip: skip || (onPostgres && 'it has no such statement'),
}, async () => {
  await using w = await startWatched()
  const { account } = w.fixture
  await w.shell(row('a', account) + row('b', account))
  await w.shell(`replace into articles (id, title, score, ratio, live, tags, account_id, link)
    values ('a', 'The a', 7, 0.5, 1, '["a"]', '${account}', 'link-b')`)
  const events = (await w.events(4)).slice(2)
  assert.deepEqual(
    events.map(({ type, data, before }) => [type, data?.id, data?.score, before?.id, before?.score]),
    [
      ['article.deleted', undefined, undefined, 'b', 0],
      ['article.updated', 'a', 7, 'a', 0],
    ],
  )
})

test('a row of another id, or of another account, is another row', { skip }, async () => {
  await using w = await startWatched()
  const { account } = w.fixture
  const other = await w.fixture.serving.app.accounts.create('other')
  const { key } = await w.fixture.serving.app.accounts.issueKey(other, 'test')
  await w.shell(
    `${row('a', account)} update articles set id = 'b'; update articles set account_id = '${other}';`,
  )
  const mine = await w.events(4)
  assert.deepEqual(
    mine.map(({ type, data, before }) => [type, (data ?? before).id]),
    [
      ['article.created', 'a'],
      ['article.deleted', 'a'],
      ['article.created', 'b'],
      ['article.deleted', 'b'],
    ],
  )
  const theirs = await w.events(1, client(w.fixture.url, key))
  assert.deepEqual(typesOf(theirs), ['article.created'])
})

test('a row without an owner is nobody’s: for its account it is gone, and nobody else sees it', {
  skip,
}, async () => {
  await using w = await startWatched()
  const { account, faults } = w.fixture
  await w.shell(`${row('a', account)} update articles set account_id = null; update articles set score = 1;
    update articles set account_id = '${account}';
    ${onPostgres ? '' : "update articles set account_id = x'ff';"} delete from articles;`)
  await last(w)
  assert.deepEqual(typesOf(await w.events(onPostgres ? 5 : 4)), [
    'article.created',
    'article.deleted',
    'article.created',
    // There it can hold nothing but text.
    ...(onPostgres ? ['article.deleted'] : []),
    'article.created',
  ])
  if (!onPostgres) {
    await until(
      async () => faults.length,
      count => count >= 2,
      'the reports',
    )
    assert.match(
      String(faults[0]),
      /table 'articles', row 'a': .*the owner column 'account_id' holds no text/,
    )
  }
  const others = await w.fixture.another()
  assert.deepEqual((await others('GET', '/v1/events')).body.data, [])
})

test('changes of shared rows are events for every account', { skip }, async () => {
  const places = resource('place', {
    path: '/places',
    schema: z.object({ id: z.string(), name: z.string() }),
    owner: 'shared',
    watch: true,
  })
  const definition = api({ title: 'Map', version: '1', base: '/v1', resources: [places] })
  await using w = await startWatched(
    definition,
    `create table places (id text primary key, name text)${onPostgres ? '' : ' without rowid'}`,
  )
  await w.shell("insert into places values ('p', 'Bath')")
  for (const send of [w.fixture.send, await w.fixture.another()]) {
    const [event] = await w.events(1, send)
    assert.deepEqual([event?.type, event?.data], ['place.created', { id: 'p', name: 'Bath' }])
  }
})

/** What a column of SQLite holds whatever its type. */
const UNTYPED = [
  ['score', "'many'"],
  ['score', '1.5'],
  ['ratio', '9e999'],
  ['title', "x'ff'"],
]

test('a row that is not what the schema says is reported once with its field, and holds up no other', {
  skip,
}, async () => {
  await using w = await startWatched()
  const { account, faults } = w.fixture
  // What a column can hold.
  const nonsense: [field: string, sql: string][] = [
    ...(onPostgres ? [] : (UNTYPED as [string, string][])),
    ['score', '9007199254740993'],
    ['score', 'null'],
    ['title', 'null'],
    ['tags', "'nonsense'"],
    ['tags', `'[1]'`],
  ]
  for (const [i, [field, sql]] of nonsense.entries()) {
    await w.shell(
      `begin; ${row(`r${i}`, account)} update articles set ${field} = ${sql} where id = 'r${i}'; commit;`,
    )
  }
  // Nor does what no trigger has filed.
  await w.shell(`insert into signalbox_changes (watch, data)
    select ${
      onPostgres
        ? "substring(tgname from 'article_[0-9a-f]{8}'), 'no row' from pg_trigger where tgname like '%signalbox_article_%'"
        : "substr(name, 11, 16), 'no row' from sqlite_schema where name like 'signalbox_article_%_insert'"
    }`)
  await last(w)
  assert.deepEqual(
    typesOf(await w.events(nonsense.length + 1)),
    Array.from({ length: nonsense.length + 1 }, () => 'article.created'),
  )
  await until(
    async () => faults.length,
    count => count >= nonsense.length,
    'the reports',
  )
  assert.equal(faults.length, nonsense.length + 1)
  for (const [i, [field, sql]] of nonsense.entries()) {
    const said = String(faults[i])
    assert.match(said, new RegExp(`^Error: table 'articles', row 'r${i}': .*['/]${field}\\b`))
    // It may be secret.
    assert.ok(!said.includes(sql.replaceAll("'", '')) || sql === 'null', said)
  }
  // Once it is right again, what it was before cannot be told.
  await w.shell('update articles set score = 5 where score is null')
  const mended = (await w.events(nonsense.length + 2)).at(-1)
  assert.deepEqual([mended?.type, mended?.data.score, mended?.before], ['article.updated', 5, undefined])
})

test('a change through the API or a handler is one event, recorded in its unit, in order with what it emits', {
  skip,
}, async () => {
  await using w = await startWatched(press)
  const { send } = w.fixture
  const { body: made } = await send('POST', '/v1/articles', {
    title: 'Own',
    score: 1,
    ratio: null,
    live: true,
    tags: [],
  })
  // At once: no wait for a look.
  assert.deepEqual(typesOf((await send('GET', '/v1/events')).body.data), ['article.created'])
  await send('PATCH', `/v1/articles/${made.id}`, { score: 2 })
  assert.equal((await send('DELETE', `/v1/articles/${made.id}`)).status, 204)
  assert.equal((await send('POST', '/v1/undone')).status, 409)
  assert.equal((await send('POST', '/v1/rescore')).status, 204)
  const events = (await send('GET', '/v1/events')).body.data.toReversed()
  assert.deepEqual(
    events.map(
      ({ type, data, before }: { type: string; data?: { score?: number }; before?: { score: number } }) => [
        type.split('.')[1],
        data?.score,
        before?.score,
      ],
    ),
    [
      ['created', 1, undefined],
      ['updated', 2, 1],
      ['deleted', undefined, 2],
      ['created', 1, undefined],
      // The handler's own SQL.
      ['updated', 2, 1],
      ['scored', undefined, undefined],
      ['updated', 3, 2],
      ['deleted', undefined, 3],
    ],
  )
  await last(w)
  assert.equal((await w.events(9)).length, 9)
  assert.deepEqual(w.fixture.faults, [])
})

test("SQL of a program's own unit records events too", { skip }, async () => {
  await using w = await startWatched()
  const { account, serving } = w.fixture
  await serving.app.unit(account, ({ sql }) => sql.run(row('a', account).slice(0, -1)))
  assert.deepEqual(typesOf(await w.events(1)), ['article.created'])
})

test('many changes at once become events in their order, while requests go on', { skip }, async () => {
  await using w = await startWatched(press)
  const { account, send } = w.fixture
  const writing = w.shell(`begin; ${row('a', account)}
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 3000)
    insert into articles (id, title, score, live, tags, account_id) select 'n' || i, 'T', i, 1, '[]', '${account}' from n;
    commit; update articles set score = -1 where id = 'a';`)
  for (let i = 0; i < 20; i++) assert.equal((await send('POST', '/v1/rescore')).status, 204)
  await writing
  const events = await w.events(3_002 + 20 * 5)
  const theirs = events.filter(({ data }) => data?.title === 'T')
  assert.deepEqual(
    theirs.map(({ data }) => data.score),
    Array.from({ length: 3_000 }, (_, i) => i + 1),
  )
  assert.equal(events.length, 3_002 + 20 * 5)
  // Of every row: created, then what it was is what it had been.
  const state = new Map<string, unknown>()
  for (const { type, data, before } of events) {
    if (type === 'article.scored') continue
    assert.deepEqual(state.get((data ?? before).id), before)
    state.set((data ?? before).id, data)
  }
})

test("another program's change reaches a webhook, signed", { skip }, async () => {
  await using w = await startWatched()
  const { account, send } = w.fixture
  const receiver = await startReceiver()
  await w.shell(row('a', account, 4))
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['article.updated'],
  })
  await w.shell("update articles set score = 12 where id = 'a'")
  const came = await receiver.next(() => true)
  const sent = new Webhook(webhook.secret).verify(came.body, came.headers as Record<string, string>) as {
    readonly type: string
    readonly data: { readonly score: number }
    readonly before: { readonly score: number }
  }
  assert.deepEqual([sent.type, sent.data.score, sent.before.score], ['article.updated', 12, 4])
  assert.equal(receiver.received.length, 1)
  await receiver.close()
})

test('a resource is not watched for events that it does not record', () => {
  const options = {
    path: '/things',
    schema: z.object({ id: z.string() }),
    owner: 'shared',
    watch: true,
    events: false,
  }
  assert.throws(() => resource('thing', options), DefinitionError)
  assert.equal(newspaper.resources[0]?.watch, true)
})
