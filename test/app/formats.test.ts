import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { api, endpoint } from '../../src/contract/index.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma & <Knightley>', pages: 474, price: 9.5, tags: ['novel'], lent: false }

test('what is read in one format can be sent back in it, and means the same in all', async () => {
  await using fixture = await startFixture(library)
  const { raw } = callers(fixture)
  const made = await (
    await raw('POST', '/v1/books', { 'content-type': 'application/json' }, JSON.stringify(book))
  ).json()
  const path = `/v1/books/${Object(made).id}`

  for (const type of ['application/xml', 'text/xml']) {
    const read = await raw('GET', path, { accept: type })
    assert.equal(read.headers.get('content-type'), `${type}; charset=utf-8`)
    const xml = await read.text()
    assert.match(
      xml,
      /<book>.*<title>Emma &amp; &lt;Knightley><\/title>|<title>Emma &amp; &lt;Knightley&gt;<\/title>/s,
    )
    const again = await raw('POST', '/v1/books', { 'content-type': type }, xml)
    assert.equal(again.status, 201)
    assert.deepEqual({ ...Object(await again.json()), id: '' }, { ...Object(made), id: '' })
  }

  const form = 'title=Emma+%26+%3CKnightley%3E&pages=474&price=9.5&tags=novel&lent=false'
  const posted = await raw('POST', '/v1/books', { 'content-type': 'application/x-www-form-urlencoded' }, form)
  assert.deepEqual({ ...Object(await posted.json()), id: '' }, { ...Object(made), id: '' })

  const patched = await raw(
    'PATCH',
    path,
    { 'content-type': 'application/xml' },
    '<book><tags>a</tags><tags>b</tags></book>',
  )
  assert.deepEqual(Object(await patched.json()).tags, ['a', 'b'])
})

test('the caller gets the format that it likes best, by the rules of RFC 9110 §12.5.1', async () => {
  await using fixture = await startFixture(library)
  const { raw } = callers(fixture)
  for (const [accept, type] of [
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*;q=0.5, text/xml', 'text/xml; charset=utf-8'],
    ['application/json;q=0.1, application/xml;q=0.2', 'application/xml; charset=utf-8'],
    ['application/json;q=0, */*', 'application/xml; charset=utf-8'],
    ['text/csv', 'text/csv; charset=utf-8; header=present'],
    ['application/x-ndjson', 'application/x-ndjson'],
  ] as const) {
    const answer = await raw('GET', '/v1/books', accept === '' ? {} : { accept })
    assert.equal(answer.headers.get('content-type'), type, accept)
    assert.equal(answer.headers.get('vary'), 'accept, accept-encoding')
    await answer.text()
  }
  const refused = await raw('GET', '/v1/books', { accept: 'image/png, text/html;q=0.1' })
  assert.equal(refused.status, 406)
  const { detail } = Object(await refused.json())
  assert.equal(
    detail,
    'Answers here are application/json, application/xml, text/xml, text/csv, application/x-ndjson.',
  )
  const unreadable = await raw('POST', '/v1/books', { 'content-type': 'text/plain' }, 'Emma')
  assert.equal(unreadable.status, 415)
  assert.equal(
    unreadable.headers.get('accept'),
    'application/json, application/xml, text/xml, application/x-www-form-urlencoded',
  )
  const latin = await raw(
    'POST',
    '/v1/books',
    { 'content-type': 'application/xml; charset=iso-8859-1' },
    '<book/>',
  )
  assert.equal(latin.status, 415)
  assert.equal(Object(await latin.json()).detail, 'Send the body in UTF-8.')
})

test('a problem comes in XML to who asked for XML, as RFC 9457 Appendix B has it', async () => {
  await using fixture = await startFixture(library)
  const { raw } = callers(fixture)
  const headers = { 'content-type': 'application/xml', accept: 'application/xml' }
  const answer = await raw('POST', '/v1/books', headers, '<book><title/><pages>many</pages></book>')
  assert.equal(answer.status, 422)
  assert.equal(answer.headers.get('content-type'), 'application/problem+xml')
  const xml = await answer.text()
  assert.match(xml, /<problem xmlns="urn:ietf:rfc:7807">/)
  assert.match(xml, /<code>invalid-input<\/code>/)
  assert.match(xml, /<pointer>#\/title<\/pointer>/)
  assert.match(xml, /<pointer>#\/pages<\/pointer>/)
  const broken = await raw('POST', '/v1/books', headers, '<!DOCTYPE book [<!ENTITY a "b">]><book>&a;</book>')
  assert.equal(broken.status, 400)
  assert.match(await broken.text(), /<code>malformed-body<\/code>/)
})

test('a body that cannot be read is a 400 that says where', async () => {
  await using fixture = await startFixture(library)
  const { raw } = callers(fixture)
  for (const [type, body] of [
    ['application/json', '{\n "title": }'],
    ['application/xml', '<book>\n<title>Emma</book>'],
    ['application/x-www-form-urlencoded', 'title=Emma&pages=1&pages=2'],
  ] as const) {
    const answer = await raw('POST', '/v1/books', { 'content-type': type }, body)
    assert.equal(answer.status, 400)
    const { code, detail } = Object(await answer.json())
    assert.equal(code, 'malformed-body')
    assert.match(detail, /^At line \d, column \d+: /)
  }
})

test('what XML cannot carry is told, and can be had as JSON', async () => {
  await using fixture = await startFixture(library)
  const { raw, send } = callers(fixture)
  const title = 'Emma \u0001'
  const { body: made } = await send('POST', '/v1/books', { ...book, title })
  const path = `/v1/books/${made.id}`
  const refused = await raw('GET', path, { accept: 'application/xml' })
  assert.equal(refused.status, 406)
  assert.match(await refused.text(), /character at \/title that XML cannot carry/)
  assert.equal((await send('GET', path)).body.title, title)
  assert.deepEqual(fixture.faults, [])
})

test('a list as CSV or NDJSON is the whole list, sent a page at a time; with a limit it is one page and a link', async () => {
  await using fixture = await startFixture(library)
  const { raw, send } = callers(fixture)
  const titles = Array.from({ length: 230 }, (_, i) => `Book ${i}`)
  for (const title of titles) await send('POST', '/v1/books', { ...book, title, pages: 1 })

  const lines = (await (await raw('GET', '/v1/books', { accept: 'application/x-ndjson' })).text())
    .trimEnd()
    .split('\n')
  assert.deepEqual(
    lines.map(line => JSON.parse(line).title),
    titles.toReversed(),
  )

  const csv = (await (await raw('GET', '/v1/books', { accept: 'text/csv' })).text()).split('\r\n')
  assert.equal(csv.length, 232)
  assert.match(csv[0] ?? '', /^id,title,pages,/)
  assert.match(csv[1] ?? '', /^boo_\w+,Book 229,1,9\.5,false,"\[""novel""\]"/)

  const page = await raw('GET', '/v1/books?limit=2', { accept: 'text/csv' })
  const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
  assert.equal((await page.text()).trimEnd().split('\r\n').length, 3)
  const second = await raw('GET', next, { accept: 'text/csv' })
  assert.match(await second.text(), /Book 227/)

  const head = await raw('HEAD', '/v1/books', { accept: 'text/csv' })
  assert.equal(head.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
})

test('a list of long rows is read a few at a time, and one of short rows many at a time', async () => {
  for (const [filler, longest] of [
    ['x'.repeat(400_000), 1],
    ['', 100],
  ] as const) {
    const asked: (number | undefined)[] = []
    const lines = endpoint({
      method: 'GET',
      path: '/lines',
      open: true,
      input: z.object({ cursor: z.string().optional(), limit: z.int().max(100).optional() }),
      output: z.object({ data: z.array(z.object({ filler: z.string() })), next: z.string().nullable() }),
      names: { pageOf: 'Line', output: 'LinePage' },
      handle: ({ input: { cursor = '0', limit = 0 } }) => {
        asked.push(limit)
        return {
          data: Array.from({ length: limit }, () => ({ filler })),
          next: cursor === '2' ? null : `${Number(cursor) + 1}`,
        }
      },
    })
    await using fixture = await startFixture(api({ title: 'Lines', version: '1', endpoints: { lines } }))
    const answer = await fetch(new URL('/lines', fixture.url), { headers: { accept: 'text/csv' } })
    const rows = (await answer.text()).trimEnd().split('\r\n').slice(1)
    assert.deepEqual(asked, [10, longest, longest])
    assert.equal(rows.length, 10 + 2 * longest)
  }
})

test('a list that fails on the way breaks off, and is not taken for whole', async () => {
  const Line = z.object({ n: z.int() })
  const lines = endpoint({
    method: 'GET',
    path: '/lines',
    open: true,
    input: z.object({ cursor: z.string().optional() }),
    output: z.object({ data: z.array(Line), next: z.string().nullable() }),
    names: { pageOf: 'Line', output: 'LinePage' },
    handle: ({ input }) => {
      if (input.cursor === '3') throw new Error('the disk is gone')
      const n = Number(input.cursor ?? 0)
      return { data: [{ n }], next: String(n + 1) }
    },
  })
  await using fixture = await startFixture(api({ title: 'Lines', version: '1', endpoints: { lines } }))
  const headers = { accept: 'application/x-ndjson' }
  await assert.rejects(fetch(new URL('/lines', fixture.url), { headers }).then(answer => answer.text()))
  assert.deepEqual(fixture.faults.map(String), ['Error: the disk is gone'])
})

for (const coding of ['identity', 'gzip', 'br', 'zstd']) {
  test(`a caller that leaves ends the reading of a list, and one that is slow holds it back: ${coding}`, async () => {
    let pages = 0
    const endless = endpoint({
      method: 'GET',
      path: '/lines',
      open: true,
      input: z.object({ cursor: z.string().optional() }),
      output: z.object({ data: z.array(z.object({ filler: z.string() })), next: z.string().nullable() }),
      names: { pageOf: 'Line', output: 'LinePage' },
      handle: () => {
        pages++
        // What compresses well fills no buffer.
        return { data: [{ filler: randomBytes(75_000).toString('base64') }], next: 'more' }
      },
    })
    await using fixture = await startFixture(api({ title: 'Lines', version: '1', endpoints: { endless } }))
    const leave = new AbortController()
    const answer = await fetch(new URL('/lines', fixture.url), {
      headers: { accept: 'text/csv', 'accept-encoding': coding },
      signal: leave.signal,
    })
    const reader = answer.body?.getReader()
    await reader?.read()
    let before = -1
    // The buffers of both sides fill up, then nothing moves.
    while (before !== pages) {
      before = pages
      await pause(200)
    }
    assert.ok(pages < 2_000, `${pages} pages were read for a caller that does not read them`)
    leave.abort()
    await pause(200)
    assert.equal(pages, before)
    assert.deepEqual(fixture.faults, [])
  })
}

test('the suffix of a path names the format, where the definition asks for it', async () => {
  await using fixture = await startFixture(api({ ...options, suffixes: true }))
  const { raw, send } = callers(fixture)
  const { id } = (await send('POST', '/v1/books', book)).body
  for (const [path, type] of [
    [`/v1/books/${id}.xml`, 'application/xml; charset=utf-8'],
    [`/v1/books/${id}.json`, 'application/json'],
    ['/v1/books.csv?limit=1', 'text/csv; charset=utf-8; header=present'],
    ['/v1/books.ndjson', 'application/x-ndjson'],
  ] as const) {
    const answer = await raw('GET', path, { accept: 'application/json' })
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers.get('content-type'), type)
    await answer.text()
  }
  const missing = await raw('GET', '/v1/books/boo_none.xml', {})
  assert.equal(missing.headers.get('content-type'), 'application/problem+xml')
  assert.equal((await raw('GET', `/v1/books/${id}.csv`, {})).status, 406)
  assert.equal((await raw('GET', `/v1/books/${id}.pdf`, {})).status, 404)

  await using without = await startFixture(library)
  assert.equal((await callers(without).raw('GET', '/v1/books.xml', {})).status, 404)
})

const options = {
  title: library.title,
  version: library.version,
  base: library.base,
  resources: library.resources,
  operations: library.operations,
  endpoints: library.endpoints,
}

type Fixture = Awaited<ReturnType<typeof startFixture>>

function callers({ url, key, send }: Fixture) {
  const raw = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${key}`, ...headers },
      ...(body === undefined ? {} : { body }),
    })
  return { raw, send }
}
