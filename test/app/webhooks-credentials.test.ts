import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, resource } from '../../src/contract/index.ts'
import { type Send, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { giving, saying, startTokenServer } from '../webhooks/token-server.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const events = ['book.created']
/** In every secret: where it is not found, no secret is. */
const MARK = 'sesame'

async function start() {
  const log: unknown[] = []
  const fixture = await startFixture(library, { log: { level: 'info', write: record => log.push(record) } })
  const receiver = await startReceiver()
  const { send } = fixture
  return {
    ...fixture,
    receiver,
    /** What the program has written of itself. */
    log,
    create: (more: object) => send('POST', '/v1/webhooks', { url: receiver.url, events, ...more }),
    change: (id: string, change: object) => send('PATCH', `/v1/webhooks/${id}`, change),
    /** The attempts of a test that is sent now, once one was made. */
    attempts: async (id: string) => attemptsOf(send, id),
    async [Symbol.asyncDispose]() {
      await receiver.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

async function attemptsOf(send: Send, id: string) {
  const { body: delivery } = await send('POST', `/v1/webhooks/${id}/test`)
  const { body } = await until(
    () => send('GET', `/v1/deliveries/${delivery.id}`),
    ({ body }) => body.attempt_count > 0,
    'the attempt',
  )
  return body.attempts
}

const pointersOf = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer)

test('header fields of its owner’s are sent, and secret ones are shown nowhere', async () => {
  await using started = await start()
  const { send, receiver, create, attempts } = started
  receiver.behave(({ headers, body }) => {
    const key = String(headers['x-key'])
    return { status: 200, headers: { 'x-echo': key }, body: `${key} ${body}` }
  })
  const created = await create({
    headers: [
      { name: 'X-Team', value: 'letters', secret: false },
      { name: 'X-Key', value: `open ${MARK}` },
    ],
  })
  assert.equal(created.status, 201)
  assert.deepEqual(created.body.headers, [
    { name: 'X-Team', value: 'letters', secret: false },
    { name: 'X-Key', value: null, secret: true },
  ])
  const { id } = created.body
  const [attempt] = await attempts(id)
  const came = receiver.received[0]?.headers
  assert.deepEqual([came?.['x-team'], came?.['x-key']], ['letters', `open ${MARK}`])
  assert.deepEqual([attempt.request_headers['x-team'], attempt.request_headers['x-key']], ['letters', '***'])
  // The receiver answered what it was sent.
  assert.match(attempt.response_body, /^\*\*\* \{/)
  assert.equal(attempt.response_headers['x-echo'], '***')
  for (const path of ['/webhooks', `/webhooks/${id}`, '/deliveries', '/events', '/audit', '/requests']) {
    const { status, body } = await send('GET', `/v1${path}`)
    assert.equal(status, 200, path)
    assert.doesNotMatch(JSON.stringify(body), new RegExp(MARK), path)
  }
  assert.ok(started.log.length > 5)
  assert.doesNotMatch(JSON.stringify([started.log, started.faults]), new RegExp(MARK))
})

test('what was read of a webhook can be sent back, and secrets that are left out stay', async () => {
  await using started = await start()
  const { send, receiver, create, change, attempts } = started
  const { body: made } = await create({
    headers: [{ name: 'X-Key', value: MARK }],
    authorization: { type: 'basic', username: 'ann', password: `${MARK}:2` },
    metadata: { team: 'letters', stage: 'live' },
  })
  assert.deepEqual(made.authorization, { type: 'basic', username: 'ann' })
  const { body: read } = await send('GET', `/v1/webhooks/${made.id}`)
  const { id: _, created_at: __, ...settings } = read
  const saved = await change(made.id, settings)
  assert.deepEqual([saved.status, saved.body], [200, read])
  // Another name is another field, and has no value yet.
  const renamed = await change(made.id, { headers: [{ name: 'X-Other' }] })
  assert.deepEqual([renamed.status, pointersOf(renamed.body)], [422, ['#/headers/0/value']])
  await change(made.id, { headers: [{ name: 'x-key', secret: true }], metadata: { stage: null, more: 'b' } })
  await attempts(made.id)
  const { headers } = receiver.received.at(-1) ?? assert.fail('nothing came')
  assert.equal(headers['x-key'], MARK)
  assert.equal(Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString(), `ann:${MARK}:2`)
  const { body: after } = await send('GET', `/v1/webhooks/${made.id}`)
  assert.deepEqual(after.metadata, { team: 'letters', more: 'b' })
  const gone = await change(made.id, { headers: [], authorization: null })
  assert.deepEqual([gone.body.headers, gone.body.authorization], [[], null])
  await attempts(made.id)
  assert.equal(receiver.received.at(-1)?.headers.authorization, undefined)
})

test('a webhook that moves to another origin needs its secrets anew, or they could be sent to anybody', async () => {
  await using started = await start()
  const { receiver, create, change } = started
  const thief = await startReceiver()
  const { body: made } = await create({
    headers: [{ name: 'X-Key', value: MARK }],
    authorization: { type: 'bearer', token: MARK },
  })
  const path = await change(made.id, { url: `${receiver.url}/elsewhere` })
  assert.equal(path.status, 200)
  const both = ['#/headers/0/value', '#/authorization/token']
  for (const more of [{}, { headers: made.headers }, { authorization: made.authorization }]) {
    const refused = await change(made.id, { url: thief.url, ...more })
    assert.deepEqual([refused.status, pointersOf(refused.body)], [422, both])
  }
  const anew = await change(made.id, {
    url: thief.url,
    headers: [{ name: 'X-Key', value: 'for this one' }],
    authorization: { type: 'bearer', token: 'new' },
  })
  assert.equal(anew.status, 200)
  assert.equal(thief.received.length, 0)
  await thief.close()
})

test('what is wrong with headers and authorization is a 422 that names the place and no secret', async () => {
  await using started = await start()
  const { create } = started
  const cases: [object, string[]][] = [
    [{ headers: [{ name: 'Host', value: MARK }] }, ['#/headers/0/name']],
    [{ headers: [{ name: 'X-A', value: `${MARK}\r\nX-B: c` }] }, ['#/headers/0/value']],
    [{ headers: [{ name: 'X-A', value: MARK.repeat(1_000) }] }, ['#/headers/0/value']],
    [{ headers: [{ name: 'X-A' }] }, ['#/headers/0/value']],
    [{ headers: [{ name: 'X-A', value: 7, secret: true }] }, ['#/headers/0/value']],
    [{ authorization: { type: 'basic', password: MARK } }, ['#/authorization/username']],
    [{ authorization: { type: 'basic', username: 'a:b', password: MARK } }, ['#/authorization/username']],
    [
      { authorization: { type: 'basic', username: 'a', password: `${MARK}\n` } },
      ['#/authorization/password'],
    ],
    [{ authorization: { type: 'bearer' } }, ['#/authorization/token']],
    [{ authorization: { type: 'bearer', token: `Bearer ${MARK}` } }, ['#/authorization/token']],
    [{ authorization: { type: 'bearer', token: MARK, username: 'a' } }, ['#/authorization/username']],
    [{ authorization: { type: 'digest', token: MARK } }, ['#/authorization/type']],
    [
      { authorization: { type: 'oauth2', client_secret: MARK } },
      ['#/authorization/token_url', '#/authorization/client_id'],
    ],
    ...[
      'http://192.0.2.1/',
      'http://example.com/',
      'https://10.0.0.1/',
      'https://a:b@example.com/',
      'token',
    ].map((token_url): [object, string[]] => [
      { authorization: { type: 'oauth2', token_url, client_id: 'a', client_secret: MARK } },
      ['#/authorization/token_url'],
    ]),
    [
      {
        headers: [{ name: 'authorization', value: MARK }],
        authorization: { type: 'bearer', token: MARK },
      },
      ['#/authorization'],
    ],
    [{ metadata: { 'a b': 'c' } }, ['#/metadata/a%20b']],
    [{ metadata: { a: 'b'.repeat(501) } }, ['#/metadata/a']],
    [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`m${i}`, ''])) }, ['#/metadata']],
  ]
  for (const [more, pointers] of cases) {
    const refused = await create(more)
    const text = JSON.stringify(more).slice(0, 100)
    assert.deepEqual([text, refused.status, pointersOf(refused.body)], [text, 422, pointers])
    assert.doesNotMatch(JSON.stringify(refused.body), new RegExp(MARK), text)
  }
  assert.deepEqual(started.faults, [])
})

test('OAuth 2: a token is fetched once for many deliveries, and never kept in an attempt', async t => {
  await using started = await start()
  const { send, receiver, create } = started
  const server = await startTokenServer()
  t.after(() => server.close())
  server.answer(giving(`${MARK}-token`))
  const authorization = {
    type: 'oauth2',
    token_url: server.url,
    client_id: 'a',
    client_secret: MARK,
    scope: 's',
  }
  const { body: made } = await create({ authorization })
  const { client_secret: _, ...shown } = authorization
  assert.deepEqual(made.authorization, shown)
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => send('POST', '/v1/books', { title: `Book ${i}`, pages: 1 })),
  )
  const { body: log } = await until(
    () => send('GET', `/v1/webhooks/${made.id}/deliveries`),
    ({ body }) =>
      body.data.length === 20 && body.data.every((d: { state: string }) => d.state === 'delivered'),
    'the deliveries',
  )
  assert.equal(server.received.length, 1)
  assert.ok(receiver.received.every(({ headers }) => headers.authorization === `Bearer ${MARK}-token`))
  const { body: delivery } = await send('GET', `/v1/deliveries/${log.data[0].id}`)
  assert.equal(delivery.attempts[0].request_headers.authorization, 'Bearer ***')
  assert.doesNotMatch(JSON.stringify(delivery), new RegExp(MARK))
})

test('OAuth 2: a token that the receiver refuses is fetched anew once, within the attempt', async t => {
  await using started = await start()
  const { receiver, create, attempts } = started
  const server = await startTokenServer()
  t.after(() => server.close())
  const authorization = { type: 'oauth2', token_url: server.url, client_id: 'a', client_secret: MARK }
  const { body: made } = await create({ authorization })
  receiver.behave(({ headers }) => (headers.authorization === 'Bearer token-1' ? 401 : 204))
  const [attempt] = await attempts(made.id)
  assert.deepEqual([attempt.outcome, attempt.status], ['delivered', 204])
  assert.deepEqual([receiver.received.length, server.received.length], [2, 2])
  assert.equal(receiver.received[0]?.id, receiver.received[1]?.id)
  receiver.behave(() => 401)
  const [refused] = await attempts(made.id)
  assert.deepEqual([refused.outcome, refused.status], ['refused', 401])
  assert.deepEqual([receiver.received.length, server.received.length], [4, 3])
})

test('OAuth 2: where no token is to be had nothing is sent, and the attempt says why without a secret', async t => {
  await using started = await start()
  const { receiver, create, change, attempts } = started
  const server = await startTokenServer()
  t.after(() => server.close())
  server.answer(saying(401, { error: 'invalid_client', error_description: MARK }))
  const authorization = { type: 'oauth2', token_url: server.url, client_id: 'a', client_secret: MARK }
  const { body: made } = await create({ authorization })
  const [attempt] = await attempts(made.id)
  assert.deepEqual(
    [attempt.outcome, attempt.status, attempt.error, attempt.request_headers],
    ['unauthorized', null, 'the token endpoint answered 401: invalid_client', {}],
  )
  assert.equal(receiver.received.length, 0)
  // The client's secret is for the endpoint that it was given for.
  const other = await startTokenServer()
  t.after(() => other.close())
  const moved = await change(made.id, { authorization: { ...made.authorization, token_url: other.url } })
  assert.deepEqual([moved.status, pointersOf(moved.body)], [422, ['#/authorization/client_secret']])
})

test('an account has as many webhooks, and they as many header fields, as the producer says', async () => {
  const small = api({
    title: 'Small',
    version: '1',
    base: '/v1',
    resources: [
      resource('book', { path: '/books', schema: z.object({ id: z.string() }), owner: 'account_id' }),
    ],
    webhooks: { max: 3, headers: 1 },
  })
  await using fixture = await startFixture(small)
  const { send } = fixture
  const create = (more = {}, by = send) =>
    by('POST', '/v1/webhooks', { url: 'https://example.com/', events, ...more })
  const header = (name: string) => ({ name, value: 'a' })
  const many = await create({ headers: [header('X-A'), header('X-B')] })
  assert.deepEqual([many.status, pointersOf(many.body)], [422, ['#/headers']])
  const all = await Promise.all(Array.from({ length: 10 }, () => create({ headers: [header('X-A')] })))
  const made = all.filter(({ status }) => status === 201)
  assert.equal(made.length, 3)
  const refused = all.filter(({ status }) => status !== 201)
  for (const { status, body } of refused) assert.deepEqual([status, body.code], [409, 'too-many-webhooks'])
  assert.match(refused[0]?.body.detail, /may have 3/)
  // It is counted by account, and what is deleted does not count.
  assert.equal((await create({}, await fixture.another())).status, 201)
  await send('DELETE', `/v1/webhooks/${made[0]?.body.id}`)
  assert.equal((await create()).status, 201)
})

test('all of it is there in XML as well, read and written', async () => {
  await using started = await start()
  const { send, url, key } = started
  const xml = `<webhook><url>https://example.com/</url><events>book.*</events>
    <headers><name>X-Key</name><value>${MARK}</value></headers>
    <headers><name>X-Team</name><value>letters</value><secret>false</secret></headers>
    <authorization><type>basic</type><username>ann</username><password>${MARK}</password></authorization>
    <metadata><team>letters</team></metadata></webhook>`
  const answer = await fetch(`${url}/v1/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/xml', accept: 'application/xml' },
    body: xml,
  })
  const text = await answer.text()
  assert.equal(answer.status, 201, text)
  assert.doesNotMatch(text, new RegExp(MARK))
  assert.match(text, /<metadata><team>letters<\/team><\/metadata>/)
  const { body } = await send('GET', '/v1/webhooks')
  const [{ headers, authorization, metadata, events: asked }] = body.data
  assert.deepEqual([headers.length, headers[0].value, headers[1].value], [2, null, 'letters'])
  assert.deepEqual(
    [authorization, metadata, asked],
    [{ type: 'basic', username: 'ann' }, { team: 'letters' }, ['book.*']],
  )
})
