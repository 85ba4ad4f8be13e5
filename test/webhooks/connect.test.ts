import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Agent } from 'undici'
import { createAgent } from '../../src/webhooks/connect.ts'
import type { Address } from '../../src/webhooks/dns.ts'
import { createEgress } from '../../src/webhooks/egress.ts'
import { testCertificate } from './certificate.ts'
import { answering, attemptTo, OK, receive, testAgent } from './receivers.ts'

const v4 = (...addresses: string[]): Address[] => addresses.map(address => ({ address, family: 4 }))

/** The same port on 127.0.0.1, which is open, and on 127.0.0.2, which is not. */
async function openAndClosed(t: TestContext) {
  const closed = await receive(t, answering(OK), { host: '127.0.0.2' })
  const open = await receive(t, answering(OK), { host: '127.0.0.1', port: closed.port })
  return { open, closed }
}

async function causeOf(agent: Agent, origin: string): Promise<Error> {
  const cause = await agent.request({ origin, path: '/', method: 'GET' }).then(
    () => assert.fail('it was connected'),
    (error: unknown) => error,
  )
  assert.ok(cause instanceof Error)
  return cause
}

test('22: a closed IP literal is refused without a lookup and without a connection', async t => {
  const closed = await receive(t, answering(OK), { host: '127.0.0.2' })
  let lookups = 0
  const agent = testAgent(t, {}, async () => {
    lookups += 1
    return v4('127.0.0.2')
  })
  for (const host of ['127.0.0.2', '0x7f.2', '2130706434', '[::1]', '[::ffff:127.0.0.2]']) {
    const outcome = await attemptTo(`http://${host}:${closed.port}/`, { agent })
    assert.equal(outcome.kind, 'blocked', host)
  }
  assert.equal(lookups, 0)
  assert.equal(closed.connects(), 0)
})

test('22: a name whose address is closed is refused without a connection', async t => {
  const { open, closed } = await openAndClosed(t)
  const agent = testAgent(t, {}, async () => v4('127.0.0.2'))
  const outcome = await attemptTo(`http://inner.test:${closed.port}/`, { agent })
  assert.equal(outcome.kind, 'blocked')
  assert.equal(open.connects() + closed.connects(), 0)
})

test('22: an answer that mixes open and closed addresses is refused whole, in either order', async t => {
  const { open, closed } = await openAndClosed(t)
  for (const mixed of [v4('127.0.0.1', '127.0.0.2'), v4('127.0.0.2', '127.0.0.1')]) {
    const agent = testAgent(t, {}, async () => mixed)
    const outcome = await attemptTo(`http://mixed.test:${closed.port}/`, { agent })
    assert.equal(outcome.kind, 'blocked')
  }
  assert.equal(open.connects() + closed.connects(), 0)
})

test('22: a name that is rebound after the check is not looked up again', async t => {
  const { open, closed } = await openAndClosed(t)
  const answers = [v4('127.0.0.1'), v4('127.0.0.2')]
  let lookups = 0
  const agent = testAgent(t, {}, async () => answers[lookups++] ?? [])
  const first = await attemptTo(`http://rebound.test:${open.port}/`, { agent })
  assert.equal(first.kind, 'delivered')
  assert.equal(lookups, 1)
  assert.match(open.received(), /\r\nhost: rebound\.test:\d+\r\n/)
  // A new connection asks again, and is judged again.
  const fresh = testAgent(t, {}, async () => answers[1] ?? [])
  assert.equal((await attemptTo(`http://rebound.test:${open.port}/`, { agent: fresh })).kind, 'blocked')
  assert.equal(closed.connects(), 0)
})

test('22: a name that does not exist, has no address, or whose DNS stalls is unresolved', async t => {
  const unknown = testAgent(t, {}, async host => {
    throw Object.assign(new Error(`queryA ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
  })
  const outcome = await attemptTo('http://nowhere.test/', { agent: unknown })
  assert.equal(outcome.kind, 'unresolved')
  assert.match(outcome.error ?? '', /'nowhere\.test' could not be resolved: queryA ENOTFOUND/)

  const empty = testAgent(t, {}, async () => [])
  assert.equal((await attemptTo('http://empty.test/', { agent: empty })).kind, 'unresolved')

  const stalling = testAgent(t, { dnsMs: 50 }, () => new Promise(() => {}))
  const stalled = await attemptTo('http://stalling.test/', { agent: stalling })
  assert.equal(stalled.kind, 'unresolved')
  assert.match(stalled.error ?? '', /no answer from DNS within 50 ms/)
})

test('a refusal names host and address for the producer, and keeps the address out of the message', async t => {
  const agent = testAgent(t, {}, async () => v4('10.1.2.3'))
  const error = await causeOf(agent, 'http://db.internal')
  assert.equal(error.name, 'EgressRefused')
  assert.deepEqual(Object.assign({}, error), {
    name: 'EgressRefused',
    host: 'db.internal',
    address: '10.1.2.3',
  })
  assert.doesNotMatch(error.message, /10\.1\.2\.3/)
})

test('proxy variables of the environment are ignored', async t => {
  const receiver = await receive(t, answering(OK))
  const proxy = await receive(t, answering(OK))
  const names = [
    'http_proxy',
    'HTTP_PROXY',
    'https_proxy',
    'HTTPS_PROXY',
    'all_proxy',
    'NODE_USE_ENV_PROXY',
  ] as const
  const before = names.map(name => process.env[name])
  for (const name of names)
    process.env[name] = name.startsWith('NODE') ? '1' : `http://127.0.0.1:${proxy.port}`
  t.after(() => {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = before[i]
    }
  })
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
  assert.equal(outcome.kind, 'delivered')
  assert.deepEqual([receiver.connects(), proxy.connects()], [1, 0])
})

test('TLS is checked against the name, although the connection goes to the checked address', async t => {
  const receiver = await receive(t, answering(OK), { tls: true })
  const agent = testAgent(t, { ca: testCertificate.cert }, async () => v4('127.0.0.1'))
  const right = await attemptTo(`https://receiver.test:${receiver.port}/`, { agent })
  assert.equal(right.kind, 'delivered')
  const wrong = await attemptTo(`https://other.test:${receiver.port}/`, { agent })
  assert.equal(wrong.kind, 'tls-failed')
  assert.match(wrong.error ?? '', /other\.test/)
})

test('an untrusted certificate is a TLS failure, even where the environment turns the check off', async t => {
  const receiver = await receive(t, answering(OK), { tls: true })
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.after(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
  })
  const agent = testAgent(t, {}, async () => v4('127.0.0.1'))
  const outcome = await attemptTo(`https://receiver.test:${receiver.port}/`, { agent })
  assert.equal(outcome.kind, 'tls-failed')
  assert.equal(receiver.received(), '')
})

test('several addresses are tried in turn', async t => {
  const { port } = await receive(t, answering(OK))
  const egress = createEgress({ open: ['loopback'] })
  const agent = createAgent(egress, {}, async () => v4('127.0.0.3', '127.0.0.4', '127.0.0.1'))
  t.after(() => agent.destroy())
  assert.equal((await attemptTo(`http://several.test:${port}/`, { agent })).kind, 'delivered')
})
