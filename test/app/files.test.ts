import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Fixture, startFixture } from './fixture.ts'
import { gallery, MAX_IMAGE } from './gallery.ts'
import { askRaw } from './raw.ts'

const png = (size = 100, name = 'p.png'): File => new File([randomBytes(size)], name, { type: 'image/png' })

type Entries = readonly (readonly [name: string, value: string | File])[]

function form(...entries: Entries): FormData {
  const data = new FormData()
  for (const [name, value] of entries) data.append(name, value)
  return data
}

const picture = (image: File = png(), caption = 'Night'): FormData =>
  form(['caption', caption], ['image', image])

const inSink = ({ files }: Fixture): Promise<string[]> => readdir(files)
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** An upload written by hand. */
async function sendRaw(
  { url, key }: Fixture,
  body: string | Buffer,
  headers: Record<string, string> = {},
  path = '/v1/pictures',
) {
  const answer = await fetch(new URL(path, url), {
    method: path === '/v1/pictures' ? 'POST' : 'PUT',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'multipart/form-data; boundary=b',
      ...headers,
    },
    body,
  })
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  return { status: answer.status, body: (await answer.json()) as any, headers: answer.headers }
}

const part = (disposition: string, text: string, more = ''): string =>
  `--b\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${text}\r\n`
const CAPTION = part('name="caption"', 'Night')
const imagePart = (filename: string): string =>
  part(`name="image"; filename="${filename}"`, 'x', 'Content-Type: image/png\r\n')

describe('an upload', () => {
  test('is read as fields and files; the file commits with what the handler makes of it', async () => {
    await using fixture = await startFixture(gallery)
    const image = png(70_000, 'night ferry.png')
    const sent = form(
      ['caption', 'Night'],
      ['tags[]', 'a'],
      ['tags[]', 'b'],
      ['image', image],
      ['sketch', new File(['s'], 's.txt')],
    )
    const { status, body } = await fixture.send('POST', '/v1/pictures', sent)
    const bytes = Buffer.from(await image.arrayBuffer())
    assert.equal(status, 201, JSON.stringify(body))
    assert.deepEqual(body.tags, ['a', 'b'])
    assert.equal(body.sketch, 's.txt, 1 bytes')
    assert.deepEqual(body.image, {
      id: body.image.id,
      name: 'night ferry.png',
      type: 'image/png',
      size: 70_000,
      sha256: sha256(bytes),
    })
    const { body: row } = await fixture.send('GET', `/v1/files/${body.image.id}`)
    assert.equal(row.sha256, sha256(bytes))
    assert.equal((await inSink(fixture)).length, 2)
    assert.equal((await stat(join(fixture.files, body.image.id))).mode & 0o777, 0o600)
    const xml = await fixture.send('GET', `/v1/files/${body.image.id}`, undefined, {
      accept: 'application/xml',
    })
    assert.match(xml.body, /^<\?xml[^>]*\?>\s*<file>.*<size>70000<\/size>/s)
  })

  test('of one file alone may be the body, under its own media type', async () => {
    await using fixture = await startFixture(gallery)
    const { status, body } = await sendRaw(
      fixture,
      'hello',
      { 'content-type': 'text/x-note; charset=utf-8' },
      '/v1/vault',
    )
    assert.deepEqual([status, body.type, body.size, body.name], [200, 'text/x-note', 5, 'file'])
    assert.equal((await sendRaw(fixture, 'hello', { 'content-type': 'image/png' })).status, 415)
  })

  for (const [what, status, code, body] of [
    ['without a file that is needed', 422, 'invalid-input', form(['caption', 'x'])],
    [
      'with two files under one name',
      422,
      'invalid-input',
      form(['caption', 'x'], ['image', png()], ['image', png()]),
    ],
    [
      'with a file where none is declared',
      422,
      'invalid-input',
      form(['caption', 'x'], ['image', png()], ['other', png()]),
    ],
    [
      'with a file of a type that is not taken',
      422,
      'invalid-input',
      form(['caption', 'x'], ['image', new File(['<html>'], 'p.png', { type: 'text/html' })]),
    ],
    ['with a field that does not fit', 422, 'invalid-input', form(['image', png()], ['caption', ''])],
    [
      'with a file that is too large',
      413,
      'body-too-large',
      form(['caption', 'x'], ['image', png(MAX_IMAGE + 1)]),
    ],
    [
      'with a second file that is too large',
      413,
      'body-too-large',
      form(['caption', 'x'], ['image', png()], ['sketch', png(1001)]),
    ],
    [
      'with fields that are too long together',
      413,
      'body-too-large',
      form(['image', png()], ['caption', 'x'.repeat(2 ** 20)], ['tags', 'y']),
    ],
    ['that the handler refuses', 409, 'no-wall', picture(png(), 'no wall')],
    ['on which the handler fails', 500, 'internal-error', picture(png(), 'broken')],
  ] as const) {
    test(`${what} is a ${status}, and leaves nothing`, async () => {
      await using fixture = await startFixture(gallery)
      const answer = await fixture.send('POST', '/v1/pictures', body)
      assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body))
      if (status === 422) assert.match(answer.body.errors[0].pointer, /^#\/(image|other|caption)$/)
      if (status === 413 && !what.includes('fields'))
        assert.match(answer.body.detail, /file '(image|sketch)'/)
      assert.deepEqual(await inSink(fixture), [])
      assert.deepEqual((await fixture.send('GET', '/v1/files')).body.data, [])
    })
  }

  test('has at most 100 fields, and is not read further (fault 30)', async () => {
    await using fixture = await startFixture(gallery)
    const fields = (count: number) => part('name="tags[]"', 'x').repeat(count)
    const good = await sendRaw(fixture, `${CAPTION}${fields(99)}${imagePart('p.png')}--b--\r\n`)
    assert.equal(good.status, 201)
    const started = performance.now()
    const many = await askRaw(new URL('/v1/pictures', fixture.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${fixture.key}`, 'content-type': 'multipart/form-data; boundary=b' },
      body: `${fields(40_000)}--b--\r\n`,
    })
    assert.equal(many.status, 413)
    assert.ok(performance.now() - started < 2_000)
  })

  for (const [what, body] of [
    ['without its last boundary', `${CAPTION}${imagePart('p.png')}`],
    ['that ends within a header', `${CAPTION}--b\r\nContent-Disp`],
    ['with a part without a name', `${CAPTION}${part('', 'x')}--b--`],
    ['with a part without a disposition', `${CAPTION}--b\r\n\r\nx\r\n--b--`],
    [
      'with a header section of 9 KiB',
      `${part('name="caption"', 'x', `X-Long: ${'x'.repeat(9_000)}\r\n`)}--b--`,
    ],
    ['with a NUL in a file name', `${CAPTION}${imagePart('a\0b.png')}--b--`],
    ['with a lone LF in a header', `${part('name="caption"', 'x', 'X-A: a\nX-B: b\r\n')}--b--`],
    [
      'with two dispositions',
      `${part('name="caption"', 'x', 'Content-Disposition: form-data; name=image\r\n')}--b--`,
    ],
    ['with text behind a boundary', '--b and more\r\n'],
    ['of nothing', ''],
  ] as const) {
    test(`${what} is a 400, and leaves nothing`, async () => {
      await using fixture = await startFixture(gallery)
      const answer = await sendRaw(fixture, body)
      assert.deepEqual(
        [answer.status, answer.body.code],
        [400, 'malformed-body'],
        JSON.stringify(answer.body),
      )
      assert.deepEqual(await inSink(fixture), [])
    })
  }

  test('without a boundary, or packed, is refused with what would be taken', async () => {
    await using fixture = await startFixture(gallery)
    assert.equal((await sendRaw(fixture, '', { 'content-type': 'multipart/form-data' })).status, 400)
    const packed = await sendRaw(fixture, '', { 'content-encoding': 'gzip' })
    assert.deepEqual([packed.status, packed.headers.get('accept-encoding')], [415, 'identity'])
    const json = await sendRaw(fixture, '{}', { 'content-type': 'application/json' })
    assert.deepEqual([json.status, json.headers.get('accept')], [415, 'multipart/form-data'])
  })

  test('keeps of a file name what is harmless', async () => {
    await using fixture = await startFixture(gallery)
    for (const [given, kept] of [
      ['../../etc/passwd', 'passwd'],
      ['C:\\temp\\a.png', 'a.png'],
      ['\u202egnp.exe', 'gnp.exe'],
      ['..', 'image'],
      ['.htaccess', 'htaccess'],
      ['a%22b.png', 'a"b.png'],
      [`${'x'.repeat(3000)}.png`, `${'x'.repeat(116)}.png`],
      ['naïve ☃.png', 'naïve ☃.png'],
    ] as const) {
      const { body } = await sendRaw(fixture, `${CAPTION}${imagePart(given)}--b--`)
      assert.equal(body.image?.name, kept, JSON.stringify(body))
      const shown = await askRaw(new URL(`/v1/pictures/${body.id}/image`, fixture.url), {
        headers: { authorization: `Bearer ${fixture.key}` },
      })
      assert.match(
        shown.headers['content-disposition'] ?? '',
        /^attachment; filename="[ !#-~]+"(; filename\*=UTF-8''[\w%.!#$&+^`|~-]+)?$/,
      )
    }
  })

  test('in which a browser says that no file was chosen has none', async () => {
    await using fixture = await startFixture(gallery)
    const empty = part('name="sketch"; filename=""', '', 'Content-Type: application/octet-stream\r\n')
    const { status, body } = await sendRaw(fixture, `${CAPTION}${imagePart('p.png')}${empty}--b--`)
    assert.deepEqual([status, 'sketch' in body], [201, false])
    assert.equal((await inSink(fixture)).length, 1)
  })

  test('whose digest is another than the request tells is refused (RFC 9530)', async () => {
    await using fixture = await startFixture(gallery)
    const body = 'some bytes'
    const digest = (algorithm: string, of = body) => createHash(algorithm).update(of).digest('base64')
    const send = (headers: Record<string, string>) =>
      sendRaw(fixture, body, { 'content-type': 'application/x-a', ...headers }, '/v1/vault')
    for (const headers of [
      { 'content-digest': `sha-256=:${digest('sha256')}:` },
      { 'repr-digest': `unknown=:AAAA:, sha-512=:${digest('sha512')}:` },
      { 'content-md5': digest('md5') },
    ]) {
      assert.equal((await send(headers)).status, 200)
    }
    const kept = (await inSink(fixture)).length
    for (const headers of [
      { 'content-digest': `sha-256=:${digest('sha256', 'other')}:` },
      { 'repr-digest': `sha-256=:${digest('sha256')}:, sha-512=:${digest('sha512', 'other')}:` },
      { 'content-md5': digest('md5', 'other') },
    ]) {
      const refused = await send(headers)
      assert.deepEqual([refused.status, refused.body.code], [400, 'digest-mismatch'])
    }
    assert.equal((await inSink(fixture)).length, kept)
  })
})

describe('an upload under an Idempotency-Key', () => {
  test('has one effect, whatever boundary it is sent with, and stores its file once', async () => {
    await using fixture = await startFixture(gallery)
    const image = png()
    const key = { 'idempotency-key': 'once' }
    const first = await fixture.send('POST', '/v1/pictures', picture(image), key)
    const again = await fixture.send('POST', '/v1/pictures', picture(image), key)
    assert.deepEqual([first.status, again.status], [201, 201])
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    assert.deepEqual(again.body, first.body)
    assert.equal((await inSink(fixture)).length, 1)
    const other = await fixture.send('POST', '/v1/pictures', picture(png()), key)
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency-key-reused'])
    assert.equal((await inSink(fixture)).length, 1)
    const refusedKey = { 'idempotency-key': 'refused' }
    for (let i = 0; i < 2; i++) {
      const refused = await fixture.send('POST', '/v1/pictures', picture(image, 'no wall'), refusedKey)
      assert.equal(refused.status, 409)
    }
    assert.equal((await inSink(fixture)).length, 1)
  })
})

describe('a file', () => {
  test('of another account is a 404 of the same body as one that never was', async () => {
    await using fixture = await startFixture(gallery)
    const { body } = await fixture.send('POST', '/v1/pictures', picture())
    const other = await fixture.another()
    const bare = async (path: string) => {
      const answer = await other('GET', path)
      return [answer.status, { ...answer.body, request_id: '' }]
    }
    for (const suffix of ['', '/content']) {
      assert.deepEqual(
        await bare(`/v1/files/${body.image.id}${suffix}`),
        await bare(`/v1/files/fil_0${suffix}`),
      )
    }
    assert.equal((await other('DELETE', `/v1/files/${body.image.id}`)).status, 404)
    assert.equal((await fixture.send('GET', `/v1/files/${body.image.id}/content`)).status, 200)
    // Only where the definition says so is the handler alone in between.
    assert.equal((await fetch(new URL(`/v1/public/${body.image.id}`, fixture.url))).status, 200)
    assert.equal((await fetch(new URL('/v1/public/fil_0', fixture.url))).status, 404)
  })

  test('that is deleted is gone at once, and its bytes soon after', async () => {
    await using fixture = await startFixture(gallery)
    const one = await fixture.send('POST', '/v1/pictures', picture())
    const two = await fixture.send('POST', '/v1/pictures', picture())
    assert.equal((await fixture.send('DELETE', `/v1/pictures/${one.body.id}`)).status, 204)
    assert.equal((await fixture.send('DELETE', `/v1/files/${two.body.image.id}`)).status, 204)
    assert.equal((await fixture.send('GET', `/v1/pictures/${two.body.id}/image`)).status, 404)
    while ((await inSink(fixture)).length > 0) await new Promise(resolve => setTimeout(resolve, 50))
  })
})
