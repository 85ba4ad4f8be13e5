import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { linkValue, nextLink } from '../../src/http/index.ts'
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

test('the next link keeps the query and puts in the cursor, once', () => {
  const next = (query: string): string => nextLink('/v1/articles', query, 'AVs').href
  assert.equal(next(''), '/v1/articles?cursor=AVs')
  assert.equal(next('limit=5&tags=a&tags=b'), '/v1/articles?limit=5&tags=a&tags=b&cursor=AVs')
  assert.equal(next('cursor=x&limit=5&%63ursor=y'), '/v1/articles?cursor=AVs&limit=5')
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
