import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/base/index.ts'
import type { Outcome } from '../../src/webhooks/outcome.ts'
import { answering, attemptTo, OK, receive, testAgent } from './receivers.ts'

const text = ({ body }: Outcome) => Buffer.from(body).toString()

/** Writes this again and again, for as long as the other side takes it. */
const flooding = (chunk: string | Buffer) => (socket: Socket) => {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk)) {}
  }
  socket.on('drain', more)
  more()
}

test('a 2xx answer is delivered, with its status, headers, body and duration', async t => {
  const receiver = await receive(
    t,
    answering(
      'HTTP/1.1 202 Accepted\r\nX-Id: 7\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 4\r\n\r\nfine',
    ),
  )
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
  const { durationMs, body, ...rest } = outcome
  assert.deepEqual(rest, {
    kind: 'delivered',
    status: 202,
    headers: { 'x-id': '7', 'set-cookie': ['a=1', 'b=2'], 'content-length': '4' },
    error: null,
  })
  assert.equal(Buffer.from(body).toString(), 'fine')
  assert.ok(Number.isInteger(durationMs) && durationMs >= 0)
})

test('what is sent is the method, path, query, headers and bytes that were asked for', async t => {
  const receiver = await receive(t, answering(OK))
  const body = Buffer.from('{"name":"Zoë"}')
  await attemptTo(`${receiver.url}?a=b%20c#part`, {
    agent: testAgent(t),
    headers: { 'webhook-id': 'evt_1' },
    body,
  })
  const [head = '', sent] = receiver.received().split('\r\n\r\n')
  assert.deepEqual(head.split('\r\n'), [
    'POST /hook?a=b%20c HTTP/1.1',
    `host: 127.0.0.1:${receiver.port}`,
    'connection: keep-alive',
    'webhook-id: evt_1',
    'content-length: 15',
  ])
  assert.equal(sent, body.toString('latin1'))
})

test('attempts after each other share a connection', async t => {
  const receiver = await receive(t, socket => {
    socket.write(OK)
    socket.on('data', () => socket.write(OK))
  })
  const agent = testAgent(t)
  for (let i = 0; i < 20; i++) assert.equal((await attemptTo(receiver.url, { agent })).kind, 'delivered')
  // A second one is made where an attempt begins in the very turn in which the one before ended.
  assert.ok(receiver.connects() <= 2)
})

test('a status that is not 2xx is a refusal, with its body', async t => {
  for (const status of [300, 400, 404, 409, 411, 500, 503]) {
    const receiver = await receive(t, answering(`HTTP/1.1 ${status} No\r\ncontent-length: 3\r\n\r\nwhy`))
    const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
    assert.deepEqual([outcome.kind, outcome.status, text(outcome)], ['refused', status, 'why'])
  }
})

test('21: a 410 is gone, with its body', async t => {
  const receiver = await receive(t, answering('HTTP/1.1 410 Gone\r\ncontent-length: 3\r\n\r\nwhy'))
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
  assert.deepEqual([outcome.kind, outcome.status, text(outcome)], ['gone', 410, 'why'])
})

test('14: a receiver that accepts and never answers is timed out, and its connection dropped', async t => {
  const receiver = await receive(t, () => {})
  const started = systemClock.elapsed()
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t), timeoutMs: 200 })
  assert.equal(outcome.kind, 'timed-out')
  assert.equal(outcome.status, null)
  assert.match(outcome.error ?? '', /within 200 ms/)
  assert.ok(systemClock.elapsed() - started < 2_000)
  await receiver.dropped
})

test('15: a receiver that takes the TLS hello and falls silent is timed out', async t => {
  const receiver = await receive(t, () => {})
  const url = `https://127.0.0.1:${receiver.port}/`
  const whole = await attemptTo(url, { agent: testAgent(t), timeoutMs: 200 })
  assert.equal(whole.kind, 'timed-out')
  const connecting = await attemptTo(url, { agent: testAgent(t, { connectMs: 100 }) })
  assert.equal(connecting.kind, 'timed-out')
  assert.ok(connecting.durationMs < 5_000)
})

test('15: a receiver that answers the TLS hello with something else, or hangs up on it, has failed TLS', async t => {
  const plain = await receive(t, answering('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const agent = testAgent(t)
  assert.equal((await attemptTo(`https://127.0.0.1:${plain.port}/`, { agent })).kind, 'tls-failed')
  const resetting = await receive(t, socket => socket.resetAndDestroy())
  assert.equal((await attemptTo(`https://127.0.0.1:${resetting.port}/`, { agent })).kind, 'tls-failed')
})

test('nothing is sent once the time is up, even when the connection stands later', async t => {
  const receiver = await receive(t, answering(OK))
  const found = Promise.withResolvers<void>()
  const agent = testAgent(t, {}, async () => {
    await found.promise
    return [{ address: '127.0.0.1', family: 4 }]
  })
  const outcome = await attemptTo(`http://late.test:${receiver.port}/`, { agent, timeoutMs: 50 })
  assert.equal(outcome.kind, 'timed-out')
  found.resolve()
  await receiver.dropped
  assert.equal(receiver.received(), '')
})

test('16: one byte a second of headers is timed out', async t => {
  const receiver = await receive(t, socket => {
    const bytes = OK[Symbol.iterator]()
    const timer = setInterval(() => socket.write(bytes.next().value ?? ''), 50)
    socket.on('close', () => clearInterval(timer))
  })
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t), timeoutMs: 300 })
  assert.deepEqual([outcome.kind, outcome.status], ['timed-out', null])
  await receiver.dropped
})

test('16: one byte a second of body is ended on time; the status counts, and the rest is noted', async t => {
  for (const [status, kind] of [
    [200, 'delivered'],
    [500, 'refused'],
  ] as const) {
    const receiver = await receive(t, socket => {
      socket.write(`HTTP/1.1 ${status} Slow\r\ncontent-length: 1000\r\n\r\n`)
      const timer = setInterval(() => socket.write('x'), 50)
      socket.on('close', () => clearInterval(timer))
    })
    const outcome = await attemptTo(receiver.url, { agent: testAgent(t), timeoutMs: 300 })
    assert.deepEqual([outcome.kind, outcome.status], [kind, status])
    assert.match(text(outcome), /^x+$/)
    assert.match(outcome.error ?? '', /within 300 ms/)
    await receiver.dropped
  }
})

test('16: of an endless body 64 KiB are read, then the connection is dropped', async t => {
  const receiver = await receive(t, socket => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${10 * 2 ** 30}\r\n\r\n`)
    flooding(Buffer.alloc(65_536, 'x'))(socket)
  })
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
  assert.deepEqual([outcome.kind, outcome.body.length], ['delivered', 65_536])
  assert.match(outcome.error ?? '', /longer than the 65536 bytes/)
  await receiver.dropped
})

test('16: a body of exactly the limit is whole', async t => {
  const receiver = await receive(
    t,
    answering(`HTTP/1.1 200 OK\r\ncontent-length: 65536\r\n\r\n${'x'.repeat(65_536)}`),
  )
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
  assert.deepEqual([outcome.kind, outcome.body.length, outcome.error], ['delivered', 65_536, null])
})

test('16: a thousand interim answers are broken, and the connection is dropped', async t => {
  for (const status of ['100 Continue', '102 Processing', '103 Early Hints']) {
    const receiver = await receive(t, answering(`HTTP/1.1 ${status}\r\n\r\n`.repeat(1_000) + OK))
    const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
    assert.equal(outcome.kind, 'broken', status)
    await receiver.dropped
  }
})

test('16: a few early hints before the answer are no fault', async t => {
  const receiver = await receive(
    t,
    answering(`${'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(3)}${OK}`),
  )
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
  assert.deepEqual([outcome.kind, outcome.status, text(outcome)], ['delivered', 200, 'ok'])
})

test('17: a reset or an early end after 2xx headers is delivered, and noted', async t => {
  const cuts: ((socket: Socket) => void)[] = [
    socket => socket.resetAndDestroy(),
    socket => socket.destroy(),
    socket => socket.end(),
  ]
  for (const framing of [
    'content-length: 10',
    'transfer-encoding: chunked',
    'connection: close\r\ncontent-length: 10',
  ]) {
    for (const cut of cuts) {
      const receiver = await receive(t, socket => {
        socket.write(
          `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${framing.includes('chunked') ? '3\r\n' : ''}abc`,
          () => cut(socket),
        )
      })
      const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
      assert.deepEqual([outcome.kind, outcome.status], ['delivered', 200], framing)
      assert.notEqual(outcome.error, null, framing)
    }
  }
})

test('17: a body without a length ends with the connection, and is whole', async t => {
  const receiver = await receive(t, socket => {
    socket.end('HTTP/1.1 200 OK\r\n\r\nwhole')
  })
  const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
  assert.deepEqual([outcome.kind, text(outcome), outcome.error], ['delivered', 'whole', null])
})

test('18: a 204 with stray bytes is delivered, and the connection dropped', async t => {
  for (const stray of ['stray', 'HTTP/1.1 500 Later\r\ncontent-length: 0\r\n\r\n']) {
    const receiver = await receive(t, answering(`HTTP/1.1 204 No Content\r\n\r\n${stray}`))
    const agent = testAgent(t)
    const outcome = await attemptTo(receiver.url, { agent })
    assert.deepEqual([outcome.kind, outcome.status, text(outcome)], ['delivered', 204, ''])
    await receiver.dropped
    assert.equal((await attemptTo(receiver.url, { agent })).status, 204)
    assert.equal(receiver.connects(), 2)
  }
})

const BROKEN = {
  'both Content-Length and Transfer-Encoding':
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'two Content-Lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef',
  'a header of 64 KB': `HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(65_536)}\r\ncontent-length: 0\r\n\r\n`,
  'two thousand headers': `HTTP/1.1 200 OK\r\n${'x-many: 0123456789\r\n'.repeat(2_000)}content-length: 0\r\n\r\n`,
  'HTTP/0.9': '<html>hello</html>\n',
  'another protocol': 'SSH-2.0-OpenSSH_9.6\r\n',
  'binary noise': '\x00\x01\x02\x03\xff\xfe',
  'a status that is no number': 'HTTP/1.1 abc OK\r\n\r\n',
  'a NUL in a header': 'HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n',
  'a switch of protocols':
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
}

for (const [what, answer] of Object.entries(BROKEN)) {
  test(`19: an answer with ${what} is broken at once, and the connection dropped`, async t => {
    const receiver = await receive(t, answering(answer))
    const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
    assert.deepEqual([outcome.kind, outcome.status], ['broken', null], outcome.error ?? '')
    assert.notEqual(outcome.error, '')
    assert.ok(outcome.durationMs < 5_000)
    await receiver.dropped
  })
}

test('19: headers without end are broken', async t => {
  const receiver = await receive(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\n')
    flooding('x-more: and more\r\n')(socket)
  })
  assert.equal((await attemptTo(receiver.url, { agent: testAgent(t) })).kind, 'broken')
  await receiver.dropped
})

test('19: an answer that ends within its headers is broken', async t => {
  const receiver = await receive(t, socket => socket.end('HTTP/1.1 200 OK\r\ncontent-le'))
  assert.equal((await attemptTo(receiver.url, { agent: testAgent(t) })).kind, 'broken')
})

test('20: a redirect is a refusal and is not followed', async t => {
  const target = await receive(t, answering(OK))
  for (const status of [301, 302, 303, 307, 308]) {
    const answer = `HTTP/1.1 ${status} Moved\r\nlocation: ${target.url}\r\ncontent-length: 0\r\n\r\n`
    const receiver = await receive(t, answering(answer))
    const outcome = await attemptTo(receiver.url, { agent: testAgent(t) })
    assert.deepEqual([outcome.kind, outcome.status], ['refused', status])
  }
  assert.equal(target.connects(), 0)
})

test('a port where nobody listens, and a connection that is closed unanswered, are unreachable', async t => {
  const agent = testAgent(t)
  const closing = await receive(t, socket => socket.end())
  assert.equal((await attemptTo(closing.url, { agent })).kind, 'unreachable')
  const resetting = await receive(t, socket => socket.resetAndDestroy())
  assert.equal((await attemptTo(resetting.url, { agent })).kind, 'unreachable')
  const outcome = await attemptTo('http://127.0.0.1:1/', { agent })
  assert.equal(outcome.kind, 'unreachable')
  assert.match(outcome.error ?? '', /ECONNREFUSED/)
})

test('an attempt never rejects, whatever it is given', async t => {
  const agent = testAgent(t)
  const receiver = await receive(t, answering(OK))
  for (const rest of [
    { url: 'no url' },
    { headers: { 'x-bad': 'a\r\nb: c' } },
    { headers: { 'bad name': '1' } },
  ]) {
    const outcome = await attemptTo(receiver.url, { agent, ...rest })
    assert.equal(outcome.kind, 'unreachable')
    assert.notEqual(outcome.error, null)
  }
  await agent.destroy()
  assert.equal((await attemptTo(receiver.url, { agent })).kind, 'unreachable')
  assert.equal(receiver.connects(), 0)
})
