import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { type Fixture, startFixture } from './any-store.ts'
import { library } from './library.ts'

const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'
const XML = 'application/xml'

interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

/** Posts a book, whatever the bytes. */
async function post(
  { url, key }: Fixture,
  body: string | Uint8Array<ArrayBuffer>,
  type = JSON_TYPE,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(new URL('/v1/books', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': type, ...headers },
    body,
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const book = JSON.stringify({ title: 'Emma', pages: 474 })
const CODINGS = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  deflate: deflateSync,
}

test('a body in each of the codings is read', async () => {
  await using fixture = await startFixture(library)
  for (const [coding, pack] of Object.entries(CODINGS)) {
    for (const named of [coding, coding.toUpperCase()]) {
      const { status, body } = await post(fixture, pack(book), JSON_TYPE, { 'content-encoding': named })
      assert.deepEqual([status, body.title], [201, 'Emma'], named)
    }
  }
  const { status } = await post(fixture, book, JSON_TYPE, { 'content-encoding': 'identity' })
  assert.equal(status, 201)
})

test('an Idempotency-Key is for what a body says, however it is packed', async () => {
  await using fixture = await startFixture(library)
  const keyed = (bytes: Uint8Array<ArrayBuffer>, coding: string) =>
    post(fixture, bytes, JSON_TYPE, { 'idempotency-key': 'once', 'content-encoding': coding })
  const first = await keyed(gzipSync(book, { level: 1 }), 'gzip')
  const again = await keyed(brotliCompressSync(book), 'br')
  assert.deepEqual([again.status, again.body], [201, first.body])
})

test('a body that unpacks to more than the limit is a 413, at the limit (fault 29)', async () => {
  const bomb = Buffer.alloc(64 * 1024 * 1024)
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }
  const bombs = Object.entries({ ...CODINGS, br: (bytes: Buffer) => brotliCompressSync(bytes, quality) }).map(
    ([coding, pack]) => [coding, pack(bomb)] as const,
  )
  await using fixture = await startFixture(library)
  for (const [coding, packed] of bombs) {
    assert.ok(packed.length < 1024 * 1024, `${coding} is not refused for its own length`)
    const { status, body } = await post(fixture, packed, JSON_TYPE, { 'content-encoding': coding })
    assert.deepEqual(
      [status, body.code, body.detail],
      [413, 'body-too-large', 'The body may have 1048576 bytes at most.'],
    )
  }
  const padded = (length: number) => gzipSync(book.padEnd(length, ' '))
  assert.equal(
    (await post(fixture, padded(1024 * 1024), JSON_TYPE, { 'content-encoding': 'gzip' })).status,
    201,
  )
  assert.equal(
    (await post(fixture, padded(1024 * 1024 + 1), JSON_TYPE, { 'content-encoding': 'gzip' })).status,
    413,
  )
})

test('codings on each other, and codings that nobody reads, are a 415 that tells which are read (fault 29)', async () => {
  await using fixture = await startFixture(library)
  const codings = [
    'gzip, gzip',
    'gzip,br',
    'identity, gzip',
    'compress',
    'gzip;q=1',
    'nonsense',
    '*',
    ', gzip',
  ]
  for (const coding of codings) {
    const { status, headers, body } = await post(fixture, gzipSync(gzipSync(book)), JSON_TYPE, {
      'content-encoding': coding,
    })
    assert.deepEqual([status, body.code], [415, 'unsupported-encoding'], coding)
    assert.equal(headers.get('accept-encoding'), 'gzip, br, zstd, deflate')
  }
})

test('a packed body that is broken is a 400', async () => {
  await using fixture = await startFixture(library)
  const broken: [string, Uint8Array<ArrayBuffer>][] = []
  for (const [coding, pack] of Object.entries(CODINGS)) {
    const packed = pack(book)
    broken.push([coding, packed.subarray(0, -1)], [coding, Buffer.concat([packed, packed])])
    broken.push(
      [coding, Buffer.concat([packed, Buffer.from('{}')])],
      [coding, Buffer.from(book)],
      [coding, Buffer.alloc(0)],
    )
  }
  broken.push(['deflate', deflateRawSync(book)], ['gzip', deflateSync(book)], ['br', gzipSync(book)])
  // A zstd frame that asks for a window of 2 GiB.
  broken.push(['zstd', Buffer.from('28b52ffd00a8010000', 'hex')])
  for (const [coding, bytes] of broken) {
    const { status, body } = await post(fixture, bytes, JSON_TYPE, { 'content-encoding': coding })
    assert.deepEqual([status, body.code], [400, 'malformed-body'], `${coding} ${bytes.toString()}`)
  }
})

test('names that JavaScript would mistake, and doubled ones, are refused in each format (fault 27)', async () => {
  await using fixture = await startFixture(library)
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    const bodies: [string, string][] = [
      [JSON_TYPE, `{"title":"a","pages":1,"${name}":{"polluted":true}}`],
      [JSON_TYPE, `{"title":"a","pages":1,"tags":[{"${name}":1}]}`],
      [FORM, `title=a&pages=1&${name}[polluted]=true`],
      [FORM, `title=a&pages=1&${name}.polluted=true`],
      [FORM, `title=a&pages=1&tags[${name}]=1`],
      [XML, `<book><title>a</title><pages>1</pages><${name}><polluted>true</polluted></${name}></book>`],
    ]
    for (const [type, body] of bodies) {
      const answer = await post(fixture, body, type)
      assert.deepEqual([answer.status, answer.body.code], [400, 'malformed-body'], body)
    }
  }
  const doubled: [string, string][] = [
    [JSON_TYPE, '{"title":"a","pages":1,"title":"b"}'],
    [JSON_TYPE, '{"title":"a","pages":1,"t\\u0069tle":"b"}'],
    [FORM, 'title=a&pages=1&title=b'],
    [FORM, 'title=a&pages=1&t%69tle=b'],
    [XML, '<book><title>a</title><pages>1</pages><title>b</title></book>'],
  ]
  for (const [type, body] of doubled) {
    const answer = await post(fixture, body, type)
    assert.deepEqual([answer.status, answer.body.code], [400, 'malformed-body'], body)
  }
  for (const query of ['__proto__=1', 'limit=1&limit=2', 'l%69mit=1&limit=2', 'constructor[a]=1']) {
    assert.equal((await fixture.send('GET', `/v1/books?${query}`)).body.code, 'invalid-query', query)
  }
  assert.equal(Object.getOwnPropertyDescriptor(Object.prototype, 'polluted'), undefined)
})

test('a document type is a 400 at once, entities or none (fault 28)', async context => {
  await using fixture = await startFixture(library)
  const levels = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
  const declared = [
    `<!DOCTYPE book [<!ENTITY l0 "lol">${levels}]><book><title>&l9;</title><pages>1</pages></book>`,
    '<!DOCTYPE book [<!ENTITY a SYSTEM "file:///etc/passwd">]><book><title>&a;</title><pages>1</pages></book>',
    '<!DOCTYPE book [<!ENTITY % a SYSTEM "http://127.0.0.1:1/a.dtd">%a;]><book/>',
    '<!DOCTYPE book SYSTEM "http://127.0.0.1:1/a.dtd"><book><title>a</title><pages>1</pages></book>',
    '<!DOCTYPE book><book><title>a</title><pages>1</pages></book>',
    `<!DOCTYPE book [<!ENTITY a "${'a'.repeat(900_000)}">]><book/>`,
    '<book><title>&undeclared;</title><pages>1</pages></book>',
  ]
  await post(fixture, '<book/>', XML)
  for (const body of declared) {
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const started = performance.now()
      const answer = await post(fixture, body, XML)
      times.push(performance.now() - started)
      assert.deepEqual([answer.status, answer.body.code], [400, 'malformed-body'], body.slice(0, 80))
    }
    context.diagnostic(`${Math.min(...times).toFixed(1)} ms, request and all: ${body.slice(0, 60)}`)
  }
})

test('a body with more than 10,000 values is a 413 in each format, whatever they are', async () => {
  await using fixture = await startFixture(library)
  const many = 10_000
  const bodies: [string, string][] = [
    [JSON_TYPE, `{"title":"a","pages":1,"tags":[${'1,'.repeat(many)}1]}`],
    [JSON_TYPE, `{"title":"a","pages":1,"tags":[${'{},'.repeat(many)}1]}`],
    [JSON_TYPE, `{${'"a":1,'.repeat(many)}`],
    [XML, `<book>${'<a/>'.repeat(many)}</book>`],
    [XML, `<book${' a=""'.repeat(many)}/>`],
    [XML, `<book>${'<!---->'.repeat(many)}</book>`],
    [XML, `<book>${'<?a?>'.repeat(many)}</book>`],
    [XML, `<book>${'<![CDATA[]]>'.repeat(many)}</book>`],
    [FORM, Array.from({ length: 900 }, (_, i) => `a${i}${'[a]'.repeat(20)}=`).join('&')],
  ]
  for (const [type, body] of bodies) {
    const answer = await post(fixture, body, type)
    assert.deepEqual([answer.status, answer.body.code], [413, 'body-too-large'], body.slice(0, 80))
  }
  const tags = Array.from({ length: many - 10 }, () => 'a')
  assert.equal((await post(fixture, JSON.stringify({ title: 'a', pages: 1, tags }))).status, 201)
  assert.equal((await post(fixture, JSON.stringify({ title: ',[{'.repeat(many), pages: 1 }))).status, 422)
})

test('100,000 fields of a form are a 413, levels beyond 64 a 400 (faults 26, 30)', async () => {
  await using fixture = await startFixture(library)
  const fields = Array.from({ length: 100_000 }, (_, i) => `f${i}=`).join('&')
  const many = await post(fixture, fields, FORM)
  assert.deepEqual([many.status, many.body.code], [413, 'body-too-large'])
  const deep: [string, string][] = [
    [JSON_TYPE, '['.repeat(100_000)],
    [JSON_TYPE, '{"a":'.repeat(100_000)],
    [JSON_TYPE, `{"title":${'['.repeat(64)}${']'.repeat(64)},"pages":1}`],
    [FORM, `a${'[a]'.repeat(100_000)}=1`],
    [FORM, `a${'.a'.repeat(64)}=1`],
    [XML, '<a>'.repeat(100_000)],
    [XML, `<book>${'<a>'.repeat(66)}${'</a>'.repeat(66)}</book>`],
  ]
  for (const [type, body] of deep) {
    const answer = await post(fixture, body, type)
    assert.deepEqual([answer.status, answer.body.code], [400, 'malformed-body'], body.slice(0, 40))
  }
})
