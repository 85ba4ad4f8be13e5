import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeCursor, encodeCursor } from '../../src/http/index.ts'
import { anyText } from './text.ts'

const cursorOf = (bytes: string): string => Buffer.from(bytes).toString('base64url')

test('a cursor needs no escaping in a URL and gives its keys back', () => {
  const keys = fc.array(
    fc.oneof(anyText, fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })),
    {
      maxLength: 2,
    },
  )
  fc.assert(
    fc.property(keys, values => {
      const text = encodeCursor(values)
      assert.match(text, /^[A-Za-z0-9_-]+$/)
      // JSON has one zero.
      assert.deepEqual(
        decodeCursor(text),
        values.map(value => (value === 0 ? 0 : value)),
      )
    }),
  )
})

test('what encodeCursor did not make is undefined', () => {
  assert.deepEqual(decodeCursor(cursorOf('\x01["a",1]')), ['a', 1])
  const refused = [
    ...['', 'A', '!', 'AQ', 'ä', `${cursorOf('\x01["a",1]')}=`, `${cursorOf('\x01["a",1]')}\n`],
    ...[
      cursorOf('["a",1]'),
      cursorOf('\x02["a",1]'),
      cursorOf('\x01["a"'),
      cursorOf('\x01"a"'),
      cursorOf('\x01{"0":1}'),
    ],
    ...[cursorOf('\x01[true]'), cursorOf('\x01[["a"]]'), cursorOf('\x01[1e999]')],
    Buffer.from([1, 0x5b, 0x22, 0xff, 0x22, 0x5d]).toString('base64url'),
  ]
  for (const text of refused) assert.equal(decodeCursor(text), undefined, JSON.stringify(text))
})

test('a cursor has at most 8,192 characters, in both directions', () => {
  const fits = 'a'.repeat(6139)
  assert.equal(encodeCursor([fits]).length, 8192)
  assert.deepEqual(decodeCursor(encodeCursor([fits])), [fits])
  assert.throws(() => encodeCursor([`${fits}a`]), RangeError)
  assert.equal(decodeCursor(cursorOf(`\x01["${fits}a"]`)), undefined)
})

test('a number that JSON cannot write makes no cursor', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => encodeCursor([value]), RangeError)
})

test('no text makes decoding throw', () => {
  const text = fc.oneof(
    anyText,
    fc.string().map(json => cursorOf(`\x01${json}`)),
  )
  fc.assert(
    fc.property(text, value => {
      const keys = decodeCursor(value)
      assert.ok(keys === undefined || Array.isArray(keys))
    }),
  )
})
