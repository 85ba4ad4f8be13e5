import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { buildPortal } from '../../scripts/portal.ts'
import { startFixture } from './any-store.ts'
import { library } from './library.ts'

test('the portal as it is built is served at each of its paths, and asks only for files that are there to stay', async () => {
  await buildPortal()
  await using fixture = await startFixture(library, { work: false })
  const get = (path: string, encoding = 'identity') =>
    fetch(new URL(path, fixture.url), { headers: { 'accept-encoding': encoding } })
  for (const path of ['/portal', '/portal/', '/portal/webhooks', '/portal/webhooks/whk_1/deliveries']) {
    const page = await get(path)
    const nonce = /script-src 'nonce-([\w-]+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1]
    const html = await page.text()
    assert.equal(page.status, 200)
    const loaders = [...html.matchAll(/<(?:script|style|link rel="stylesheet")[^>]*>/g)].map(([tag]) => tag)
    assert.ok(loaders.length > 0)
    for (const tag of loaders) assert.ok(tag.includes(`nonce="${nonce}"`), tag)
    assert.doesNotMatch(html, /__NONCE__|<style|\sstyle=|\son[a-z]+=/)
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '')
    const files = named.filter(address => !address.startsWith('data:'))
    assert.ok(files.length > 1)
    for (const file of files) {
      const plain = await get(file)
      assert.equal(plain.status, 200, file)
      assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable')
      assert.equal(plain.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(plain.headers.get('vary'), 'accept-encoding')
    }
  }
  const [script = ''] = /\/portal\/assets\/[\w.-]+\.js/.exec(await (await get('/portal')).text()) ?? []
  const packed = await fixture.serving.app.answer({
    method: 'GET',
    target: script,
    header: name => (name === 'accept-encoding' ? 'br, gzip' : undefined),
    body: () => Promise.resolve(new Uint8Array()),
    stream: () => assert.fail('nobody asks for it'),
    signal: AbortSignal.abort(),
  })
  assert.ok(packed.headers.some(([name, value]) => name === 'content-encoding' && value === 'gzip'))
  assert.equal(gunzipSync(packed.body as Uint8Array).toString(), await (await get(script)).text())
})
