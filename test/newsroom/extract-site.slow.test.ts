import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleArticles, samplePage } from '../../examples/newsroom/site/index.ts'

const ORIGIN = 'http://localhost:8080'

test('every local address on the sample pages leads to a sample page', () => {
  for (const path of ['/sample/', '/sample/feed.rss', '/sample/feed.atom', ...sampleArticles]) {
    const body = samplePage(path, ORIGIN)?.body ?? assert.fail(path)
    const base = /xml:base="([^"]+)"/.exec(body)?.[1] ?? path
    const addresses = [...body.matchAll(/(?:href=["']?|<link>)([^"'<>\s]+)/gi)].map(match => match[1] ?? '')
    assert.ok(addresses.length > 2, path)
    for (const address of addresses) {
      const target = new URL(address, new URL(base, ORIGIN))
      assert.equal(target.origin, ORIGIN)
      assert.ok(samplePage(target.pathname, ORIGIN), `${address} on ${path}`)
    }
  }
})

test('a page says what it is, and carries the origin that it is served at', () => {
  assert.equal(samplePage('/sample/feed.rss', ORIGIN)?.type, 'application/rss+xml; charset=utf-8')
  const feed = samplePage('/sample/feed.rss', 'https://news.example/some/path')?.body ?? ''
  assert.match(feed, /<link>https:\/\/news\.example\/sample\/observatory<\/link>/)
  assert.doesNotMatch(feed, /\{\{|some\/path/)
  for (const origin of ['"><script>', 'http://[', '']) {
    assert.equal(samplePage('/sample/feed.rss', origin), undefined)
  }
})

test('no path leads out of the sample site', () => {
  for (const path of [
    '',
    '/',
    '/sample',
    '/sample/index.ts',
    '/sample/../index.ts',
    '/sample/%2e%2e/index.ts',
    '/sample/..%2findex.ts',
    '/sample/../../../package.json',
    '/sample//etc/passwd',
    '/sample/night-ferry.html',
    '/sample/night-ferry\0',
    '/sample/./night-ferry',
    '\\sample\\night-ferry',
    '__proto__',
    'constructor',
    '/sample/pages/night-ferry.html',
  ]) {
    assert.equal(samplePage(path, ORIGIN), undefined, path)
  }
})
