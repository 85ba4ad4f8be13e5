import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { problems } from '../../src/http/index.ts'
import { problemsPage, referenceAsset, referencePage } from '../../src/openapi/index.ts'
import { newsroom } from './rich-api.ts'

const NAUGHTY = `"><script>alert('1')</script>&`

/** The Content-Security-Policy by directive. */
const policyOf = (headers: { readonly [name: string]: string }): Record<string, string> =>
  Object.fromEntries(
    (headers['content-security-policy'] ?? '').split('; ').map(directive => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources.join(' ')]
    }),
  )

describe('the reference page', () => {
  const page = referencePage({ title: NAUGHTY, documentUrl: `/openapi.json?${NAUGHTY}` })

  test('loads from its own origin only, evaluates nothing and cannot be framed', () => {
    assert.deepEqual(policyOf(page.headers), {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    })
    assert.equal(page.headers['x-content-type-options'], 'nosniff')
    assert.doesNotMatch(page.html, /https?:/)
  })

  test('shows titles and addresses as text', () => {
    assert.equal(page.html.match(/<script/g)?.length, 2)
    assert.ok(page.html.includes('<title>&#34;&#62;&#60;script&#62;'))
    assert.ok(page.html.includes('data-document="/openapi.json?&#34;&#62;&#60;script&#62;'))
  })

  test('asks only for assets that there are', async () => {
    const names = [...page.html.matchAll(/src="\/docs\/assets\/([^"]+)"/g)].map(match => match[1] ?? '')
    assert.equal(names.length, 2)
    for (const name of names) {
      const asset = await referenceAsset(name)
      assert.equal(asset?.type, 'text/javascript; charset=utf-8')
      assert.deepEqual(gunzipSync(asset.gzip), asset.body)
    }
  })

  test('has no other assets, however they are asked for', async () => {
    for (const name of ['', 'page.ts', '../page.ts', 'SCALAR.JS', 'scalar.js.map', '__proto__']) {
      assert.equal(await referenceAsset(name), undefined, name)
    }
  })
})

describe('the page of problems', () => {
  const page = problemsPage({ title: NAUGHTY, routes: newsroom.routes })
  const ids = [...page.html.matchAll(/ id="([^"]+)"/g)].map(match => match[1] ?? '')

  test('explains every problem of the house and of the endpoints, each once at its code', () => {
    const declared = ['no-such-article', 'already-featured', 'not-empty']
    assert.deepEqual(ids.toSorted(), [...Object.keys(problems), ...declared].toSorted())
    assert.ok(page.html.includes(problems['invalid-input'].mend))
    assert.ok(page.html.includes('<code>POST /v1/articles/{id}/feature</code>'))
  })

  test('loads nothing and allows no style but its own', () => {
    const style = /<style>(.*)<\/style>/s.exec(page.html)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    assert.deepEqual(policyOf(page.headers), {
      'default-src': "'none'",
      'style-src': `'sha256-${hash}'`,
      'img-src': 'data:',
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    })
  })

  test('shows the title as text', () => {
    assert.equal(page.html.includes('<script'), false)
  })
})
