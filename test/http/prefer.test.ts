import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrefer } from '../../src/http/index.ts'
import { threadMs } from '../thread-ms.ts'

test('preferences are read as RFC 7240 §2 writes them', () => {
  const cases: [string, boolean, number | undefined][] = [
    ['respond-async', true, undefined],
    ['respond-async, wait=10', true, 10],
    ['Wait = 5', false, 5],
    ['wait="7"', false, 7],
    ['return=minimal; foo="a, wait=3" , wait=9', false, 9],
    ['foo; bar, wait=2;x=y', false, 2],
    ['respond-async;a=b, priority=5', true, undefined],
    ['', false, undefined],
  ]
  for (const [field, respondAsync, wait] of cases)
    assert.deepEqual(parsePrefer(field), { respondAsync, wait }, field)
})

test('of two preferences with one name the first counts (RFC 7240 §2)', () => {
  assert.equal(parsePrefer('wait=1, wait=2').wait, 1)
})

test('a wait that is no number of seconds is none', () => {
  for (const field of [
    'wait',
    'wait=',
    'wait=-1',
    'wait=1.5',
    'wait=soon',
    'wait=99999999999',
    'x-wait=5',
    'await=5',
  ]) {
    assert.equal(parsePrefer(field).wait, undefined, field)
  }
})

test('a hostile field is read in linear time', () => {
  for (const text of [';', '"', ',', 'a=', ' ;', 'a;"b"', '= ']) {
    const field = text.repeat(16_384 / text.length)
    assert.ok(threadMs(() => parsePrefer(field)) < 50, text)
  }
})
