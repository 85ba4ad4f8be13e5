import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { linkValue, pageLinks } from '../../src/http/index.ts'
import { anyText } from './text.ts'

test('links are written as RFC 8288 §3.5 shows them', () => {
  assert.equal(linkValue([]), '')
  assert.equal(
    linkValue([
      { href: 'http://example.com/TheBook/chapter2', rel: 'previous' },
      { href: '/docs?a=%20', rel: 'help' },
    ]),
    '<http://example.com/TheBook/chapter2>; rel="previous", </docs?a=%20>; rel="help"',
  )
})

test('links between pages keep the query and put in the cursor, once; the first page has none', () => {
  const links = (query: string): string[] =>
    pageLinks('/v1/articles', query, { next: 'AVs', prev: 'AVp' }).map(({ rel, href }) => `${rel} ${href}`)
  assert.deepEqual(links(''), [
    'next /v1/articles?cursor=AVs',
    'prev /v1/articles?cursor=AVp',
    'first /v1/articles',
  ])
  assert.deepEqual(links('limit=5&tags=a&tags=b'), [
    'next /v1/articles?limit=5&tags=a&tags=b&cursor=AVs',
    'prev /v1/articles?limit=5&tags=a&tags=b&cursor=AVp',
    'first /v1/articles?limit=5&tags=a&tags=b',
  ])
  assert.equal(links('cursor=x&limit=5&%63ursor=y')[0], 'next /v1/articles?cursor=AVs&limit=5')
  assert.equal(links('cursor=x')[2], 'first /v1/articles')
})

test('a page that is the whole list has no links', () => {
  assert.deepEqual(pageLinks('/v1/articles', 'limit=5', { next: null }), [])
})

test('no reference can leave its angle brackets or its line', () => {
  assert.equal(
    linkValue([{ href: '/a>b\r\n"ä\ud800', rel: 'next' }]),
    '</a%3Eb%0D%0A%22%C3%A4%EF%BF%BD>; rel="next"',
  )
  fc.assert(
    fc.property(anyText, href => {
      assert.match(linkValue([{ href, rel: 'next' }]), /^<[!-~]*>; rel="next"$/)
      assert.equal(linkValue([{ href, rel: 'next' }]).split(/[<>]/).length, 3)
    }),
  )
})
