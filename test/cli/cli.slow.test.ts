import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Webhook } from 'standardwebhooks'
import { startFixture } from '../app/any-store.ts'
import { library } from '../app/library.ts'
import { client, until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { storeAt } from '../store-at.ts'
import { run, start } from './program.ts'

const book = { title: 'Emma', pages: 474 }

const secretIn = (out: string): string => /whsec_[A-Za-z0-9+/=]+/.exec(out)?.[0] ?? ''

test('listen forwards events, signed with the secret that it prints, as webhooks are sent', async () => {
  await using fixture = await startFixture(library)
  const receiver = await startReceiver()
  await using listening = start(['listen', '--forward-to', receiver.url, '--events', 'book.*'], fixture)
  await listening.printed((_, err) => err.includes('Listening'))
  const { body: made } = await fixture.send('POST', '/v1/books', book)
  const came = await receiver.next(() => true)
  const verified = new Webhook(secretIn(listening.out())).verify(
    came.body,
    came.headers as Record<string, string>,
  )
  const { body: event } = await fixture.send('GET', `/v1/events/${came.id}`)
  const { webhooks: _, ...sent } = event
  assert.deepEqual(verified, sent)
  assert.equal(sent.data.id, made.id)
  await listening.printed(out => out.includes(`book.created  ${came.id}  204 in`))
  const { code } = await listening.interrupt()
  assert.equal(code, 0)
  await receiver.close()
})

test('listen filters by type and condition, and goes on after a receiver that refuses or is not there', async () => {
  await using fixture = await startFixture(library)
  const receiver = await startReceiver()
  receiver.behave(({ body }) => (body.includes('"pages":11') ? 500 : 204))
  const args = [
    'listen',
    '--forward-to',
    receiver.url,
    '--events',
    'book.created',
    '--when',
    'data.pages > 10.0',
    '--json',
  ]
  await using listening = start(args, fixture)
  await listening.printed((_, err) => err.includes('Listening'))
  for (const pages of [10, 11, 12]) await fixture.send('POST', '/v1/books', { ...book, pages })
  await listening.printed(out => out.split('\n').length > 3)
  const [first, ...lines] = listening
    .out()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(first.forward_to, receiver.url)
  assert.deepEqual(
    lines.map(({ type, status }) => [type, status]),
    [
      ['book.created', 500],
      ['book.created', 204],
    ],
  )
  await receiver.close()
  await fixture.send('POST', '/v1/books', book)
  await listening.printed(out => out.split('\n').length > 4)
  const last = JSON.parse(listening.out().trim().split('\n').at(-1) ?? '')
  assert.equal(last.status, null)
  assert.match(last.error, /ECONNREFUSED/)
})

test('listen comes back when its server goes, and has missed nothing', async () => {
  const first = await startFixture(library)
  const receiver = await startReceiver()
  await using listening = start(['listen', '--forward-to', receiver.url], first)
  await listening.printed((_, err) => err.includes('Listening'))
  await first.send('POST', '/v1/books', { ...book, pages: 1 })
  await receiver.next(() => receiver.received.length === 1)
  const port = Number(new URL(first.url).port)
  await first.serving.close()
  // Lost, and found nobody there.
  await listening.printed((_, err) => err.split('Lost the stream').length > 2)
  const second = await startFixture(library, { store: storeAt(first.database), port })
  await client(second.url, first.key)('POST', '/v1/books', { ...book, pages: 2 })
  await receiver.next(() => receiver.received.length === 2)
  assert.deepEqual(
    receiver.received.map(({ body }) => JSON.parse(body).data.pages),
    [1, 2],
  )
  await listening.interrupt()
  await second[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  await receiver.close()
})

test('trigger makes an event of test data happen, which listen --test hears', async () => {
  await using fixture = await startFixture(library)
  const receiver = await startReceiver()
  await using listening = start(['listen', '--test', '--forward-to', receiver.url], fixture)
  await listening.printed((_, err) => err.includes('Listening'))
  const triggered = await run(['trigger', 'book.lent', '--data', '@-'], fixture, '{"id":"boo_1","to":"Ann"}')
  assert.deepEqual([triggered.code, triggered.err], [0, ''])
  const { body, id } = await receiver.next(() => true)
  const { data, mode } = JSON.parse(body)
  assert.deepEqual([data, mode], [{ id: 'boo_1', to: 'Ann' }, 'test'])
  assert.ok(triggered.out.includes(id))
  const wrong = await run(['trigger', 'book.lent', '--data', '{"id":1,"to":"Ann"}'], fixture)
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /422 .*\n {2}#\/data\/id /)
  await receiver.close()
})

test('deliveries are followed, shown, retried, recovered and replayed', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const receiver = await startReceiver()
  receiver.behave(() => 500)
  const { body: webhook } = await send('POST', '/v1/webhooks', {
    url: receiver.url,
    events: ['book.created'],
  })
  await using tailing = start(['deliveries', 'tail', '--json'], fixture)
  await send('POST', '/v1/books', book)
  await tailing.printed(out => out.includes('"attempt_count":1'))
  const { body: log } = await send('GET', '/v1/deliveries')
  const [{ id }] = log.data
  const shown = await run(['deliveries', 'show', id], fixture)
  assert.match(shown.out, /attempt 1 .* refused 500 in \d+ ms/)
  assert.match(shown.out, /"title":"Emma"/)

  receiver.behave(() => 204)
  const retried = await run(['deliveries', 'retry', id], fixture)
  assert.equal(retried.code, 0, retried.err)
  await tailing.printed(out => out.includes('"state":"delivered"'))

  await fixture.serving.app.unit(fixture.account, ({ sql }) =>
    sql.run("update signalbox_deliveries set state = 'failed' where id = $1", id),
  )
  const recovered = await run(['deliveries', 'recover', webhook.id, '--since', '1 hour'], fixture)
  assert.deepEqual([recovered.code, recovered.out], [0, '1 delivery is sent again.\n'])
  await until(
    () => send('GET', `/v1/deliveries/${id}`),
    ({ body }) => body.state === 'delivered',
    'the delivery',
  )
  const replayed = await run(['deliveries', 'replay', webhook.id, '--since', '1 hour'], fixture)
  assert.deepEqual([replayed.code, replayed.out], [0, '0 events are sent. It had 1 more already.\n'])
  const once = await run(['deliveries', 'tail', '--once', '--webhook', webhook.id], fixture)
  assert.match(once.out, new RegExp(`delivered  book.created  ${id}  attempts: \\d+  ${webhook.id}\n$`))
  await receiver.close()
})

const LIBRARY = fileURLToPath(new URL('../app/library.ts', import.meta.url))

test('what is wrong is said in words, with an exit code, and never the key', async () => {
  await using fixture = await startFixture(library)
  const none = await run(['deliveries', 'tail'])
  assert.deepEqual([none.code, none.out], [2, ''])
  assert.match(none.err, /SIGNALBOX_URL/)
  const misused: [string[], RegExp][] = [
    [['frobnicate'], /There is no command 'frobnicate'/],
    [['deliveries', 'burn'], /There is no command 'deliveries burn'/],
    [['listen'], /--forward-to is needed/],
    [['listen', '--forward-to', 'http://['], /is not an address to forward to/],
    [['deliveries', 'show'], /ID is missing/],
    [['deliveries', 'recover', 'whk_1', '--since', 'soon'], /'soon' is no time/],
    [['deliveries', 'tail', '--lines', '-1'], /lines/],
    [['trigger', 'book.lent', '--data', '{'], /--data: .*Give JSON/],
    [['export', '--colour'], /--colour/],
    [['serve', LIBRARY, '--database', 'a.db', '--connections', '3'], /--connections is for PostgreSQL/],
    [['work', LIBRARY, '--database', 'a.db', '--connections', '0'], /a number from 1 to/],
  ]
  for (const [args, said] of misused) {
    const { code, out, err } = await run(args, fixture)
    assert.deepEqual([args, code, out], [args, 2, ''])
    assert.match(err, said)
  }
  const gone = await run(['deliveries', 'show', 'dlv_none'], fixture)
  assert.equal(gone.code, 1)
  assert.match(gone.err, /404 .*not-found/)
  const unknown = await run(['trigger', 'book.lend'], fixture)
  assert.match(unknown.err, /404 .*There is no event 'book\.lend'\. There are .*book\.lent/)
  const baseless = await run(['trigger', 'book.lent'], { ...fixture, url: `${fixture.url}/api` })
  assert.match(baseless.err, /404 .*Paths begin with \/v1\/ here/)
  const key = fixture.key.replace(/.$/, 'x')
  const refused = await run(['listen', '--forward-to', 'localhost:9'], { ...fixture, key })
  assert.equal(refused.code, 1)
  assert.match(refused.err, /401/)
  const away = await run(['deliveries', 'tail'], { url: 'http://127.0.0.1:9', key })
  assert.equal(away.code, 1)
  assert.match(away.err, /cannot be reached/)
  for (const { out, err } of [gone, refused, away]) assert.equal((out + err).includes(key), false)
  const help = await run(['--help'])
  assert.equal(help.code, 0)
  assert.match(help.out, /signalbox listen --forward-to/)
})

test("what a receiver answered cannot take over the reader's terminal", async () => {
  await using fixture = await startFixture(library)
  const { send, serving, account } = fixture
  const receiver = await startReceiver()
  await send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })
  await send('POST', '/v1/books', book)
  const { body } = await until(
    () => send('GET', '/v1/deliveries'),
    ({ body }) => body.data[0]?.state === 'delivered',
    'the delivery',
  )
  const evil = 'a\u001b]0;owned\u0007\u001b[2J\u009b1mb'
  await serving.app.unit(account, ({ sql }) =>
    sql.run('update signalbox_attempts set response_body = $1', evil),
  )
  const { out } = await run(['deliveries', 'show', body.data[0].id], fixture)
  assert.ok(out.includes('owned'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  await receiver.close()
})
