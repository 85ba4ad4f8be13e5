import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import * as z from 'zod'
import { compressedOnce } from '../../src/app/compress.ts'
import { api, endpoint } from '../../src/contract/index.ts'
import type { Coding } from '../../src/http/index.ts'
import { type Fixture, startFixture } from './any-store.ts'
import { library } from './library.ts'
import { askRaw, type RawAnswer } from './raw.ts'

const decompress: { readonly [coding: string]: (bytes: Buffer) => Buffer } = {
  gzip: bytes => gunzipSync(bytes),
  br: bytes => brotliDecompressSync(bytes),
  zstd: bytes => zstdDecompressSync(bytes),
}

const asker =
  ({ url, key }: Fixture) =>
  (path: string, headers: Record<string, string>, method = 'GET'): Promise<RawAnswer> =>
    askRaw(new URL(path, url), { method, headers: { authorization: `Bearer ${key}`, ...headers } })

async function withBooks(fixture: Fixture, count: number): Promise<string> {
  const titles = Array.from({ length: count }, (_, i) => `${i} ${'Emma '.repeat(10)}`)
  const note = 'A note. '.repeat(200)
  for (const title of titles) await fixture.send('POST', '/v1/books', { title, pages: 474, note })
  const { body } = await fixture.send('GET', '/v1/books?limit=1')
  return `/v1/books/${body.data[0].id}`
}

test('an answer of 1 KiB or more is compressed as the caller likes best, and is the same bytes inside', async () => {
  await using fixture = await startFixture(library)
  const ask = asker(fixture)
  const path = await withBooks(fixture, 30)
  // One book, which is compressed at once; and 30, in formats that are compressed elsewhere, and streamed.
  for (const [at, accept] of [
    [path, 'application/json'],
    [path, 'application/xml'],
    ['/v1/books?limit=30', 'application/json'],
    ['/v1/books?limit=30', 'text/csv'],
    ['/v1/books', 'text/csv'],
    ['/v1/books', 'application/x-ndjson'],
  ] as const) {
    const plain = await ask(at, { accept })
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(plain.headers.vary, 'accept, accept-encoding')
    for (const [coding, read] of Object.entries(decompress)) {
      const coded = await ask(at, { accept, 'accept-encoding': coding })
      assert.equal(coded.headers['content-encoding'], coding)
      assert.equal(coded.headers.vary, 'accept, accept-encoding')
      assert.equal(read(coded.body).toString(), plain.body.toString())
      assert.ok(coded.body.length < plain.body.length / 3)
      // What is sent in pieces has no tag.
      if (plain.headers.etag === undefined) continue
      assert.notEqual(coded.headers.etag, plain.headers.etag)
      const known = await ask(at, {
        accept,
        'accept-encoding': coding,
        'if-none-match': coded.headers.etag ?? '',
      })
      assert.deepEqual([known.status, known.headers['content-encoding']], [304, undefined])
      assert.equal(known.headers.etag, coded.headers.etag)
    }
  }
})

test('what is small, unasked for, or would tell a secret by its length is not compressed', async () => {
  await using fixture = await startFixture(library)
  const ask = asker(fixture)
  const path = await withBooks(fixture, 1)
  for (const [at, field] of [
    ['/v1/search?q=emma', 'gzip'],
    [path, 'deflate'],
    [path, 'gzip;q=0, identity'],
    ['/v1/books/nothing', 'br'],
  ] as const) {
    const { headers } = await ask(at, { 'accept-encoding': field })
    assert.equal(headers['content-encoding'], undefined, `${at} ${field}`)
  }
  const secret = endpoint({
    method: 'POST',
    path: '/secret',
    output: z.object({ secret: z.string() }),
    shownOnce: true,
    handle: () => ({ secret: 's'.repeat(5000) }),
  })
  await using other = await startFixture(api({ title: 'Secrets', version: '1', endpoints: { secret } }))
  const shown = await asker(other)('/secret', { 'accept-encoding': 'gzip' }, 'POST')
  assert.equal(shown.headers['content-encoding'], undefined)
  assert.deepEqual([shown.headers['cache-control'], shown.headers.etag], ['no-store', undefined])
})

test('who cannot read bytes as they are gets them compressed however few, or a 406 before anything is done', async () => {
  await using fixture = await startFixture(library)
  const ask = asker(fixture)
  const small = await ask('/v1/search?q=emma', { 'accept-encoding': 'identity;q=0, gzip' })
  assert.equal(small.headers['content-encoding'], 'gzip')
  assert.match(gunzipSync(small.body).toString(), /"q":"emma"/)
  for (const field of ['identity;q=0', '*;q=0', 'deflate, *;q=0']) {
    const book = { title: 'Emma', pages: 474 }
    const refused = await fixture.send('POST', '/v1/books', book, { 'accept-encoding': field })
    assert.deepEqual([refused.status, refused.body.code], [406, 'not-acceptable'])
  }
  assert.equal((await fixture.send('GET', '/v1/books')).body.data.length, 0)
})

test('HEAD has all fields of GET, compressed or not, and never a body', async () => {
  await using fixture = await startFixture(library)
  const ask = asker(fixture)
  const path = await withBooks(fixture, 3)
  for (const at of pathsBeside(path)) {
    for (const coding of ['identity', 'gzip', 'br', 'zstd']) {
      const fields = { 'accept-encoding': coding }
      const got = await ask(at, fields)
      const head = await ask(at, fields, 'HEAD')
      assert.equal(head.body.length, 0)
      assert.deepEqual(lasting(head), lasting(got), `${at} ${coding}`)
      if (got.status === 200) assert.equal(head.headers['content-length'], String(got.body.length))
    }
  }
})

const pathsBeside = (path: string): readonly string[] => [
  path,
  '/v1/books',
  '/v1/search?q=emma',
  '/v1/books/nothing',
  '/openapi.json',
  '/docs',
  '/healthz',
]

/** What does not differ from one request to the next. */
function lasting({ status, headers }: RawAnswer): object {
  const { date, 'request-id': _, ...rest } = headers
  return { status, ...rest }
}

test('a key-bearing read is private and asked for anew, an open one is for all, a change says nothing', async () => {
  await using fixture = await startFixture(library)
  const ask = asker(fixture)
  const cached = async (answer: Promise<RawAnswer>) => (await answer).headers['cache-control']
  assert.equal(await cached(ask('/v1/books', {})), 'private, no-cache')
  assert.equal(await cached(ask('/v1/nothing', {})), 'private, no-cache')
  assert.equal(await cached(askRaw(new URL('/v1/places', fixture.url), {})), 'no-cache')
  assert.equal(await cached(ask('/v1/prepares', {}, 'POST')), undefined)
})

test('the document is compressed, and known by its ETag', async () => {
  await using fixture = await startFixture(library)
  const ask = asker(fixture)
  const { headers, body } = await ask('/openapi.json', { 'accept-encoding': 'br' })
  assert.equal(headers['content-encoding'], 'br')
  assert.equal(headers.vary, 'accept-encoding')
  assert.equal(JSON.parse(brotliDecompressSync(body).toString()).openapi, '3.2.0')
  const known = { 'accept-encoding': 'br', 'if-none-match': headers.etag ?? '' }
  assert.equal((await ask('/openapi.json', known)).status, 304)
})

test('what stays as it is is compressed by each coding once, for those who ask at once as for those who ask later', async () => {
  for (const text of ['a short text, '.repeat(100), 'a long text, '.repeat(10_000)]) {
    const compressed = compressedOnce(text)
    for (const [coding, read] of Object.entries(decompress)) {
      const [one, other] = await Promise.all([compressed(coding as Coding), compressed(coding as Coding)])
      assert.equal(one, other)
      assert.equal(await compressed(coding as Coding), one)
      assert.equal(read(Buffer.from(one)).toString(), text)
    }
  }
  await using fixture = await startFixture(library)
  const ask = asker(fixture)
  for (const path of ['/openapi.json', '/docs/problems']) {
    const plain = (await ask(path, {})).body.toString()
    for (const [coding, read] of Object.entries(decompress))
      for (let times = 0; times < 2; times++)
        assert.equal(read((await ask(path, { 'accept-encoding': coding })).body).toString(), plain)
  }
})

test('a list that breaks off breaks off compressed as well, and is never taken for whole', async () => {
  let pages = 0
  const breaking = endpoint({
    method: 'GET',
    path: '/lines',
    open: true,
    input: z.object({ cursor: z.string().optional() }),
    output: z.object({ data: z.array(z.object({ n: z.number() })), next: z.string().nullable() }),
    names: { pageOf: 'Line', output: 'LinePage' },
    handle: () => {
      if (pages++ === 3) throw new Error('the disk is gone')
      return { data: [{ n: pages }], next: `after-${pages}` }
    },
  })
  await using fixture = await startFixture(api({ title: 'Lines', version: '1', endpoints: { breaking } }))
  for (const coding of ['identity', 'gzip', 'br', 'zstd']) {
    pages = 0
    const headers = { accept: 'application/x-ndjson', 'accept-encoding': coding }
    await assert.rejects(
      askRaw(new URL('/lines', fixture.url), { headers }),
      /aborted|ECONNRESET|hang up/,
      coding,
    )
  }
  assert.equal(fixture.faults.length, 4)
})
