import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gcra, type Rate, rateLimitFields, retryAfter } from '../../src/http/index.ts'

const tenAMinute: Rate = { requests: 10, perMs: 60_000, burst: 5 }

const rates = fc
  .record({ requests: fc.integer({ min: 1, max: 1000 }), perMs: fc.integer({ min: 1, max: 86_400_000 }) })
  .chain(rate => fc.integer({ min: 1, max: rate.requests }).map(burst => ({ ...rate, burst })))

/** Times between requests, many of them 0. */
const gaps = (rate: Rate) =>
  fc.array(
    fc.oneof(fc.constant(0), fc.double({ min: 0, max: (2 * rate.perMs) / rate.requests, noNaN: true })),
    {
      maxLength: 200,
    },
  )

/** When requests were let through, of those that came at these distances. */
function admitted(rate: Rate, distances: readonly number[], start = 1_000_000): number[] {
  let now = start
  let tat = 0
  const times: number[] = []
  for (const distance of distances) {
    now += distance
    const { waitMs, tat: next } = gcra(tat, now, rate)
    if (waitMs > 0) continue
    tat = next
    times.push(now)
  }
  return times
}

test('a burst goes through at once, and then one for each that comes back', () => {
  const seconds = [0, 0, 0, 0, 0, 0, 5.9, 0.1, 0, 6].map(s => s * 1000)
  assert.deepEqual(
    admitted(tenAMinute, seconds, 0).map(ms => ms / 1000),
    [0, 0, 0, 0, 0, 6, 12],
  )
})

test('in any span of time no more go through than the burst and what came back in it', () => {
  fc.assert(
    fc.property(
      rates.chain(rate => fc.tuple(fc.constant(rate), gaps(rate))),
      ([rate, distances]) => {
        const times = admitted(rate, distances)
        for (const [from, start] of times.entries()) {
          for (let to = from; to < times.length; to++) {
            const most = rate.burst + ((times[to] ?? 0) - start) * (rate.requests / rate.perMs)
            assert.ok(to - from + 1 <= most + 0.01, `${to - from + 1} in ${(times[to] ?? 0) - start} ms`)
          }
        }
      },
    ),
  )
})

test('who waits as long as it is told is let through, and who comes earlier is not', () => {
  fc.assert(
    fc.property(
      rates.chain(rate =>
        fc.tuple(fc.constant(rate), gaps(rate), fc.double({ min: 0, max: 0.9, noNaN: true })),
      ),
      ([rate, distances, part]) => {
        const times = admitted(rate, [...distances, ...Array<number>(rate.burst + 1).fill(0)])
        const now = times.at(-1) ?? 0
        let tat = 0
        for (const time of times) ({ tat } = gcra(tat, time, rate))
        const { waitMs } = gcra(tat, now, rate)
        assert.ok(waitMs > 0)
        assert.equal(gcra(tat, now + waitMs, rate).waitMs, 0)
        if (waitMs * (1 - part) > 0.01) assert.ok(gcra(tat, now + waitMs * part, rate).waitMs > 0)
      },
    ),
  )
})

test('who came earlier never waits longer, and the time that is remembered never goes back', () => {
  fc.assert(
    fc.property(
      rates,
      fc.nat({ max: 1e9 }),
      fc.nat({ max: 1e6 }),
      fc.nat({ max: 1e6 }),
      (rate, now, ahead, later) => {
        const [sooner, after] = [gcra(now + ahead, now, rate), gcra(now + ahead + later, now, rate)]
        assert.ok(sooner.waitMs <= after.waitMs + 1e-6)
        assert.ok(gcra(now + ahead, now + later, rate).waitMs <= sooner.waitMs + 1e-6)
        assert.ok(gcra(now, now, rate).tat >= now)
      },
    ),
  )
})

test('`left` is how many go through at once after this one', () => {
  fc.assert(
    fc.property(rates, rate => {
      let { tat, left } = gcra(0, 5e6, rate)
      for (let i = 1; i < rate.burst; i++) {
        const next = gcra(tat, 5e6, rate)
        assert.equal(next.waitMs, 0)
        assert.equal(next.left, left - 1)
        ;({ tat, left } = next)
      }
      assert.equal(left, 0)
      assert.ok(gcra(tat, 5e6, rate).waitMs > 0)
    }),
  )
})

test('a clock that is set back an hour makes nobody wait longer than one request takes to come back (fault 11)', () => {
  const { tat } = gcra(0, 3_600_000, tenAMinute)
  assert.equal(gcra(tat, 0, tenAMinute).waitMs, 6000)
})

test('the fields are lists of strings with parameters, as structured fields have them', () => {
  const standing = { name: 'account', rate: tenAMinute, left: 4, resetMs: 5001 }
  assert.deepEqual(rateLimitFields([standing, { ...standing, name: 'key' }]), [
    ['ratelimit-policy', '"account";q=10;w=60, "key";q=10;w=60'],
    ['ratelimit', '"account";r=4;t=6, "key";r=4;t=6'],
  ])
  assert.deepEqual(rateLimitFields([]), [])
})

test('Retry-After is whole seconds, and never too few', () => {
  assert.deepEqual([0.5, 1000, 1001, 60_000].map(retryAfter), ['1', '1', '2', '60'])
})
