import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, endpoint, resource } from '../../src/contract/index.ts'
import { nested } from '../../src/unit/index.ts'
import { addTrigger } from '../trigger.ts'
import { type Fixture, startFixture } from './fixture.ts'

const Note = z.object({
  id: z.string(),
  text: z.string().min(1).max(100),
  score: z.number().default(0),
  tags: z.array(z.string()).default([]),
})
const notes = (options: object = {}) =>
  resource('note', { path: '/notes', schema: Note, owner: 'account_id', bulk: true, ...options })
const notebook = (options: object = {}) =>
  api({ title: 'Notes', version: '1', base: '/v1', resources: [notes(options)] })

interface Problem {
  readonly detail: string
}

const PATH = '/v1/notes/bulk'
const texts = (...all: unknown[]) => all.map(text => ({ text }))

async function stored({ send }: Fixture) {
  const rows = (await send('GET', '/v1/notes?limit=100')).body.data
  const events = (await send('GET', '/v1/events?limit=100')).body.data
  return {
    texts: rows.map((row: { text: string }) => row.text).toReversed(),
    created: events.map((event: { data: { text: string } }) => event.data.text).toReversed(),
  }
}

const sent = ({ url, key }: Fixture, type: string, body: string, accept = 'application/json') =>
  fetch(new URL(PATH, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': type, accept },
    body,
  })

test('each row is created or refused as it would be alone, and told at its place', async () => {
  await using fixture = await startFixture(notebook())
  const { send } = fixture
  const wrong = { text: '', tags: ['fine', 5] }
  const { status, body } = await send('POST', PATH, { data: [...texts('a'), wrong, ...texts('b', 7), null] })
  assert.equal(status, 200)
  assert.deepEqual([body.created, body.refused], [2, 3])
  assert.deepEqual(
    body.results.map((result: { status: number }) => result.status),
    [201, 422, 201, 422, 422],
  )
  const [first, second, third] = body.results
  for (const { data } of [first, third])
    assert.deepEqual((await send('GET', `/v1/notes/${data.id}`)).body, data)
  const { request_id: _, ...alone } = (await send('POST', '/v1/notes', wrong)).body
  assert.deepEqual(second.problem, alone)
  assert.deepEqual(
    alone.errors.map((error: { pointer: string }) => error.pointer),
    ['#/text', '#/tags/1'],
  )
  assert.deepEqual(await stored(fixture), { texts: ['a', 'b'], created: ['a', 'b'] })
  assert.deepEqual(fixture.faults, [])
})

test('with atomic all are created or none, and what is wrong is told with its place in the whole', async () => {
  await using fixture = await startFixture(notebook())
  const { send } = fixture
  const refused = await send('POST', PATH, { atomic: true, data: texts('a', '', 'b', 7) })
  assert.deepEqual([refused.status, refused.body.code], [422, 'invalid-input'])
  assert.deepEqual(
    refused.body.errors.map((error: { pointer: string }) => error.pointer),
    ['#/data/1/text', '#/data/3/text'],
  )
  assert.deepEqual(await stored(fixture), { texts: [], created: [] })
  const { status, body } = await send('POST', PATH, { atomic: true, data: texts('a', 'b') })
  assert.deepEqual([status, body.created, body.refused], [200, 2, 0])
  assert.deepEqual(await stored(fixture), { texts: ['a', 'b'], created: ['a', 'b'] })
})

test('one Idempotency-Key covers the whole', async () => {
  await using fixture = await startFixture(notebook())
  const key = { 'idempotency-key': 'a' }
  const first = await fixture.send('POST', PATH, { data: texts('a', '') }, key)
  const again = await fixture.send('POST', PATH, { data: texts('a', '') }, key)
  assert.deepEqual([again.headers.get('idempotent-replayed'), again.body], ['true', first.body])
  assert.deepEqual(await stored(fixture), { texts: ['a'], created: ['a'] })
})

test('a fault of our own undoes the whole, which can be tried again (in watched tables too)', async () => {
  for (const watch of [false, true]) {
    await using fixture = await startFixture(notebook({ watch }))
    await using trigger = await addTrigger(fixture.database, 'broken', {
      on: 'before insert on notes',
      when: "new.text = 'bad'",
      does: 'fail',
    })
    const key = { 'idempotency-key': 'a' }
    const data = texts('a', 'bad', 'b')
    const failed = await fixture.send('POST', PATH, { data }, key)
    assert.deepEqual([failed.status, failed.body.code], [500, 'internal-error'])
    assert.deepEqual(await stored(fixture), { texts: [], created: [] })
    await trigger.drop()
    assert.equal((await fixture.send('POST', PATH, { data }, key)).body.created, 3)
    const all = ['a', 'bad', 'b']
    assert.deepEqual(await stored(fixture), { texts: all, created: all })
  }
})

test('what one row did before it was refused is undone with its events, and the others stay', async () => {
  for (const watch of [false, true]) {
    const rows = notes({ watch })
    const tryOne = endpoint({
      method: 'POST',
      path: '/tries',
      handle: async call => {
        await nested(call, () => call.on(rows).create({ text: 'a' }))
        const refused = nested(call, async () => {
          await call.on(rows).create({ text: 'never' })
          throw new Error('refused')
        })
        await assert.rejects(refused, /refused/)
        await call.on(rows).create({ text: 'b' })
      },
    })
    const tries = api({ title: 'Notes', version: '1', base: '/v1', resources: [rows], endpoints: { tryOne } })
    await using fixture = await startFixture(tries)
    assert.equal((await fixture.send('POST', '/v1/tries')).status, 204)
    assert.deepEqual(await stored(fixture), { texts: ['a', 'b'], created: ['a', 'b'] })
  }
})

test('it is read from XML, NDJSON and forms, and answered in XML', async () => {
  await using fixture = await startFixture(notebook())
  const xml = '<bulk><data><note><text>a</text></note><note><text/></note></data></bulk>'
  const answer = await (await sent(fixture, 'application/xml', xml, 'application/xml')).text()
  assert.match(answer, /^<\?xml[^>]*>\s*<bulk><created>1<\/created><refused>1<\/refused><results><result>/)
  assert.match(answer, /<result><status>201<\/status><note><id>not_\w+<\/id><text>a<\/text>/)
  assert.match(answer, /<result><status>422<\/status><problem>.*<errors><i><pointer>#\/text<\/pointer>/s)
  const lines = await sent(fixture, 'application/x-ndjson', '{"text":"b"}\r\n{"text":7}\n{"text":"c"}\n')
  assert.deepEqual(
    ((await lines.json()) as { results: { status: number }[] }).results.map(result => result.status),
    [201, 422, 201],
  )
  const form = await sent(fixture, 'application/x-www-form-urlencoded', 'data[0][text]=d&data[0][score]=5')
  assert.equal(form.status, 200)
  const broken = await sent(fixture, 'application/x-ndjson', '{"text":"never"}\n{"text":}\n')
  assert.deepEqual(
    [broken.status, ((await broken.json()) as Problem).detail.startsWith('At line 2, column 9: ')],
    [400, true],
  )
  assert.deepEqual((await stored(fixture)).texts, ['a', 'b', 'c', 'd'])
})

test('more rows than may be, none, and what is no list of rows are a 422 that creates nothing', async () => {
  await using fixture = await startFixture(notebook({ bulk: { max: 3 } }))
  const cases: readonly [unknown, string][] = [
    [[], '#'],
    ['text', '#'],
    [{}, '#/data'],
    [{ data: { text: 'a' } }, '#/data'],
    [{ data: [] }, '#/data'],
    [{ data: texts('a', 'b', 'c', 'd') }, '#/data'],
    [{ data: texts('a'), atomic: 'yes' }, '#/atomic'],
  ]
  for (const [body, pointer] of cases) {
    const answered = await fixture.send('POST', PATH, body)
    assert.deepEqual(
      [answered.status, answered.body.errors?.[0].pointer],
      [422, pointer],
      JSON.stringify(body),
    )
  }
  const lines = await sent(fixture, 'application/x-ndjson', '{"text":"a"}\n'.repeat(50_000))
  assert.equal(lines.status, 422)
  assert.deepEqual(await stored(fixture), { texts: [], created: [] })
})

test('a hostile body is answered with a bounded number of errors, and holds up nobody', async () => {
  await using fixture = await startFixture(notebook())
  const item = `{"text":"","tags":[${'1,'.repeat(90)}1]}`
  let over = false
  let others = 0
  const asking = (async () => {
    for (; !over; others++) await fixture.send('GET', '/v1/notes')
  })()
  const answer = await sent(fixture, 'application/json', `{"data":[${Array(100).fill(item).join()}]}`)
  over = true
  await asking
  const { refused, results } = (await answer.json()) as {
    refused: number
    results: { problem: { errors: unknown[] } }[]
  }
  assert.deepEqual([answer.status, refused], [200, 100])
  assert.ok(results.every(({ problem }) => problem.errors.length === 10))
  assert.ok(others >= 10, `${others} others were answered meanwhile`)
})

test('a bulk create that could not work is refused with the definition', () => {
  assert.throws(() => notes({ bulk: { max: 0 } }), /up to 0 rows/)
  assert.throws(() => notes({ bulk: { max: 1001 } }), /from 1 to 1000/)
  assert.throws(() => notes({ methods: ['list', 'get'] }), /Add 'create'/)
})

test('without the definition asking for it there is none', async () => {
  await using fixture = await startFixture(notebook({ bulk: false }))
  assert.equal((await fixture.send('POST', PATH, { data: texts('a') })).status, 405)
})
