import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { type Api, api, endpoint, event, resource } from '../../src/contract/index.ts'
import { type Send, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'

// Versions of one program on one database, as while it is upgraded.

const articles = resource('article', {
  path: '/articles',
  schema: z.object({ id: z.string(), title: z.string() }),
  owner: 'account_id',
})

const withoutNotes = api({ title: 'Newsroom', version: '1', base: '/v1', resources: [articles] })

/** A version whose notes have these fields. */
function withNotes(fields: z.ZodRawShape): Api {
  const noted = event('article.noted', z.object({ text: z.string(), ...fields }))
  const note = endpoint({
    method: 'POST',
    path: '/notes',
    emits: [noted],
    handle: ({ emit }) => emit(noted, { text: 'late' }),
  })
  return api({ title: 'Newsroom', version: '2', base: '/v1', resources: [articles], endpoints: { note } })
}

/** A receiver that ends with its test. */
async function closing() {
  const receiver = await startReceiver()
  return { ...receiver, [Symbol.asyncDispose]: () => receiver.close() }
}

/** The latest delivery, once it is no longer pending. */
const settled = async (send: Send) => {
  const { body } = await until(
    () => send('GET', '/v1/deliveries?limit=1'),
    ({ body }) => (body.data[0]?.state ?? 'pending') !== 'pending',
    'the delivery',
  )
  return (await send('GET', `/v1/deliveries/${body.data[0].id}`)).body
}

test('an old version leaves the events that only a new one knows to that one (fault 10)', async () => {
  await using receiver = await closing()
  await using serving = await startFixture(withNotes({}), { work: false })
  const { send, database } = serving
  const order = { url: receiver.url, format: 'xml' }
  await send('POST', '/v1/webhooks', { ...order, events: ['article.noted'], when: 'data.text == "late"' })
  await send('POST', '/v1/webhooks', { ...order, events: ['article.created'] })
  await send('POST', '/v1/notes')
  await send('POST', '/v1/articles', { title: 'After it' })

  await using old = await startFixture(withoutNotes, { store: storeAt(database) })
  assert.equal((await settled(send)).event_type, 'article.created')
  const [, note] = (await send('GET', '/v1/events')).body.data
  assert.equal(note.type, 'article.noted')
  assert.deepEqual((await send('GET', `/v1/events/${note.id}`)).body.webhooks, [])

  await using fresh = await startFixture(withNotes({}), { store: storeAt(database) })
  await until(
    () => send('GET', '/v1/deliveries'),
    ({ body }) => body.data.length === 2 && body.data[0].state === 'delivered',
    'the delivery of the note',
  )
  assert.deepEqual([...old.faults, ...fresh.faults], [])
})

test('what a version cannot write can be sent by one that can, when it is retried', async () => {
  await using receiver = await closing()
  await using first = await startFixture(withNotes({}), { work: false })
  const { send, database } = first
  await send('POST', '/v1/webhooks', { url: receiver.url, events: ['article.noted'], format: 'xml' })
  await send('POST', '/v1/notes')
  const failed = await (async () => {
    await using _ = await startFixture(withNotes({ lang: z.string() }), { store: storeAt(database) })
    return await settled(send)
  })()
  assert.deepEqual([failed.state, failed.attempts[0].outcome, failed.body], ['failed', 'unrenderable', null])

  await using _ = await startFixture(withNotes({ lang: z.string().optional() }), {
    store: storeAt(database),
  })
  assert.equal((await send('POST', `/v1/deliveries/${failed.id}/retry`)).status, 202)
  assert.equal((await settled(send)).state, 'delivered')
  assert.match(receiver.received[0]?.body ?? '', /<text>late<\/text>/)
})
