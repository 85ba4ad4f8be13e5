import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { crcBase62, createIds, randomBase62, systemRandom } from '../../src/base/index.ts'

test('ids have their prefix and 26 digits, and sort in the order in which they were made', () => {
  let now = 1_800_000_000_000
  const newId = createIds({ now: () => now, elapsed: () => 0 }, systemRandom)
  const ids: string[] = []
  for (let ms = 0; ms < 50; ms++) {
    for (let i = 0; i < 200; i++) ids.push(newId('art'))
    now += 1
  }
  assert.deepEqual(ids, ids.toSorted())
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) assert.match(id, /^art_[0-9a-hjkmnp-tv-z]{26}$/)
})

test('ids go on sorting upwards when the clock goes back (fault 11)', () => {
  let now = 1_800_000_000_000
  const newId = createIds({ now: () => now, elapsed: () => 0 }, systemRandom)
  const before = newId('art')
  now -= 3_600_000
  assert.ok(newId('art') > before)
})

test('two processes that start in the same millisecond make different ids', () => {
  const clock = { now: () => 1_800_000_000_000, elapsed: () => 0 }
  const ids = Array.from({ length: 1000 }, () => createIds(clock, systemRandom)('art'))
  assert.equal(new Set(ids).size, ids.length)
})

test('random digits are drawn evenly', () => {
  const counts = new Map<string, number>()
  for (const digit of randomBase62(62_000, size => systemRandom.bytes(size))) {
    counts.set(digit, (counts.get(digit) ?? 0) + 1)
  }
  assert.equal(counts.size, 62)
  // 1,000 of each are expected; six standard deviations are 190.
  for (const [digit, count] of counts) assert.ok(Math.abs(count - 1000) < 190, `${digit}: ${count}`)
})

test('bytes that were handed out are never handed out again', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) seen.add(Buffer.from(systemRandom.bytes(16)).toString('hex'))
  assert.equal(seen.size, 2000)
  assert.equal(systemRandom.bytes(10_000).length, 10_000)
})

test('the checksum of a key is the CRC-32 of the text before it, in six base62 digits', () => {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const value = Array.from(crcBase62('news_abc')).reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
  assert.equal(value, crc32('news_abc'))
  assert.equal(crcBase62('').length, 6)
})
