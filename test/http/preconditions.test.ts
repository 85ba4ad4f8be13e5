import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseEntityTags } from '../../src/http/entity-tag.ts'
import { parseHttpDate } from '../../src/http/http-date.ts'
import { codedTag, etagOf, evaluate, httpDate, tagger, type Validators } from '../../src/http/index.ts'
import { threadMs } from '../thread-ms.ts'
import { anyText } from './text.ts'

const at = Date.UTC(1994, 10, 6, 8, 49, 37)
const current: Validators = { tags: ['"a"', '"b,c"'], modified: at + 500 }
const undated: Validators = { tags: ['"a"'], modified: undefined }

test('a strong tag differs by bytes, media type and coding', () => {
  const tags = [
    etagOf('application/json', '{}'),
    etagOf('application/json', '[]'),
    etagOf('application/xml', '<a/>'),
    etagOf('text/xml', '<a/>'),
  ]
  const all = [...tags, ...tags.map(tag => codedTag(tag, 'gzip')), ...tags.map(tag => codedTag(tag, 'br'))]
  assert.equal(new Set(all).size, all.length)
  for (const tag of all) assert.match(tag, /^"[\x21\x23-\x7e]+"$/)
  assert.equal(etagOf('application/json', '{}'), etagOf('application/json', '{}'))
})

test('the tags of a place are those of its bodies, whatever came before', () => {
  const anyBody = fc.oneof(
    fc.constantFrom('', '{}', '[]', 'x'.repeat(32_768), 'x'.repeat(32_769)),
    fc.string({ maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(anyBody, { maxLength: 12 }), bodies => {
      const tagOf = tagger('application/json')
      // Each twice: the second is the one that came last.
      for (const body of bodies)
        for (const _ of [1, 2]) assert.equal(tagOf(body), etagOf('application/json', body))
    }),
  )
})

test('a list of tags is read with its weak ones, and with commas within them; what is no tag is passed over', () => {
  assert.deepEqual(parseEntityTags('"a"'), [{ weak: false, tag: '"a"' }])
  assert.deepEqual(parseEntityTags(' W/"a" ,, "b,c",abc, "d'), [
    { weak: true, tag: '"a"' },
    { weak: false, tag: '"b,c"' },
  ])
  assert.equal(parseEntityTags(' * '), '*')
  assert.deepEqual(parseEntityTags('w/"a"'), [])
  assert.deepEqual(parseEntityTags(''), [])
})

test('If-Match compares strongly, and needs something to compare with (RFC 9110 §13.1.1)', () => {
  for (const [ifMatch, now, verdict] of [
    ['"a"', current, 'proceed'],
    ['"x", "b,c"', current, 'proceed'],
    ['*', current, 'proceed'],
    ['W/"a"', current, 'failed'],
    ['"x"', current, 'failed'],
    ['a', current, 'failed'],
    ['', current, 'failed'],
    ['*', undefined, 'failed'],
    ['"a"', undefined, 'failed'],
  ] as const) {
    assert.equal(evaluate({ ifMatch }, now, false), verdict, ifMatch)
    assert.equal(evaluate({ ifMatch }, now, true), verdict, ifMatch)
  }
})

test('If-None-Match compares weakly: 304 where it reads, 412 where it changes (RFC 9110 §13.1.2)', () => {
  for (const [ifNoneMatch, now, named] of [
    ['"a"', current, true],
    ['W/"a"', current, true],
    ['"x", W/"b,c"', current, true],
    ['*', current, true],
    ['"x"', current, false],
    ['*', undefined, false],
    ['nonsense', current, false],
  ] as const) {
    assert.equal(evaluate({ ifNoneMatch }, now, true), named ? 'not-modified' : 'proceed', ifNoneMatch)
    assert.equal(evaluate({ ifNoneMatch }, now, false), named ? 'failed' : 'proceed', ifNoneMatch)
  }
})

test('times are compared in seconds, and ignored where none is known or the field has none', () => {
  const before = httpDate(at - 1000)
  const same = httpDate(at)
  assert.equal(evaluate({ ifUnmodifiedSince: same }, current, false), 'proceed')
  assert.equal(evaluate({ ifUnmodifiedSince: before }, current, false), 'failed')
  assert.equal(evaluate({ ifModifiedSince: same }, current, true), 'not-modified')
  assert.equal(evaluate({ ifModifiedSince: before }, current, true), 'proceed')
  // Only what is read can be spared (RFC 9110 §13.1.3).
  assert.equal(evaluate({ ifModifiedSince: same }, current, false), 'proceed')
  for (const now of [undated, undefined]) {
    assert.equal(evaluate({ ifUnmodifiedSince: before }, now, false), 'proceed')
    assert.equal(evaluate({ ifModifiedSince: same }, now, true), 'proceed')
  }
  assert.equal(evaluate({ ifUnmodifiedSince: '1994-11-06' }, current, false), 'proceed')
})

test('a tag outranks a time, and what guards goes before what spares (RFC 9110 §13.2.2)', () => {
  const before = httpDate(at - 1000)
  assert.equal(evaluate({ ifMatch: '"a"', ifUnmodifiedSince: before }, current, false), 'proceed')
  assert.equal(evaluate({ ifNoneMatch: '"x"', ifModifiedSince: httpDate(at) }, current, true), 'proceed')
  assert.equal(evaluate({ ifMatch: '"x"', ifNoneMatch: '"a"' }, current, true), 'failed')
  assert.equal(evaluate({ ifMatch: '"a"', ifNoneMatch: '"a"' }, current, true), 'not-modified')
  assert.equal(evaluate({ ifUnmodifiedSince: before, ifNoneMatch: '"a"' }, current, true), 'failed')
})

test('the three forms of a date are read (RFC 9110 §5.6.7), and nothing else', () => {
  for (const form of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    assert.equal(parseHttpDate(form), at, form)
  }
  assert.equal(httpDate(at), 'Sun, 06 Nov 1994 08:49:37 GMT')
  for (const other of [
    '',
    '0',
    '784111777',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 +0200',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 99 Nov 1994 08:49:37 GMT',
    'yesterday',
  ]) {
    assert.equal(parseHttpDate(other), undefined, other)
  }
})

test('no field makes it throw, or holds where nothing is named', () => {
  fc.assert(
    fc.property(anyText, fc.boolean(), (field, isSafe) => {
      const nothing: Validators = { tags: [], modified: undefined }
      if (field.trim() === '*') return
      const all = { ifMatch: field, ifNoneMatch: field, ifModifiedSince: field, ifUnmodifiedSince: field }
      assert.equal(evaluate(all, nothing, isSafe), 'failed')
      assert.equal(evaluate({ ...all, ifMatch: undefined }, nothing, isSafe), 'proceed')
    }),
  )
})

test('a hostile list of tags is read in time that grows with its length', () => {
  for (const piece of [' , ', '"', '\t', 'W/"', ',"', '"a",']) {
    const field = piece.repeat(16_000 / piece.length)
    assert.ok(threadMs(() => parseEntityTags(field)) < 50, JSON.stringify(piece))
  }
})
