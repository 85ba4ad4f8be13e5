import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CODINGS, chooseCoding } from '../../src/http/index.ts'
import { anyText } from './text.ts'

test('who does not ask gets nothing compressed', () => {
  for (const field of [undefined, '', ' ', 'identity', 'deflate', 'nonsense', 'gzip;q=0', 'gzip;q=2']) {
    assert.deepEqual(chooseCoding(field), { coding: undefined, identity: true }, field)
  }
})

test('the highest weight wins, and among equals the best coding (RFC 9110 §12.5.3)', () => {
  for (const [field, coding] of [
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip;q=1.0, br;q=0.8, *;q=0.1', 'gzip'],
    ['zstd;q=0, *', 'br'],
    ['*', 'zstd'],
    ['gzip ; q=0.001', 'gzip'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity, gzip;q=0.5', undefined],
  ] as const) {
    assert.equal(chooseCoding(field).coding, coding, field)
    assert.equal(chooseCoding(field).identity, true, field)
  }
})

test('bytes as they are can be refused, by name or with all else', () => {
  assert.deepEqual(chooseCoding('identity;q=0, gzip'), { coding: 'gzip', identity: false })
  assert.deepEqual(chooseCoding('*;q=0, gzip'), { coding: 'gzip', identity: false })
  assert.deepEqual(chooseCoding('identity;q=0'), { coding: undefined, identity: false })
  assert.deepEqual(chooseCoding('*;q=0'), { coding: undefined, identity: false })
  assert.deepEqual(chooseCoding('identity, *;q=0'), { coding: undefined, identity: true })
})

test('no field makes it throw, or choose what it does not name', () => {
  const pieces = fc.constantFrom('gzip', 'br', 'zstd', '*', 'identity', ';q=0', ';q=0.5', ',', ' ', '"')
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: pieces })), field => {
      const { coding } = chooseCoding(field)
      assert.ok(coding === undefined || CODINGS.includes(coding))
      assert.ok(coding === undefined || field.toLowerCase().includes(coding) || field.includes('*'))
    }),
  )
})
