import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { openApp } from '../../src/app/index.ts'
import { systemClock } from '../../src/base/index.ts'
import { client, until } from '../e2e/client.ts'
import { type Received, startReceiver } from '../e2e/receiver.ts'
import { allThatLiesIn, rowIn } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { books, library } from './library.ts'

const book = { title: 'Emma', pages: 474 }
const DAY_MS = 24 * 60 * 60 * 1000

/** Whether a receiver that has this secret accepts what came. */
function accepts(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>)
    return true
  } catch {
    return false
  }
}

/** A clock that is set forward; receivers' libraries look at the real time, so what it signs is not verified by them. */
function settable() {
  let ahead = 0
  return {
    clock: { now: () => systemClock.now() + ahead, elapsed: systemClock.elapsed },
    forward(ms: number) {
      ahead += ms
    },
  }
}

test('a rolled secret signs beside the one before for the overlap, and alone from then on', async t => {
  const time = settable()
  await using fixture = await startFixture(library, { clock: time.clock })
  const { send } = fixture
  const receiver = await startReceiver()
  t.after(receiver.close)
  const { body: made } = await send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })
  assert.deepEqual([made.public_key, made.previous_secret_until], [null, null])

  const rolled = await send('POST', `/v1/webhooks/${made.id}/roll-secret`, { overlap: 3600 })
  assert.equal(rolled.status, 200)
  assert.notEqual(rolled.body.secret, made.secret)
  const { body: shown } = await send('GET', `/v1/webhooks/${made.id}`)
  assert.equal(shown.previous_secret_until, rolled.body.previous_secret_until)
  assert.ok(!('secret' in shown) && !('sealed_by' in shown))

  await send('POST', '/v1/books', book)
  const during = await receiver.next(() => true)
  assert.deepEqual(
    [rolled.body.secret, made.secret].map(secret => accepts(secret, during)),
    [true, true],
  )

  // What is signed tells whole seconds.
  time.forward(3601 * 1000)
  await send('POST', '/v1/books', { ...book, title: 'Persuasion' })
  const after = await receiver.next(({ body }) => body.includes('Persuasion'))
  assert.match(String(after.headers['webhook-signature']), /^v1,\S{44}$/)
})

test('with no overlap the secret before stops at once; the audit log tells of the roll, and a replay shows no secret', async t => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  t.after(receiver.close)
  const { body: made } = await send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })
  const path = `/v1/webhooks/${made.id}/roll-secret`
  const headers = { 'idempotency-key': 'once' }
  const rolled = await send('POST', path, { overlap: 0 }, headers)
  assert.equal(rolled.body.previous_secret_until, null)
  const again = await send('POST', path, { overlap: 0 }, headers)
  assert.equal(again.body.code, 'shown-once')

  await send('POST', '/v1/books', book)
  const came = await receiver.next(() => true)
  assert.deepEqual(
    [rolled.body.secret, made.secret].map(secret => accepts(secret, came)),
    [true, false],
  )
  const { body: audit } = await send('GET', '/v1/audit')
  assert.equal(audit.data[0].action, 'webhook.secret-rolled')
})

test("another account's webhook is not rolled, nor is one by a key that may not write webhooks", async () => {
  await using fixture = await startFixture(library)
  const { body: made } = await fixture.send('POST', '/v1/webhooks', {
    url: 'http://127.0.0.1:9/',
    events: ['book.created'],
  })
  const other = await fixture.another()
  assert.equal((await other('POST', `/v1/webhooks/${made.id}/roll-secret`, {})).status, 404)
  const wrong = await fixture.send('POST', `/v1/webhooks/${made.id}/roll-secret`, { overlap: 604_801 })
  assert.deepEqual([wrong.status, wrong.body.errors[0].pointer], [422, '#/overlap'])
})

test('a webhook goes over to a pair of keys and back, its receiver accepting throughout', async t => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  t.after(receiver.close)
  const { body: made } = await send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })
  const refused = await send('PATCH', `/v1/webhooks/${made.id}`, { signature: 'ed25519' })
  assert.deepEqual([refused.status, refused.body.errors[0].pointer], [422, '#/signature'])
  const { body: over } = await send('POST', `/v1/webhooks/${made.id}/roll-secret`, { signature: 'ed25519' })
  assert.deepEqual([over.signature, over.secret], ['ed25519', null])
  assert.match(over.public_key, /^whpk_[\w+/]{43}=$/)
  await send('POST', '/v1/books', book)
  const came = await receiver.next(() => true)
  assert.match(String(came.headers['webhook-signature']), /^v1a,\S{88} v1,\S{44}$/)
  assert.ok(accepts(made.secret, came))
  const { body: back } = await send('POST', `/v1/webhooks/${made.id}/roll-secret`, { signature: 'standard' })
  assert.deepEqual([back.signature, back.public_key], ['standard', null])
  assert.match(back.secret, /^whsec_/)
  await send('POST', '/v1/books', { ...book, title: 'Persuasion' })
  const after = await receiver.next(({ body }) => body.includes('Persuasion'))
  assert.match(String(after.headers['webhook-signature']), /^v1,\S{44} v1a,\S{88}$/)
})

test('a secret that no longer signs is taken away', async () => {
  const time = settable()
  await using fixture = await startFixture(library, { clock: time.clock })
  const { send } = fixture
  const { body: made } = await send('POST', '/v1/webhooks', {
    url: 'http://127.0.0.1:9/',
    events: ['book.created'],
  })
  await send('POST', `/v1/webhooks/${made.id}/roll-secret`, {})
  const count = async () =>
    (await rowIn(fixture.database, 'select count(previous_secret) as n from signalbox_webhooks'))?.['n']
  assert.equal(await count(), 1)
  time.forward(2 * DAY_MS)
  const app = await openApp(library, { store: storeAt(fixture.database), clock: time.clock })
  await until(count, n => n === 0, 'the end of the secret')
  await app.close()
})

test('with a key, no secret lies readable in the database, and what lay there before is sealed', async t => {
  const secretKeys = [randomBytes(32).toString('base64')]
  const next = [randomBytes(32).toString('hex'), ...secretKeys]
  await using fixture = await startFixture(library)
  const { send, database } = fixture
  const receiver = await startReceiver()
  t.after(receiver.close)
  const { body: made } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
    headers: [{ name: 'X-Token', value: 'a header that is secret' }],
    authorization: { type: 'basic', username: 'ann', password: 'a password that is secret' },
  })
  const secrets = [made.secret, 'a header that is secret', 'a password that is secret']
  for (const secret of secrets) assert.ok((await allThatLiesIn(database)).includes(secret))
  await fixture.serving.close()

  const sealedBy = async () => {
    const row = (await rowIn(database, 'select * from signalbox_webhooks')) ?? {}
    const stored = Object.values(row).join()
    for (const secret of secrets) assert.equal(stored.includes(secret), row['sealed_by'] === '')
    return row['sealed_by']
  }
  const ids: unknown[] = [await sealedBy()]
  for (const keys of [secretKeys, next]) {
    const app = await openApp(library, {
      store: storeAt(database),
      secretKeys: keys,
      egress: { open: ['loopback'] },
    })
    ids.push(await until(sealedBy, id => id !== ids.at(-1), 'sealing'))
    const seen = receiver.received.length
    await app.unit(fixture.account, async ({ on }) => void (await on(books).create(book)))
    const came = await receiver.next(one => receiver.received.indexOf(one) >= seen)
    assert.ok(accepts(made.secret, came))
    assert.equal(came.headers['x-token'], secrets[1])
    assert.equal(came.headers.authorization, `Basic ${Buffer.from(`ann:${secrets[2]}`).toString('base64')}`)
    await app.close()
  }
  assert.equal(new Set(ids).size, 3)

  const open = (keys: string[]) => openApp(library, { store: storeAt(database), secretKeys: keys })
  for (const keys of [[], secretKeys])
    await assert.rejects(open(keys), /sealed by the key '.{8}', which is not among `secretKeys`/)
  await (await open(next.slice(0, 1))).close()
})

test('while a key is replaced, what a process still seals by the one before is not lost with it', async () => {
  const [old, next] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  await using fixture = await startFixture(library, { secretKeys: [next, old] })
  const store = storeAt(fixture.database)
  const { body: made } = await fixture.send('POST', '/v1/webhooks', {
    url: 'http://127.0.0.1:9/',
    events: ['book.created'],
  })
  await fixture.serving.close()
  await using before = await startFixture(library, { store, secretKeys: [old, next], work: false })
  const send = client(before.url, fixture.key)
  await send('POST', `/v1/webhooks/${made.id}/roll-secret`, {})
  await before.serving.close()

  await assert.rejects(openApp(library, { store, secretKeys: [next] }), /sealed by the key '.{8}'/)
  const app = await openApp(library, { store, secretKeys: [next, old] })
  const sealedBy = async () =>
    (await rowIn(fixture.database, 'select sealed_by from signalbox_webhooks'))?.['sealed_by']
  await until(sealedBy, ids => String(ids).length === 8, 'sealing')
  await app.close()
  await (await openApp(library, { store, secretKeys: [next] })).close()
})
