import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { answerAt } from '../../examples/newsroom/import/answer.ts'
import { sourceOf } from '../../examples/newsroom/import/document.ts'
import {
  ImportRefused,
  type RefusalCode,
  readSource,
  type Source,
} from '../../examples/newsroom/import/source.ts'
import { sampleArticles, samplePage } from '../../examples/newsroom/site/index.ts'

const SENTENCE = 'The bridge opened on a Monday, which nobody had expected, least of all those who built it.'
const PAGE = `<!doctype html><title>Bridge opens early</title><link rel=canonical href=bridge>${`<p>${SENTENCE}</p>`.repeat(5)}`
const never = new AbortController().signal

async function serving(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answering =
  (body: string | Uint8Array, headers: Record<string, string> = {}, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body)

const read = (url: string, limits?: Parameters<typeof readSource>[3]): Promise<Source> =>
  readSource(url, fetch, never, limits)

/** The same without a thread of its own, which takes longer to start than these take to read. */
const readHere = async (url: string): Promise<Source> => sourceOf(await answerAt(url, fetch, never, 2 ** 20))

const refusal =
  (code: RefusalCode, detail: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ImportRefused, String(error))
    assert.deepEqual([error.code, detail.test(error.message)], [code, true], error.message)
    return true
  }

test('the sample site is read over HTTP: its feeds link to its pages, and each page is an article', async t => {
  const origin = await serving(t, (request, response) => {
    const page = samplePage(request.url ?? '', `http://${request.headers.host}`)
    response.writeHead(page ? 200 : 404, page && { 'content-type': page.type }).end(page?.body)
  })
  for (const feed of ['rss', 'atom']) {
    const source = await read(`${origin}/sample/feed.${feed}`)
    assert.ok(source.kind === 'feed')
    assert.equal(source.title, 'The Harbour Courier')
    assert.deepEqual(source.links.toSorted(), sampleArticles.map(path => origin + path).toSorted())
  }
  for (const path of sampleArticles) {
    const source = await read(origin + path)
    assert.ok(source.kind === 'page')
    assert.equal(source.article.link, origin + path)
    assert.ok(source.article.text.split('\n\n').length >= 5, source.article.text)
    assert.match(source.article.published_at ?? '', /^2026-10-\d\dT\d\d:\d\d:00\.000Z$/)
    assert.ok(source.article.tags.length >= 3)
    assert.doesNotMatch(source.article.text, /&\w+;|<\w|Advertisement|grete_w|Front page/)
  }
  await assert.rejects(read(`${origin}/sample/`), refusal('not-an-article', /no article/))
  await assert.rejects(read(`${origin}/sample/nothing`), refusal('refused', /404/))
})

test('redirects are followed, and addresses are relative to where they end', async t => {
  const origin = await serving(t, (request, response) => {
    if (request.url === '/short') response.writeHead(301, { location: '/2026/story' }).end()
    else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end()
    else response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })
  const source = await read(`${origin}/short`)
  assert.equal(source.kind === 'page' && source.article.link, `${origin}/2026/bridge`)
  await assert.rejects(read(`${origin}/round`), refusal('unreachable', /could not be reached/))
})

test('a page is told from a feed by what it holds, not by what it is called', async t => {
  const feed = '<rss version="2.0"><channel><title>x</title><item><link>a</link></item></channel></rss>'
  const json = '{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","url":"a"}]}'
  const bodies: [string, string, Source['kind']][] = [
    [feed, 'text/html', 'feed'],
    [feed, 'application/xml', 'feed'],
    [`<?xml version="1.0"?><!-- x -->${feed}`, 'text/plain; charset=utf-8', 'feed'],
    [json, 'application/json', 'feed'],
    [json, 'application/feed+json', 'feed'],
    [PAGE.replace('<title>', '<html><title>'), 'application/xhtml+xml', 'page'],
    [PAGE.replace('<title>', '<html><title>'), 'text/plain', 'page'],
    [PAGE, 'TEXT/HTML; charset=utf-8', 'page'],
    [PAGE, '', 'page'],
  ]
  const origin = await serving(t, (request, response) => {
    const [body, type = ''] = bodies[Number(request.url?.slice(1))] ?? []
    response.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body)
  })
  for (const [index, [body, type, kind]] of bodies.entries()) {
    assert.equal((await readHere(`${origin}/${index}`)).kind, kind, `${type} ${body.slice(0, 40)}`)
  }
})

test('what is neither a page nor a feed is unsupported', async t => {
  const bodies = [
    ['%PDF-1.7', 'application/pdf'],
    ['{"title":1}', 'application/json'],
    ['[1]', 'application/json'],
    ['just words', 'text/plain'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'text/xml'],
    ['<?xml version="1.0"?><urlset></urlset>', 'application/xml'],
    ['<rss version="2.0"><channel', 'application/rss+xml'],
    ['', 'application/atom+xml'],
  ] as const
  const origin = await serving(t, (request, response) => {
    const [body, type = ''] = bodies[Number(request.url?.slice(1))] ?? []
    response.writeHead(200, { 'content-type': type }).end(body)
  })
  for (const index of bodies.keys()) {
    await assert.rejects(
      readHere(`${origin}/${index}`),
      refusal('unsupported', /neither/),
      bodies[index]?.join(),
    )
  }
})

test('a feed without links is said to have none', async t => {
  const origin = await serving(t, answering('<rss version="2.0"><channel><title>x</title></channel></rss>'))
  // As the thread tells it.
  await assert.rejects(read(origin), refusal('not-an-article', /links to no articles/))
})

test('only web addresses without credentials are asked', async () => {
  const asked: typeof fetch = () => assert.fail('asked')
  for (const url of [
    '',
    'paper.example',
    'file:///etc/passwd',
    'data:text/html,x',
    'javascript:1',
    'http://',
    'http://a:b@c/',
  ]) {
    await assert.rejects(readSource(url, asked, never), refusal('unsupported', /address/i), url)
  }
})

test('the charset is found for bytes that are not UTF-8', async t => {
  const japanese = Buffer.from('93fa967b82cc8bb482aa8a4a92ca82b582bd8142', 'hex')
  const body = Buffer.concat([
    Buffer.from(
      '<!doctype html><meta charset=Shift_JIS><meta property=og:type content=article><title>x</title>',
    ),
    ...Array.from({ length: 12 }, () => Buffer.concat([Buffer.from('<p>'), japanese])),
  ])
  for (const type of [
    'text/html',
    'text/html; charset=utf-8',
    'text/html; charset=Shift_JIS',
    'text/html; charset=nonsense',
  ]) {
    const origin = await serving(t, answering(body, { 'content-type': type }))
    const source = await readHere(origin)
    assert.equal(
      source.kind === 'page' && source.article.text,
      Array(12).fill('日本の橋が開通した。').join('\n\n'),
      type,
    )
  }
})

test('a compressed page is read, and one that inflates beyond the limit is refused', async t => {
  const headers = { 'content-type': 'text/html', 'content-encoding': 'gzip' }
  assert.equal((await read(await serving(t, answering(gzipSync(PAGE), headers)))).kind, 'page')
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, 'a'))
  await assert.rejects(
    read(await serving(t, answering(bomb, headers))),
    refusal('too-large', /larger than 5 MiB/),
  )
})

test('a body of 10 MiB is cut off, whether its length is told or not', async t => {
  const piece = Buffer.alloc(2 ** 16, 'a')
  let sent = 0
  const told = await serving(t, answering(Buffer.alloc(10 * 2 ** 20, 'a'), { 'content-type': 'text/html' }))
  const closed = Promise.withResolvers<void>()
  const untold = await serving(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.once('close', closed.resolve)
    const send = (): void => {
      while (sent < 100 * 2 ** 20) {
        sent += piece.length
        if (!response.write(piece)) return void response.once('drain', send)
      }
      response.end()
    }
    send()
  })
  await assert.rejects(read(told), refusal('too-large', /larger than 5 MiB/))
  await assert.rejects(read(untold), refusal('too-large', /larger than 5 MiB/))
  await closed.promise
  assert.ok(sent < 50 * 2 ** 20, `${sent} bytes were sent before the connection was given up`)
})

test('a body that comes too slowly, or breaks off, is unreachable', async t => {
  const slow = await serving(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).write('<p>The')
  })
  await assert.rejects(read(slow, { answerMs: 150 }), refusal('unreachable', /within 0\.15 s/))
  const silent = await serving(t, () => {})
  await assert.rejects(read(silent, { answerMs: 150 }), refusal('unreachable', /within 0\.15 s/))
  const broken = await serving(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': '9000' })
    response.write('<p>The', () => response.destroy())
  })
  await assert.rejects(read(broken), refusal('unreachable', /could not be reached/))
})

test('a site that says no has refused, one that says later or nothing is unreachable', async t => {
  for (const status of [401, 403, 404, 410, 451, 304]) {
    const origin = await serving(t, answering('', {}, status))
    await assert.rejects(read(origin), refusal('refused', new RegExp(`status ${status}`)))
  }
  for (const status of [429, 500, 503]) {
    const origin = await serving(t, answering(PAGE, { 'content-type': 'text/html' }, status))
    await assert.rejects(read(origin), refusal('unreachable', new RegExp(`status ${status}`)))
  }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  await assert.rejects(read(`http://127.0.0.1:${port}/`), refusal('unreachable', /ECONNREFUSED/))
})

test('a refusal by a guarded fetch reaches the user as it is', async () => {
  const guarded: typeof fetch = async () => {
    throw new TypeError('fetch failed', {
      cause: new ImportRefused('refused', 'This host may not be reached.'),
    })
  }
  await assert.rejects(
    readSource('http://10.0.0.1/', guarded, never),
    refusal('refused', /^This host may not be reached\.$/),
  )
})

test('an import that is called off ends with the reason it was called off for', async t => {
  const reason = new Error('the operation was cancelled')
  const controller = new AbortController()
  const origin = await serving(t, () => controller.abort(reason))
  await assert.rejects(readSource(origin, fetch, controller.signal), error => error === reason)
  await assert.rejects(readSource(origin, fetch, controller.signal), error => error === reason)
  const reading = new AbortController()
  const page = await serving(t, answering(PAGE))
  const answered: typeof fetch = async (...request) => {
    const response = await fetch(...request)
    const body = await response.text()
    setImmediate(() => reading.abort(reason))
    return new Response(body, response)
  }
  await assert.rejects(readSource(page, answered, reading.signal), error => error === reason)
})

test('a page made to be slow is given up in time, and the process goes on answering meanwhile', async t => {
  const tangled = `<html><body>${'<i>'.repeat(110_000)}${'</b>'.repeat(110_000)}`
  const origin = await serving(t, answering(tangled, { 'content-type': 'text/html' }))
  let longest = 0
  let last = performance.now()
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 5)
  t.after(() => clearInterval(beat))
  await assert.rejects(read(origin, { readingMs: 700 }), refusal('too-large', /tangled/))
  assert.ok(longest < 500, `the event loop stood still for ${longest} ms`)
})
