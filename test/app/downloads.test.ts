import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { fetchHandler } from '../../src/runtimes/fetch/index.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { gallery } from './gallery.ts'
import { askRaw } from './raw.ts'

const BYTES = randomBytes(200_000)

async function store(fixture: Fixture, type = 'text/html'): Promise<URL> {
  const form = new FormData()
  form.append('file', new File([BYTES], 'a page.html', { type }))
  const { body } = await fixture.send('PUT', '/v1/vault', form)
  return new URL(`/v1/files/${body.id}/content`, fixture.url)
}

describe('a download', () => {
  test('is the bytes, to be stored and not shown, with what tells of them', async () => {
    await using fixture = await startFixture(gallery)
    const url = await store(fixture)
    const authorization = `Bearer ${fixture.key}`
    const all = await askRaw(url, { headers: { authorization, 'accept-encoding': 'gzip, br' } })
    const { 'content-type': type, 'content-disposition': disposition, ...headers } = all.headers
    assert.deepEqual([all.status, all.body.equals(BYTES)], [200, true])
    assert.deepEqual([type, disposition], ['text/html', 'attachment; filename="a page.html"'])
    assert.equal(headers['content-length'], '200000')
    assert.equal(headers['content-encoding'], undefined)
    assert.equal(headers['accept-ranges'], 'bytes')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox")
    assert.equal(headers['cache-control'], 'private, no-cache')
    assert.match(headers.etag ?? '', /^"[0-9a-f]{32}\.text\.html"$/)
    assert.equal(headers['repr-digest'], `sha-256=:${createHash('sha256').update(BYTES).digest('base64')}:`)
    const head = await askRaw(url, { method: 'HEAD', headers: { authorization, range: 'bytes=0-9' } })
    const same = ({
      date: _,
      'request-id': _id,
      ...rest
    }: object & { date?: unknown; 'request-id'?: unknown }) => rest
    assert.deepEqual([head.status, head.body.length, same(head.headers)], [200, 0, same({ ...all.headers })])
  })

  test('has ranges, which hold for what the caller has of it (RFC 9110 §14)', async () => {
    await using fixture = await startFixture(gallery)
    const url = await store(fixture)
    const authorization = `Bearer ${fixture.key}`
    const ask = (headers: Record<string, string>) => askRaw(url, { headers: { authorization, ...headers } })
    const { etag = '', 'last-modified': modified = '' } = (await ask({})).headers
    for (const [range, first, last, more] of [
      ['bytes=0-0', 0, 0, {}],
      ['bytes=65530-131080', 65_530, 131_080, {}],
      ['bytes=199999-', 199_999, 199_999, {}],
      ['bytes=-5', 199_995, 199_999, {}],
      ['bytes=5-9', 5, 9, { 'if-range': etag }],
      ['bytes=5-9', 5, 9, { 'if-range': modified }],
      ['bytes=5-9', 5, 9, { 'if-match': etag }],
    ] as const) {
      const part = await ask({ range, ...more })
      assert.equal(part.status, 206, range)
      assert.equal(part.headers['content-range'], `bytes ${first}-${last}/200000`)
      assert.equal(part.headers['content-length'], String(last - first + 1))
      assert.ok(part.body.equals(BYTES.subarray(first, last + 1)), range)
      assert.equal(part.headers.etag, etag)
    }
    for (const headers of [
      { range: 'bytes=0-1,5-6' },
      { range: 'bytes=0-1', 'if-range': '"other"' },
      { range: 'bytes=999999-', 'if-range': '"other"' },
    ]) {
      const whole = await ask(headers)
      assert.deepEqual([whole.status, whole.body.length], [200, 200_000])
    }
    const beyond = await ask({ range: 'bytes=200000-' })
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */200000'])
    const failed = await ask({ range: 'bytes=200000-', 'if-match': '"other"' })
    assert.equal(failed.status, 412)
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': etag, range: 'bytes=0-1' },
      { 'if-modified-since': modified, range: 'bytes=999999-' },
    ]) {
      const known = await ask(headers)
      assert.deepEqual([known.status, known.body.length, known.headers.etag], [304, 0, etag])
      assert.equal(known.headers['content-disposition'], undefined)
    }
  })

  test('is held back by a slow reader: what nobody takes is not read (fault 24)', async () => {
    await using fixture = await startFixture(gallery)
    const size = 64 * 2 ** 20
    const { body } = await (
      await fetch(new URL('/v1/vault', fixture.url), {
        method: 'PUT',
        headers: { authorization: `Bearer ${fixture.key}`, 'content-type': 'application/x-large' },
        body: new Uint8Array(size),
      })
    )
      .json()
      .then(file => ({ body: file as { id: string; size: number } }))
    assert.equal(body.size, size)
    const url = new URL(`/v1/files/${body.id}/content`, fixture.url)
    const before = process.memoryUsage().rss
    const slow = await Promise.all(
      Array.from({ length: 10 }, () => fetch(url, { headers: { authorization: `Bearer ${fixture.key}` } })),
    )
    await new Promise(resolve => setTimeout(resolve, 500))
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < 100 * 2 ** 20, `${grown} bytes for ten readers of 64 MiB that do not read`)
    await Promise.all(slow.map(async answer => await answer.body?.cancel()))
    assert.equal((await fixture.send('DELETE', `/v1/files/${body.id}`)).status, 204)
    assert.deepEqual(fixture.faults, [])
  })
})

test('files go both ways through the fetch runtime too, and an upload that breaks off leaves nothing', async () => {
  await using fixture = await startFixture(gallery)
  const handle = fetchHandler(fixture.serving.app)
  const call = (
    method: string,
    path: string,
    body?: FormData | ReadableStream,
    headers: Record<string, string> = {},
  ) =>
    handle(
      new Request(`https://api.example.com${path}`, {
        method,
        headers: { authorization: `Bearer ${fixture.key}`, ...headers },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      }),
    )
  const form = new FormData()
  form.append('file', new File([BYTES], 'a.bin'))
  const { id } = (await (await call('PUT', '/v1/vault', form)).json()) as { id: string }
  const part = await call('GET', `/v1/files/${id}/content`, undefined, { range: 'bytes=10-19' })
  assert.deepEqual([part.status, part.headers.get('content-length')], [206, '10'])
  assert.ok(Buffer.from(await part.arrayBuffer()).equals(BYTES.subarray(10, 20)))
  for (const [path, status] of [
    ['/v1/vault', 400],
    ['/v1/webhooks', 400],
  ] as const) {
    let pulls = 0
    const broken = new ReadableStream({
      pull(controller) {
        if (pulls++ < 3) controller.enqueue(new Uint8Array(1000))
        else controller.error(new Error('gone'))
      },
    })
    const type = path === '/v1/vault' ? 'application/x-a' : 'application/json'
    const answer = await call(path === '/v1/vault' ? 'PUT' : 'POST', path, broken, { 'content-type': type })
    assert.equal(answer.status, status)
  }
  assert.equal((await fixture.send('GET', '/v1/files')).body.data.length, 1)
  assert.deepEqual(fixture.faults, [])
})
