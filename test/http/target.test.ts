import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeSegment, splitTarget } from '../../src/http/index.ts'
import { anyText } from './text.ts'

test('origin-form is split at its first question mark (RFC 9112 §3.2.1)', () => {
  const authority = undefined
  assert.deepEqual(splitTarget('/where?q=now'), { path: '/where', query: 'q=now', authority })
  assert.deepEqual(splitTarget('/'), { path: '/', query: '', authority })
  assert.deepEqual(splitTarget('/a?'), { path: '/a', query: '', authority })
  assert.deepEqual(splitTarget('/a?b=?&c=/d'), { path: '/a', query: 'b=?&c=/d', authority })
  assert.deepEqual(splitTarget('//a//?b'), { path: '//a//', query: 'b', authority })
  assert.deepEqual(splitTarget('/%2e/%zz?%'), { path: '/%2e/%zz', query: '%', authority })
})

test('absolute-form is reduced to its path, and tells its authority (RFC 9112 §3.2.2)', () => {
  assert.deepEqual(splitTarget('http://www.example.org/pub/WWW/TheProject.html'), {
    path: '/pub/WWW/TheProject.html',
    query: '',
    authority: 'www.example.org',
  })
  assert.deepEqual(splitTarget('HTTPS://[::1]:8443?a=/b'), {
    path: '/',
    query: 'a=/b',
    authority: '[::1]:8443',
  })
  assert.deepEqual(splitTarget('http://a'), { path: '/', query: '', authority: 'a' })
})

test('every other target is refused', () => {
  const refused = [
    ...[
      '',
      '*',
      'a',
      'www.example.com:80',
      '?a',
      'http:',
      'http:/a',
      'http://',
      'http:///a',
      'http://?a',
      'ftp://a/b',
    ],
    ...['/a#b', '/#', '/a?b#c', 'http://a#b', '/a b', '/a\tb', '/a\0', '/a\x7f', '/ä', '/a?ä', '/a?\n'],
  ]
  for (const target of refused) assert.equal(splitTarget(target), undefined, JSON.stringify(target))
})

/** Undefined where one of them is refused. */
const decodeSegments = (path: string): readonly (string | undefined)[] | undefined => {
  const segments = path.slice(1).split('/').map(decodeSegment)
  return segments.includes(undefined) ? undefined : segments
}

test('segments are decoded after they are split', () => {
  const table: readonly [string, readonly string[]][] = [
    ['/', ['']],
    ['/a', ['a']],
    ['/a/', ['a', '']],
    ['//a', ['', 'a']],
    ['/a/b%2Fc', ['a', 'b/c']],
    ['/a%20b/%C3%A4', ['a b', 'ä']],
    ['/a+b', ['a+b']],
    ['/%252e', ['%2e']],
    ['/.../.a/a.', ['...', '.a', 'a.']],
    ['/%2F..%2F', ['/../']],
  ]
  for (const [path, segments] of table) assert.deepEqual(decodeSegments(path), segments, path)
})

test('dot segments, NUL, invalid UTF-8 and broken escapes are refused, however they are spelt', () => {
  const refused = [
    ...['/.', '/..', '/a/../b', '/a/./b', '/%2e', '/%2E%2e', '/.%2e/a', '/%2e./a', '/a/..'],
    ...['/%00', '/a%00b', '/\0', '/%', '/%a', '/%zz', '/a%', '/%ff', '/%c0%ae', '/%ed%a0%80', '/%e4'],
  ]
  for (const path of refused) assert.equal(decodeSegments(path), undefined, path)
})

test('any segments that are not dots come back', () => {
  const segment = fc
    .string({ unit: 'grapheme' })
    .filter(text => text !== '.' && text !== '..' && !text.includes('\0'))
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), segments => {
      assert.deepEqual(decodeSegments(`/${segments.map(encodeURIComponent).join('/')}`), segments)
    }),
  )
})

test('no target makes it throw, and every path that comes out can be decoded or is refused', () => {
  const pieces = fc.constantFrom('/', '?', '#', '.', '%', '2e', '%2E', 'a', 'http://', '@', ':', '\0', 'ä')
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: pieces })), text => {
      for (const target of [text, `/${text}`]) {
        const split = splitTarget(target)
        if (split === undefined) continue
        assert.ok(split.path.startsWith('/') && target.endsWith(split.query))
        const segments = decodeSegments(split.path) ?? []
        assert.ok(!segments.some(segment => segment === '.' || segment === '..'))
      }
    }),
  )
})
