import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFixture } from '../app/fixture.ts'
import { library } from '../app/library.ts'
import { client } from '../e2e/client.ts'

type Entry = Record<'action' | 'subject' | 'by' | 'key_id' | 'address', string | null>

const told = ({ action, subject, by, key_id }: Entry) => [action, subject, by, key_id]

test('what is done to keys and webhooks is in the log, with who did it and from where', async () => {
  await using fixture = await startFixture(library)
  const { send, url, serving } = fixture
  const { body: own } = await send('GET', '/v1/keys')
  const me = own.data[0].id
  const { body: made } = await send('POST', '/v1/keys', { name: 'a' })
  const { body: rolled } = await send('POST', `/v1/keys/${made.id}/roll`, {})
  const byRolled = client(url, rolled.key)
  const { body: webhook } = await byRolled('POST', '/v1/webhooks', { url, events: ['book.created'] })
  await byRolled('PATCH', `/v1/webhooks/${webhook.id}`, { paused: true })
  await byRolled('DELETE', `/v1/webhooks/${webhook.id}`)
  await send('DELETE', `/v1/keys/${rolled.id}`)
  const { body } = await send('GET', '/v1/audit')
  assert.deepEqual(body.data.map(told), [
    ['key.revoked', rolled.id, 'key', me],
    ['webhook.deleted', webhook.id, 'key', rolled.id],
    ['webhook.updated', webhook.id, 'key', rolled.id],
    ['webhook.created', webhook.id, 'key', rolled.id],
    ['key.rolled', made.id, 'key', me],
    ['key.created', rolled.id, 'key', me],
    ['key.created', made.id, 'key', me],
    ['key.created', me, 'application', null],
  ])
  assert.equal(body.data[0].address, '127.0.0.1')
  assert.equal(serving.app.routes.filter(route => route.path === '/v1/audit').length, 1)
  const csv = await send('GET', '/v1/audit', undefined, { accept: 'text/csv' })
  assert.match(csv.body, /key\.revoked/)
  const other = await fixture.another()
  assert.equal((await other('GET', '/v1/audit')).body.data.length, 1, 'only its own key')
})

test('what was refused, and what was a repetition, is not in the log', async () => {
  await using fixture = await startFixture(library)
  const { send, url } = fixture
  const count = async (): Promise<number> => (await send('GET', '/v1/audit')).body.data.length
  const before = await count()
  await send('DELETE', '/v1/keys/key_nobody')
  await send('POST', '/v1/webhooks', { url, events: ['no.such'] })
  await send('POST', '/v1/keys', { name: 'x', scopes: ['no:such'] })
  assert.equal(await count(), before)
  for (let i = 0; i < 3; i++) await send('POST', '/v1/keys', { name: 'x' }, { 'idempotency-key': 'one' })
  assert.equal(await count(), before + 1)
})

test('what somebody does in the portal is in the log as done in a session', async () => {
  await using fixture = await startFixture(library, { authenticate: () => undefined })
  const { serving, account, url, send } = fixture
  const link = await serving.app.accounts.signInLink(account)
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const token = link.path.split('=')[1]
  const body = JSON.stringify({ token })
  const signedIn = await fetch(`${url}/portal/session`, { method: 'POST', headers, body })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const make = { method: 'POST', headers: { ...headers, cookie }, body: '{"name":"by hand"}' }
  assert.equal((await fetch(`${url}/v1/keys`, make)).status, 201)
  const [entry] = (await send('GET', '/v1/audit')).body.data
  assert.deepEqual([entry.action, entry.by, entry.key_id], ['key.created', 'session', null])
})
