import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import * as z from 'zod'
import { api, endpoint } from '../../src/contract/index.ts'
import { startFixture } from '../app/any-store.ts'
import { library } from '../app/library.ts'
import { raw, received, statusesIn } from './raw.ts'

const HOST = 'Host: here.example\r\n'
const GET = `GET /v1/places HTTP/1.1\r\n${HOST}`
const POST = `POST /v1/books HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n`
/** What would be done if the bad request ended where another server might think that it does. */
const SMUGGLED = `GET /v1/places?limit=1 HTTP/1.1\r\n${HOST}\r\n`

/** By what is wrong with them. */
const BROKEN: { readonly [what: string]: string } = {
  'Content-Length and Transfer-Encoding': `${CHUNKED}Content-Length: 4\r\n\r\n0\r\n\r\n`,
  'Transfer-Encoding and Content-Length': `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'two Content-Lengths': `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  'a list of Content-Lengths': `${POST}Content-Length: 2, 2\r\n\r\n{}`,
  'a signed Content-Length': `${POST}Content-Length: +2\r\n\r\n{}`,
  'a Content-Length in hexadecimal': `${POST}Content-Length: 0x2\r\n\r\n{}`,
  'a Content-Length beyond 64 bits': `${POST}Content-Length: 99999999999999999999\r\n\r\n{}`,
  'a coding that is not chunked': `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'a coding under chunked': `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'chunked twice': `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  'chunked, then not': `${CHUNKED}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  'HTTP/1.0 and Transfer-Encoding': `${CHUNKED.replace('HTTP/1.1', 'HTTP/1.0')}\r\n0\r\n\r\n`,
  'a chunk of a negative size': `${CHUNKED}\r\n-1\r\n{\r\n0\r\n\r\n`,
  'a chunk of more than 64 bits': `${CHUNKED}\r\nfffffffffffffffff\r\n{\r\n0\r\n\r\n`,
  'a chunk size with a prefix': `${CHUNKED}\r\n0x2\r\n{}\r\n0\r\n\r\n`,
  'a chunk longer than it says': `${CHUNKED}\r\n1\r\n{}\r\n0\r\n\r\n`,
  'a chunk that ends with a bare LF': `${CHUNKED}\r\n2\n{}\n0\n\n`,
  'a chunk extension that ends with a bare LF': `${CHUNKED}\r\n2;a\n{}\r\n0\r\n\r\n`,
  'a chunk extension of 20 KB': `${CHUNKED}\r\n2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  'a Content-Length in the trailer': `${CHUNKED}\r\n2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n`,
  'two Hosts': `${GET}Host: elsewhere.example\r\n\r\n`,
  'the same Host twice': `${GET}${HOST}\r\n`,
  'no Host': 'GET /v1/places HTTP/1.1\r\n\r\n',
  'a Host that is a list': 'GET /v1/places HTTP/1.1\r\nHost: a, b\r\n\r\n',
  'a Host with a path': 'GET /v1/places HTTP/1.1\r\nHost: a/b\r\n\r\n',
  'a Host with a user': 'GET /v1/places HTTP/1.1\r\nHost: a@b\r\n\r\n',
  'an empty Host': 'GET /v1/places HTTP/1.1\r\nHost:\r\n\r\n',
  'a folded line': `${GET}X: a\r\n b\r\n\r\n`,
  'a folded Host': 'GET /v1/places HTTP/1.1\r\nHost:\r\n here.example\r\n\r\n',
  'lines that end with a bare LF': 'GET /v1/places HTTP/1.1\nHost: here.example\n\n',
  'a field that ends with a bare LF': `GET /v1/places HTTP/1.1\r\nX: a\n${HOST}\r\n`,
  'a bare CR in a field': `${GET}X: a\rb\r\n\r\n`,
  'NUL in a field': `${GET}X: a\0b\r\n\r\n`,
  'NUL in a name': `${GET}X\0: a\r\n\r\n`,
  'NUL in the target': `GET /v1/places\0 HTTP/1.1\r\n${HOST}\r\n`,
  'space before the colon': 'GET /v1/places HTTP/1.1\r\nHost : here.example\r\n\r\n',
  'space before a name': `GET /v1/places HTTP/1.1\r\n X: a\r\n${HOST}\r\n`,
  'a field without a name': `${GET}: a\r\n\r\n`,
  'a field without a colon': `${GET}nonsense\r\n\r\n`,
  'a space in the target': `GET /v1/places /x HTTP/1.1\r\n${HOST}\r\n`,
  'a letter beyond ASCII in the target': `GET /v1/pl\xe4ces HTTP/1.1\r\n${HOST}\r\n`,
  'a method in lower case': `get /v1/places HTTP/1.1\r\n${HOST}\r\n`,
  'a method that nobody knows': `BREW /v1/places HTTP/1.1\r\n${HOST}\r\n`,
  'HTTP/0.9': `GET /v1/places HTTP/0.9\r\n${HOST}\r\n`,
  'HTTP/2.0': `GET /v1/places HTTP/2.0\r\n${HOST}\r\n`,
  'HTTP/1.2': `GET /v1/places HTTP/1.2\r\n${HOST}\r\n`,
  'a request line without a version': `GET /v1/places\r\n${HOST}\r\n`,
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a TLS hello': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n',
  CONNECT: `CONNECT elsewhere.example:443 HTTP/1.1\r\n${HOST}\r\n`,
}

test('what two servers could read differently is a 400, and nothing after it is a request (fault 25)', async () => {
  await using fixture = await startFixture(library)
  const key = `Authorization: Bearer ${fixture.key}\r\n`
  for (const [what, request] of Object.entries(BROKEN)) {
    const answer = await raw(fixture.url, request.replace(HOST, HOST + key) + SMUGGLED)
    assert.deepEqual(statusesIn(answer), [400], `${what}: ${answer}`)
    assert.match(answer, /^connection: close\r$/im, what)
    const { code, request_id: id } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
    assert.equal(code, 'bad-request', what)
    assert.ok(new RegExp(`^request-id: ${id}\r$`, 'im').test(answer), what)
  }
  assert.deepEqual(fixture.faults, [])
  assert.deepEqual((await fixture.send('GET', '/v1/books')).body.data, [])
})

test('what is unusual and clear is served', async () => {
  await using fixture = await startFixture(library)
  const last = 'Connection: close\r\n\r\n'
  const places = 'GET /v1/places HTTP/1.1\r\n'
  const fine: { readonly [what: string]: string } = {
    'empty lines before it': `\r\n\r\n${GET}${last}`,
    'HTTP/1.0 without Host': 'GET /v1/places HTTP/1.0\r\n\r\n',
    'a Host with a port': `${places}Host: here.example:8080\r\n${last}`,
    'a Host that is an address': `${places}Host: [::1]:8080\r\n${last}`,
    'an absolute target': `GET http://here.example/v1/places HTTP/1.1\r\n${HOST}${last}`,
    'an upgrade, which may be passed over': `${GET}Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n`,
    '100 fields': `${GET}${'X: y\r\n'.repeat(98)}${last}`,
    'a GET with a body': `${GET}Content-Length: 2\r\nConnection: close\r\n\r\n{}`,
    'a body in many pieces with extensions': `GET /v1/places HTTP/1.1\r\n${HOST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1;c="d"\r\n}\r\n0\r\n\r\n`,
  }
  for (const [what, request] of Object.entries(fine)) {
    assert.deepEqual(statusesIn(await raw(fixture.url, request)), [200], what)
  }
})

test('a target that is not of this host is a 400 (fault 25)', async () => {
  await using fixture = await startFixture(library)
  const targets = [
    ...[
      'http://elsewhere.example/v1/places',
      'http://here.example@elsewhere.example/v1/places',
      'http:///v1/places',
    ],
    ...[
      'ftp://here.example/v1/places',
      '/v1/places#a',
      '*',
      '/v1/places/%00',
      '/v1/places/%zz',
      '/v1/places/..',
    ],
  ]
  for (const target of targets) {
    const answer = await raw(fixture.url, `GET ${target} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
    assert.deepEqual(statusesIn(answer), [400], `${target}: ${answer}`)
  }
})

test('101 fields are a 431', async () => {
  await using fixture = await startFixture(library)
  for (const count of [101, 150, 3000]) {
    const answer = await raw(fixture.url, `${GET}${'A:\r\n'.repeat(count - 1)}\r\n${SMUGGLED}`)
    assert.deepEqual(statusesIn(answer), [431], answer)
    assert.match(answer, /"code":"headers-too-large"/)
  }
})

test('two of a field that may come once are not the first of them', async () => {
  await using fixture = await startFixture(library)
  const twice = (field: string, value: string) =>
    raw(
      fixture.url,
      `POST /v1/books HTTP/1.1\r\n${HOST}Authorization: Bearer ${fixture.key}\r\nContent-Type: application/json\r\n${field}: ${value}\r\nContent-Length: 26\r\nConnection: close\r\n\r\n{"title":"a","pages":1   }`,
    )
  assert.deepEqual(statusesIn(await twice('X', 'y')), [201])
  assert.deepEqual(statusesIn(await twice('Content-Type', 'text/xml')), [415])
  assert.deepEqual(statusesIn(await twice('Authorization', 'Bearer x')), [401])
  assert.deepEqual(statusesIn(await twice('Content-Encoding', 'gzip\r\nContent-Encoding: gzip')), [415])
})

test('requests before a broken one on a connection get their own answers first (fault 25)', async () => {
  let open: (() => void) | undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  const slow = endpoint({
    method: 'GET',
    path: '/slow',
    open: true,
    output: z.object({ slow: z.boolean() }),
    prepare: () => opened,
    handle: () => ({ slow: true }),
  })
  await using fixture = await startFixture(api({ title: 'Slow', version: '1', endpoints: { slow } }))
  const ask = `GET /slow HTTP/1.1\r\n${HOST}\r\n`
  const broken = [
    'NONSENSE\r\n\r\n',
    `POST /slow HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`,
  ]
  const answers = broken.map(bytes => raw(fixture.url, ask + ask + bytes + ask))
  await new Promise(resolve => setTimeout(resolve, 50))
  open?.()
  for (const answer of await Promise.all(answers)) {
    const statuses = statusesIn(answer)
    assert.deepEqual(statuses.slice(0, 2), [200, 200], answer)
    assert.ok([400, 405].includes(statuses[2] ?? 0) && statuses.length === 3, answer)
    assert.equal(answer.match(/"slow":true/g)?.length, 2)
  }
})

test('1,000 requests at once on one connection are answered in their order (fault 25)', async () => {
  await using fixture = await startFixture(library)
  const { hostname, port } = new URL(fixture.url)
  const socket = connect(Number(port), hostname)
  const answer = received(socket)
  const requests = Array.from({ length: 1000 }, (_, i) => `GET /v1/nothing/${i} HTTP/1.1\r\n${HOST}\r\n`)
  socket.write(`${requests.join('')}GET /v1/places HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
  await once(socket, 'close')
  assert.deepEqual(statusesIn(answer()), [...Array.from({ length: 1000 }, () => 404), 200])
})

test('an expectation that is understood is met once', async () => {
  await using fixture = await startFixture(library)
  const answer = await raw(
    fixture.url,
    `${POST}Authorization: Bearer ${fixture.key}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
  )
  assert.deepEqual(statusesIn(answer), [100, 422])
})
