import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { createPortalFiles } from '../../src/app/portal-files.ts'
import { systemRandom } from '../../src/base/index.ts'
import { startFixture } from './any-store.ts'
import { library } from './library.ts'

const INDEX = `<!doctype html><script nonce="__NONCE__" src="/portal/assets/index-1.js"></script><style nonce="__NONCE__"></style>`

/** A folder as the build leaves it. `url` ends in a slash. */
async function builtFolder() {
  const path = await mkdtemp(join(tmpdir(), 'portal-'))
  await mkdir(join(path, 'assets', 'inner.js'), { recursive: true })
  await writeFile(join(path, 'index.html'), INDEX)
  await writeFile(join(path, 'assets', 'index-1.js'), 'start()'.repeat(100))
  await writeFile(join(path, 'assets', 'index-2.css'), 'a{}')
  await writeFile(join(path, 'assets', 'notes'), '?')
  await symlink('/etc/passwd', join(path, 'assets', 'passwd.js'))
  return {
    path,
    url: pathToFileURL(`${path}/`),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  }
}

test('the page runs and shows only what carries a nonce made for this answer, is never stored and never framed', async () => {
  await using folder = await builtFolder()
  const files = createPortalFiles(systemRandom, [folder.url])
  const nonces = new Set<string>()
  for (let n = 0; n < 3; n++) {
    const { status, headers, body } = await files.page()
    assert.equal(status, 200)
    const fields = Object.fromEntries(headers)
    const policy = fields['content-security-policy'] ?? ''
    const nonce = /'nonce-([\w-]{22})'/.exec(policy)?.[1] ?? ''
    nonces.add(nonce)
    assert.deepEqual(policy.split('; '), [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
    assert.equal(body, INDEX.replaceAll('__NONCE__', nonce))
    assert.equal(fields['content-type'], 'text/html; charset=utf-8')
    assert.equal(fields['cache-control'], 'no-store')
    assert.equal(fields['x-content-type-options'], 'nosniff')
    assert.equal(fields['referrer-policy'], 'no-referrer')
    assert.equal(fields['cross-origin-opener-policy'], 'same-origin')
    assert.match(fields['permissions-policy'] ?? '', /camera=\(\)/)
  }
  assert.equal(nonces.size, 3)
})

test('an asset has its type, and is compressed without loss', async () => {
  await using folder = await builtFolder()
  const { asset } = createPortalFiles(systemRandom, [folder.url])
  const script = await asset('index-1.js')
  assert.equal(script?.type, 'text/javascript; charset=utf-8')
  assert.ok(script.gzip.length < script.body.length / 5)
  assert.deepEqual(gunzipSync(script.gzip), script.body)
  assert.equal((await asset('index-2.css'))?.type, 'text/css; charset=utf-8')
  assert.equal((await asset('notes'))?.type, 'application/octet-stream')
})

test('nothing is an asset but the files of the folder, by their very names', async () => {
  await using folder = await builtFolder()
  const { asset } = createPortalFiles(systemRandom, [folder.url])
  const names = [
    '',
    '.',
    '..',
    '../index.html',
    'inner.js',
    'inner.js/',
    'passwd.js',
    'INDEX-1.JS',
    './index-1.js',
    'index-1.js/',
    'index-1%2ejs',
    'index-1.js\0',
    'index-1.js%00',
    '__proto__',
    'constructor',
    join(folder.path, 'index.html'),
  ]
  for (const name of names) assert.equal(await asset(name), undefined, name)
})

test('where the portal is not built it says what builds it, and is there once it is', async () => {
  await using folder = await builtFolder()
  const away = `${folder.path}-away`
  await rename(folder.path, away)
  const files = createPortalFiles(systemRandom, [folder.url])
  const missing = await files.page()
  assert.equal(missing.status, 503)
  assert.match(missing.body as string, /`npm run build`/)
  assert.equal(await files.asset('index-1.js'), undefined)

  // Half built: the page is there before what it loads.
  await mkdir(folder.path)
  await writeFile(join(folder.path, 'index.html'), INDEX)
  await assert.rejects(files.page(), /ENOENT/)
  await rm(folder.path, { recursive: true })
  await rename(away, folder.path)
  assert.equal((await files.page()).status, 200)
})

/** A request line with these very bytes. */
async function rawStatus(url: string, target: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  return (await text(socket)).slice(9, 12)
}

test('dots, encodings and NULs below /docs and /portal lead nowhere (fault 35)', async () => {
  await using fixture = await startFixture(library, { work: false })
  for (const base of ['/portal', '/portal/assets', '/docs', '/docs/assets']) {
    const tricks = [
      '..',
      '../',
      '../index.html',
      '../../package.json',
      '%2e%2e/package.json',
      '..%2fpackage.json',
      '..%2f..%2f..%2fetc%2fpasswd',
      '%252e%252e%252fetc/passwd',
      '..%5c..%5cpackage.json',
      '..\\package.json',
      '....//package.json',
      '.%00/',
      'index.html%00.js',
      '%c0%ae%c0%ae/etc/passwd',
      '%ff',
      '.git/config',
      '/etc/passwd',
    ]
    for (const trick of tricks) {
      assert.deepEqual([base, trick, await rawStatus(fixture.url, `${base}/${trick}`)], [base, trick, '404'])
    }
    assert.equal(await rawStatus(fixture.url, `${base}/\0`), '400')
  }
  assert.deepEqual(fixture.faults, [])
})
