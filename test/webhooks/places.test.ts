import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPlaces, SLOW_MS } from '../../src/webhooks/places.ts'
import { job } from './jobs.ts'

test('an attempt that takes long gives its place up, and its webhook is told of once', () => {
  let elapsed = 0
  const places = createPlaces(() => elapsed)
  const empty = places.room()
  for (let i = 0; i < 256; i++) places.begin(job(`${i}`))
  assert.equal(places.room().fast, 0)
  assert.deepEqual(places.takeSlowed(), [])
  elapsed = SLOW_MS
  assert.deepEqual(places.room(), { fast: empty.fast, slow: empty.slow - 256 })
  assert.equal(places.takeSlowed().length, 256)
  assert.deepEqual(places.takeSlowed(), [])
})

test('those that are known to be slow take no place of the others', () => {
  const places = createPlaces(() => 0)
  const empty = places.room()
  for (let i = 0; i < empty.slow; i++) places.begin(job(`${i}`, { slow: true }))
  assert.deepEqual(places.room(), { fast: empty.fast, slow: 0 })
})

test('however many turn out slow, no more than 2,048 are under way', () => {
  let elapsed = 0
  const places = createPlaces(() => elapsed)
  for (let i = 0; i < 5_000 && places.room().fast > 0; i++) {
    places.begin(job(`${i}`))
    elapsed += SLOW_MS
  }
  assert.equal(places.size, 2_048)
  assert.deepEqual(places.room(), { fast: 0, slow: 0 })
})

test('what ends gives all of its place back, once', () => {
  const places = createPlaces(() => 0)
  const empty = places.room()
  const large = job('1', { payload: { body: 'x'.repeat(40 * 2 ** 20) } })
  places.begin(large)
  assert.deepEqual(places.room(), { fast: 0, slow: 0 }, 'bodies are bounded')
  places.end(large)
  places.end(large)
  assert.deepEqual(places.room(), empty)
})

test('a delivery that is claimed again while it is under way here goes on under the new fence', () => {
  const places = createPlaces(() => 0)
  const first = job('1')
  assert.equal(places.goesOn(first), false)
  places.begin(first)
  assert.equal(places.goesOn(job('1', { fence: 2 })), true)
  assert.deepEqual([first.fence, places.size], [2, 1])
})
