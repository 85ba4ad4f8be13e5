import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { verify as verifyGitHub } from '@octokit/webhooks-methods'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { Stripe } from 'stripe'
import twilio from 'twilio'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import { type CallingOrder, requestOf, type WebhookRequest } from '../../src/webhooks/request.ts'
import { newSecret } from '../../src/webhooks/secret.ts'
import { sendAttempt } from '../../src/webhooks/send.ts'
import { testAgent } from './receivers.ts'

// What is signed goes over a real socket, and the vendors' own libraries verify what came out of it.

const secret = newSecret(systemRandom)
const other = newSecret(systemRandom)
const json = '{"id":"evt_1","data":{"title":"Zoë, 東京 🎉","score":12.5}}'
const form = new URLSearchParams([
  ['id', 'evt_1'],
  ['data.title', 'Zoë & 東京 + 🎉 = 100 %'],
  ['data.tags', 'b'],
  ['data.tags', 'a'],
  ['data.tags', 'b'],
  ['data.note', ''],
  ['data.Upper', "it's ~ (fine)*!"],
]).toString()

/** A request as a receiver has it. */
interface Came {
  readonly method: string
  /** Put together from Host and the request target, which is all that a receiver has. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

async function startServer(t: TestContext) {
  const came: Came[] = []
  const server = createServer((incoming, outgoing) => {
    const { method = '', headers, url } = incoming
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      came.push({ method, headers, url: `http://${headers.host}${url}`, body: Buffer.concat(chunks) })
      outgoing.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const agent = testAgent(t, {}, async () => [{ address: '127.0.0.1', family: 4 }])
  const { port } = server.address() as AddressInfo
  return {
    port,
    /** Writes, signs and sends, and answers what came. */
    async call(order: Partial<CallingOrder>, body: string): Promise<Came> {
      const complete = {
        url: `http://127.0.0.1:${port}/hook`,
        method: 'POST',
        format: 'json',
        signature: 'standard',
        secret,
        previous: null,
        headers: [],
        authorization: null,
        ...order,
      } as const
      const request = requestOf(
        complete,
        { body },
        { eventId: 'evt_1', at: Math.floor(systemClock.now() / 1000), userAgent: 'Signalbox (Test)' },
      ) as WebhookRequest
      const outcome = await sendAttempt({ agent, clock: systemClock, ...request })
      assert.equal(outcome.kind, 'delivered', outcome.error ?? '')
      const last = came.at(-1)
      assert.ok(last)
      assert.equal(last.url, request.url, 'the URL comes as it was signed')
      return last
    },
  }
}

const header = ({ headers }: Came, name: string): string => String(headers[name])

/** The members of a form as servers give them: a list where a name is repeated. */
function membersOf(body: Buffer): Record<string, string | string[]> {
  const given = new URLSearchParams(body.toString())
  return Object.fromEntries(
    [...given.keys()].map(name => {
      const all = given.getAll(name)
      return [name, all.length === 1 ? (all[0] ?? '') : all]
    }),
  )
}

const byTwilio = (came: Came, key: string, url = came.url): boolean =>
  twilio.validateRequest(key, header(came, 'x-twilio-signature'), url, membersOf(came.body))

test('standard: the Standard Webhooks library verifies the bytes that came, by POST and PUT, in every format', async t => {
  const server = await startServer(t)
  for (const method of ['POST', 'PUT'] as const) {
    for (const [format, body] of [
      ['json', json],
      ['xml', '<event><id>evt_1</id></event>'],
      ['form', form],
    ] as const) {
      const came = await server.call({ method, format }, body)
      assert.equal(came.method, method)
      const headers = came.headers as Record<string, string>
      const verify = (key: string, bytes: Buffer) =>
        new Webhook(key).verify(bytes.toString(), headers, { jsonParse: false })
      verify(secret, came.body)
      assert.throws(() => verify(other, came.body))
      assert.throws(() => verify(secret, changed(came.body)))
    }
  }
})

/** The same with one bit of its last letter turned. */
function changed(body: Buffer): Buffer {
  const copy = Buffer.from(body)
  const at = copy.length - 3
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

test('stripe: its library makes an event of what came, with the whole secret as the key', async t => {
  const server = await startServer(t)
  const came = await server.call({ signature: 'stripe' }, json)
  const construct = (key: string, body: Buffer) =>
    Stripe.webhooks.constructEvent(body, header(came, 'stripe-signature'), key)
  assert.equal(construct(secret, came.body).id, 'evt_1')
  assert.throws(() => construct(other, came.body), { type: 'StripeSignatureVerificationError' })
  assert.throws(() => construct(secret, changed(came.body)), { type: 'StripeSignatureVerificationError' })
})

test('github: its library verifies what came', async t => {
  const server = await startServer(t)
  const came = await server.call({ signature: 'github', format: 'form' }, form)
  const verify = (key: string, body: Buffer) =>
    verifyGitHub(key, body.toString(), header(came, 'x-hub-signature-256'))
  assert.equal(await verify(secret, came.body), true)
  assert.equal(await verify(other, came.body), false)
  assert.equal(await verify(secret, changed(came.body)), false)
})

test('twilio: its library verifies a form with repeated names, empty values and every kind of character', async t => {
  const server = await startServer(t)
  const came = await server.call({ signature: 'twilio', format: 'form' }, form)
  assert.equal(byTwilio(came, secret), true)
  assert.equal(byTwilio(came, other), false)
  assert.equal(byTwilio({ ...came, body: Buffer.from(form.replace('evt_1', 'evt_2')) }, secret), false)
  assert.equal(byTwilio(came, secret, `${came.url}?a=1`), false)
})

test('twilio: its library verifies other bodies by the hash in the URL', async t => {
  const server = await startServer(t)
  for (const url of [
    `http://127.0.0.1:${server.port}/hook`,
    `http://127.0.0.1:${server.port}/hook?a=1&a=2`,
  ]) {
    const came = await server.call({ signature: 'twilio', url }, json)
    const signature = header(came, 'x-twilio-signature')
    const verify = (key: string, body: Buffer) =>
      twilio.validateRequestWithBody(key, signature, came.url, body.toString())
    assert.equal(verify(secret, came.body), true)
    assert.equal(verify(other, came.body), false)
    assert.equal(verify(secret, changed(came.body)), false)
  }
})

const URLS = [
  '/hook',
  '/hook?',
  '/hook#part',
  '/hook?a=1&a=2&b',
  '/hook?a=b+c%20d&e=%2B%26&f=%e2%82%ac',
  '/hook?q=Zoë 東京 🎉',
  "/hook?it's=(a)*!~|^`{}[]\\",
  '/hook?a=b?',
  '/Zoë/%7Euser/a%2Fb/../c//d;e=1,2',
  '/?&=&&',
]

test('twilio: a GET carries the fields in its query, after its own, and has no body', async t => {
  const server = await startServer(t)
  for (const host of [
    `127.0.0.1:${server.port}`,
    `HOOKS.Example.test:${server.port}`,
    `bücher.test:${server.port}`,
  ]) {
    for (const path of URLS) {
      const url = `http://${host}${path}`
      const came = await server.call({ method: 'GET', format: 'form', signature: 'twilio', url }, form)
      assert.deepEqual([came.method, came.body.length], ['GET', 0])
      assert.deepEqual([came.headers['content-type'], came.headers['content-length']], [undefined, undefined])
      const own = [...new URL(url).searchParams]
      assert.deepEqual([...new URL(came.url).searchParams], [...own, ...new URLSearchParams(form)], url)
      assert.equal(byTwilio(came, secret), true, url)
      assert.equal(byTwilio(came, other), false, url)
      assert.equal(byTwilio(came, secret, came.url.replace('evt_1', 'evt_2')), false, url)
    }
  }
})

test('twilio: whatever the event holds, its library verifies the GET that carries it', async t => {
  const server = await startServer(t)
  const texts = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), {
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(texts, async members => {
      const query = new URLSearchParams([['id', 'evt_1'], ...members]).toString()
      const order = { method: 'GET', format: 'form', signature: 'twilio' } as const
      assert.equal(byTwilio(await server.call(order, query), secret), true)
    }),
    { numRuns: 50 },
  )
})

test('a GET whose URL would be longer than 8 KiB is not sent, and says how long it would be', () => {
  const order = {
    method: 'GET',
    format: 'form',
    signature: 'twilio',
    secret,
    previous: null,
    headers: [],
    authorization: null,
  } as const
  const about = { eventId: 'evt_1', at: 0, userAgent: '' }
  const url = 'https://example.com/hook'
  const room = 8192 - url.length - '?a='.length
  const fits = requestOf({ ...order, url }, { body: `a=${'x'.repeat(room)}` }, about)
  assert.equal('url' in fits && fits.url.length, 8192)
  const refused = requestOf({ ...order, url }, { body: `a=${'x'.repeat(room + 1)}` }, about)
  assert.equal('kind' in refused && refused.kind, 'too-long')
  assert.match('error' in refused ? refused.error : '', /8193 bytes/)
})
