import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type ConnectOptions, createAgent } from '../../src/webhooks/connect.ts'
import type { Address, Lookup } from '../../src/webhooks/dns.ts'
import { createEgress } from '../../src/webhooks/egress.ts'
import { testCertificate } from './certificate.ts'
import { answering, attemptTo, OK, receive } from './receivers.ts'

const v4 = (...addresses: string[]): Address[] => addresses.map(address => ({ address, family: 4 }))

/** A forward proxy on a socket, which connects wherever it is asked to. */
async function startProxy(t: TestContext, refuse?: (incoming: IncomingMessage, socket: Socket) => boolean) {
  const asked: { authority: string | undefined; credentials: string | undefined }[] = []
  const open = new Set<Socket>()
  const server = createServer()
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    asked.push({ authority: incoming.url, credentials: incoming.headers['proxy-authorization'] })
    if (refuse?.(incoming, socket) === true) return
    const { hostname, port } = new URL(`http://${incoming.url}`)
    const onwards = connect(Number(port || 80), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\nvia: 1.1 test\r\n\r\n')
      socket.pipe(onwards).pipe(socket)
    })
    onwards.on('error', () => socket.end('HTTP/1.1 502 Bad gateway\r\n\r\n'))
    open.add(onwards)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return { asked, port: (server.address() as AddressInfo).port }
}

/** Goes through the proxy; only 127.0.0.1 is open behind it. */
function through(t: TestContext, proxy: string, options?: ConnectOptions, lookup?: Lookup) {
  const agent = createAgent(createEgress({ open: ['127.0.0.1/32'], proxy }), options, lookup)
  t.after(() => agent.destroy())
  return agent
}

test('the proxy is asked for the address that was checked, with its user and password', async t => {
  const receiver = await receive(t, answering(OK))
  const proxy = await startProxy(t)
  const url = `http://ann:p%40ss@127.0.0.1:${proxy.port}`
  const agent = through(t, url, {}, async () => v4('127.0.0.1'))
  const outcome = await attemptTo(`http://receiver.test:${receiver.port}/hook`, { agent })
  assert.deepEqual([outcome.kind, outcome.status], ['delivered', 200])
  const credentials = `Basic ${Buffer.from('ann:p@ss').toString('base64')}`
  assert.deepEqual(proxy.asked, [{ authority: `127.0.0.1:${receiver.port}`, credentials }])
  // The receiver hears the name, and nothing of the proxy's credentials.
  assert.match(receiver.received(), /\r\nhost: receiver\.test:\d+\r\n/)
  assert.doesNotMatch(receiver.received(), /proxy-/i)
})

test('TLS is spoken through the proxy and checked against the name', async t => {
  const receiver = await receive(t, answering(OK), { tls: true })
  const proxy = await startProxy(t)
  const options = { ca: testCertificate.cert }
  const agent = through(t, `http://127.0.0.1:${proxy.port}`, options, async () => v4('127.0.0.1'))
  assert.equal((await attemptTo(`https://receiver.test:${receiver.port}/`, { agent })).kind, 'delivered')
  const wrong = await attemptTo(`https://other.test:${receiver.port}/`, { agent })
  assert.equal(wrong.kind, 'tls-failed')
  assert.equal(proxy.asked.length, 2)
})

test('the guard holds before the proxy is asked: literals, names, mixed answers and rebinding', async t => {
  const closed = await receive(t, answering(OK), { host: '127.0.0.2' })
  const proxy = await startProxy(t)
  const answers: Address[][] = [v4('127.0.0.2'), v4('127.0.0.1', '127.0.0.2'), v4('10.0.0.1')]
  let lookups = 0
  const agent = through(t, `http://127.0.0.1:${proxy.port}`, {}, async () => answers[lookups++] ?? [])
  for (const host of ['127.0.0.2', '0x7f.2', '[::ffff:127.0.0.2]', 'a.test', 'b.test', 'c.test']) {
    const outcome = await attemptTo(`http://${host}:${closed.port}/`, { agent })
    assert.equal(outcome.kind, 'blocked', host)
  }
  assert.equal(lookups, 3)
  assert.deepEqual([proxy.asked.length, closed.connects()], [0, 0])
})

test('several addresses are asked for in turn', async t => {
  const receiver = await receive(t, answering(OK))
  const proxy = await startProxy(t)
  const agent = createAgent(
    createEgress({ open: ['loopback'], proxy: `http://127.0.0.1:${proxy.port}` }),
    {},
    async () => v4('127.0.0.3', '127.0.0.1'),
  )
  t.after(() => agent.destroy())
  const outcome = await attemptTo(`http://receiver.test:${receiver.port}/`, { agent })
  assert.equal(outcome.kind, 'delivered')
  assert.deepEqual(
    proxy.asked.map(({ authority }) => authority),
    [`127.0.0.3:${receiver.port}`, `127.0.0.1:${receiver.port}`],
  )
})

test('a proxy that refuses, says nothing, closes or talks without end is a named outcome in time', async t => {
  const receiver = await receive(t, answering(OK))
  for (const [answer, kind, error] of [
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'unreachable', /the outgoing proxy did not make the connection: 403/],
    ['HTTP/1.1 407 Who\r\n\r\n', 'unreachable', /: 407/],
    ['SSH-2.0\r\n\r\n', 'unreachable', /no HTTP/],
    ['', 'timed-out', /did not connect in time/],
    [null, 'unreachable', /closed the connection/],
    ['HTTP/1.1 200 OK\r\n'.padEnd(20_000, 'x'), 'unreachable', /too long/],
  ] as const) {
    const proxy = await startProxy(t, (_, socket) => {
      if (answer === null) socket.destroy()
      else socket.write(answer)
      return true
    })
    const agent = through(t, `http://127.0.0.1:${proxy.port}`, { connectMs: 300 })
    for (const protocol of ['http', 'https']) {
      const outcome = await attemptTo(`${protocol}://127.0.0.1:${receiver.port}/`, { agent })
      assert.deepEqual([outcome.kind, outcome.status], [kind, null], String(answer))
      assert.match(outcome.error ?? '', error)
    }
  }
  assert.equal(receiver.connects(), 0)
})

test('a proxy that is not there is told of without its address', async t => {
  const gone = await receive(t, () => undefined, { host: '127.0.0.5' })
  const agent = through(t, `http://127.0.0.6:${gone.port}`)
  const outcome = await attemptTo('http://127.0.0.1:9/', { agent })
  assert.deepEqual([outcome.kind, outcome.error], ['unreachable', 'the outgoing proxy cannot be reached'])
})

test('what is no proxy is refused when the guard is made, without its password', () => {
  for (const proxy of [
    'proxy:3128',
    'socks5://proxy',
    'http://a:sesame@proxy/path',
    'http://proxy?sesame',
    '',
  ]) {
    assert.throws(
      () => createEgress({ proxy }),
      (error: Error) => error.name === 'DefinitionError' && !error.message.includes('sesame'),
      proxy,
    )
  }
})
