import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, endpoint, event, resource } from '../../src/contract/index.ts'
import { encodeCursor } from '../../src/http/index.ts'
import { client, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { startFixture } from './fixture.ts'

// PostgreSQL has no room for U+0000 in a text. On every store a request that brings one is told so, and what comes from
// elsewhere does without.

const NUL = '\u0000'

const notes = resource('note', {
  path: '/notes',
  schema: z.object({
    id: z.string(),
    text: z.string().max(100),
    parts: z.record(z.string(), z.array(z.string())).default({}),
  }),
  owner: 'account_id',
  filter: ['text'],
  sort: ['text'],
  bulk: true,
})
const rung = event('bell.rung', z.object({ by: z.string() }))
const ring = endpoint({
  method: 'POST',
  path: '/bells',
  emits: [rung],
  handle: async ({ emit }) => {
    emit(rung, { by: NUL })
  },
})
const notebook = api({
  title: 'Notes',
  version: '1',
  base: '/v1',
  resources: [notes],
  events: [rung],
  endpoints: { ring },
})

test('a text with U+0000 is refused at its place, wherever in a body or a query it stands', async () => {
  await using fixture = await startFixture(notebook)
  const { send } = fixture
  const { body: note } = await send('POST', '/v1/notes', { text: 'a' })
  const webhook = { url: 'http://127.0.0.1:9/', events: ['note.created'] }
  const bodies: [method: string, path: string, body: object, pointer: string][] = [
    ['POST', '/v1/notes', { text: `a${NUL}b` }, '#/text'],
    ['PATCH', `/v1/notes/${note.id}`, { text: NUL }, '#/text'],
    ['PUT', `/v1/notes/${note.id}`, { text: NUL }, '#/text'],
    ['POST', '/v1/notes', { text: 'a', parts: { one: ['a', NUL] } }, '#/parts/one/1'],
    ['POST', '/v1/notes', { text: 'a', parts: { [NUL]: ['a'] } }, '#/parts'],
    ['POST', '/v1/webhooks', { ...webhook, description: NUL }, '#/description'],
    ['POST', '/v1/webhooks', { ...webhook, metadata: { a: NUL } }, '#/metadata/a'],
    ['POST', '/v1/keys', { name: NUL }, '#/name'],
  ]
  for (const [method, path, body, pointer] of bodies) {
    const key = { 'idempotency-key': `"${pointer}${method}"` }
    for (let again = 0; again < 2; again++) {
      const answer = await send(method, path, body, key)
      const { errors } = answer.body
      assert.equal(answer.status, 422, `${method} ${pointer}`)
      assert.deepEqual(errors, [{ pointer, detail: 'The character U+0000 cannot be stored' }])
    }
  }
  const bulk = await send('POST', '/v1/notes/bulk', { data: [{ text: 'b' }, { text: NUL }], atomic: true })
  assert.deepEqual([bulk.status, bulk.body.errors[0].pointer], [422, '#/data/1/text'])
  const form = await fetch(new URL('/v1/notes', fixture.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${fixture.key}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'text=%00',
  })
  assert.equal(form.status, 422)

  const query = await send('GET', '/v1/notes?text=%00')
  assert.deepEqual(
    [query.status, query.body.errors],
    [400, [{ parameter: 'text', detail: 'The character U+0000 cannot be stored' }]],
  )
  for (const path of ['/v1/notes/%00', '/v1/webhooks/%00'])
    assert.equal((await send('GET', path)).status, 400)
  assert.equal((await send('GET', '/v1/deliveries?webhook_id=%00')).status, 400)
  const made = encodeCursor(['note', '>', NUL])
  assert.equal((await send('GET', `/v1/notes?cursor=${made}`)).body.code, 'invalid-cursor')
  assert.equal((await send('GET', '/v1/notes')).body.data.length, 1)
  assert.deepEqual(fixture.faults, [])
})

test('an answer of a receiver with U+0000 is logged without it', async t => {
  await using fixture = await startFixture(notebook)
  const receiver = await startReceiver()
  t.after(receiver.close)
  receiver.behave(() => ({ status: 200, body: `a${NUL}b` }))
  await fixture.send('POST', '/v1/webhooks', { url: receiver.url, events: ['note.created'] })
  await fixture.send('POST', '/v1/notes', { text: 'a' })
  const { body } = await until(
    () => fixture.send('GET', '/v1/deliveries'),
    answer => answer.body.data[0]?.state === 'delivered',
    'the delivery',
  )
  const { body: log } = await fixture.send('GET', `/v1/deliveries/${body.data[0].id}`)
  assert.equal(log.attempts[0].response_body, 'a\ufffdb')
  assert.deepEqual(fixture.faults, [])
})

test('an event whose data hold U+0000 is delivered, in its order too', async t => {
  await using fixture = await startFixture(notebook)
  const receiver = await startReceiver()
  t.after(receiver.close)
  const { status } = await fixture.send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['bell.rung'],
    order: 'data.by',
  })
  assert.equal(status, 201)
  const send = client(fixture.url, fixture.key)
  assert.equal((await send('POST', '/v1/bells')).status, 204)
  const came = await receiver.next(() => true)
  assert.deepEqual(JSON.parse(came.body).data, { by: NUL })
  assert.deepEqual(fixture.faults, [])
})
