import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meetsIfRange, rangeOf } from '../../src/http/index.ts'

test('a range is both of its ends, an end that is left out is that of the file', () => {
  for (const [field, expected] of [
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=2-5', { first: 2, last: 5 }],
    ['BYTES=2-5 ', { first: 2, last: 5 }],
    ['bytes=7-', { first: 7, last: 9 }],
    ['bytes=0-999999999999999', { first: 0, last: 9 }],
    ['bytes=-3', { first: 7, last: 9 }],
    ['bytes=-99', { first: 0, last: 9 }],
  ] as const) {
    assert.deepEqual(rangeOf(field, 10), expected, field)
  }
})

test('a range behind the end cannot be satisfied, nor can the last 0 bytes, nor any of an empty file', () => {
  for (const field of ['bytes=10-', 'bytes=10-20', 'bytes=-0']) {
    assert.equal(rangeOf(field, 10), 'unsatisfiable', field)
  }
  for (const field of ['bytes=0-', 'bytes=-1']) assert.equal(rangeOf(field, 0), 'unsatisfiable', field)
})

test('several ranges, other units and what is malformed mean the whole (RFC 9110 §14.2)', () => {
  const wholes = [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=0-1,4-5',
    'lines=1-2',
  ]
  for (const field of [...wholes, 'bytes=1-2-3', 'bytes=0x1-2', `bytes=${'9'.repeat(400)}-`]) {
    assert.equal(rangeOf(field, 10), undefined, field)
  }
})

test('If-Range lets a range through for the very tag or date, and no other (RFC 9110 §13.1.5)', () => {
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
  for (const field of [undefined, '"a"', date, 'Sunday, 06-Nov-94 08:49:37 GMT']) {
    assert.equal(meetsIfRange(field, '"a"', date), true, field)
  }
  for (const field of ['"b"', 'W/"a"', 'a', '*', 'Sun, 06 Nov 1994 08:49:38 GMT', 'soon']) {
    assert.equal(meetsIfRange(field, '"a"', date), false, field)
  }
})
