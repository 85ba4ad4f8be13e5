import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  DISABLED_AFTER_MS,
  type Ended,
  FAILED_PART,
  FIRST_PROBE_MS,
  HEALTHY,
  type Health,
  LEAST_ATTEMPTS,
  LONGEST_PROBE_MS,
  planHealth,
  WINDOW_MS,
} from '../../src/webhooks/breaker.ts'

const NOW = Date.UTC(2026, 10, 23)
const failing: Ended = { kind: 'timed-out', probe: false }
const delivered: Ended = { kind: 'delivered', probe: false }

/** What is known after attempts, `everyMs` apart. */
function after(attempts: readonly Ended[], everyMs = 1_000, from: Health = HEALTHY): Health {
  return attempts.reduce((health, ended, i) => planHealth(health, ended, NOW + i * everyMs, 0).health, from)
}
const times = (count: number, ended: Ended): Ended[] => Array.from({ length: count }, () => ended)

const kind = fc.constantFrom('delivered', 'refused', 'timed-out', 'unreachable', 'too-long', 'unrenderable')
const ended = fc.record({ kind, probe: fc.boolean() }) as fc.Arbitrary<Ended>
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('a breaker opens with the tenth of ten attempts that failed, and not before', () => {
  assert.equal(after(times(LEAST_ATTEMPTS - 1, failing)).probeAt, null)
  const open = after(times(LEAST_ATTEMPTS, failing))
  assert.equal(open.probeAt, NOW + (LEAST_ATTEMPTS - 1) * 1_000 + FIRST_PROBE_MS)
})

test('a breaker opens exactly where 70 % of ten or more attempts within five minutes have failed', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), results => {
      let health: Health = HEALTHY
      let [attempts, failures, open] = [0, 0, false]
      for (const [i, ok] of results.entries()) {
        health = planHealth(health, ok ? delivered : failing, NOW + i * 1_000, 0).health
        if (open) break
        if (attempts > 0 || !ok) attempts++
        if (!ok) failures++
        open = !ok && attempts >= LEAST_ATTEMPTS && failures >= FAILED_PART * attempts
        assert.equal(health.probeAt !== null, open, JSON.stringify(results.slice(0, i + 1)))
      }
    }),
  )
})

test('failures that lie more than five minutes apart do not add up', () => {
  assert.equal(after(times(100, failing), WINDOW_MS / 9).probeAt, null)
})

test('of a webhook that delivers nothing is to be stored', () => {
  assert.equal(after(times(5, delivered)), HEALTHY)
})

test('each probe that fails doubles the wait for the next, up to an hour', () => {
  let health = after(times(LEAST_ATTEMPTS, failing))
  const waits = Array.from({ length: 9 }, () => {
    health = planHealth(health, { kind: 'timed-out', probe: true }, NOW, 0).health
    return (health.probeAt ?? 0) - NOW
  })
  const expected = [1, 2, 4, 8, 16, 32, 60, 60, 60].map(minutes => minutes * 60_000)
  assert.deepEqual(waits, expected)
})

test('23: a probe comes no earlier than its wait, and no later than a fifth of it', () => {
  fc.assert(
    fc.property(fc.nat(20), jitter, (probes, spread) => {
      const open = { ...after(times(LEAST_ATTEMPTS, failing)), probes }
      const { probeAt } = planHealth(open, { kind: 'refused', probe: true }, NOW, spread).health
      const wait = Math.min(FIRST_PROBE_MS * 2 ** (probes + 1), LONGEST_PROBE_MS)
      assert.ok(probeAt !== null && probeAt >= NOW + wait && probeAt <= NOW + wait * 1.2 + 1)
    }),
  )
})

test('an attempt that began before the breaker opened does not put the probe off', () => {
  const open = after(times(LEAST_ATTEMPTS, failing))
  assert.equal(planHealth(open, failing, NOW + 60_000, 0.5).health.probeAt, open.probeAt)
})

test('whatever was before, one delivered closes the breaker', () => {
  fc.assert(
    fc.property(fc.array(ended, { maxLength: 40 }), attempts => {
      const health = after([...attempts, delivered])
      assert.deepEqual([health.probeAt, health.probes, health.failingSince], [null, 0, null])
    }),
  )
})

test('a webhook is disabled once every attempt of 120 hours has failed, and not while one was delivered since', () => {
  const since = planHealth(HEALTHY, failing, NOW, 0).health
  const at = (health: Health, ms: number) => planHealth(health, failing, NOW + ms, 0).disabled
  assert.equal(at(since, DISABLED_AFTER_MS - 1), undefined)
  assert.equal(at(since, DISABLED_AFTER_MS), 'failing')
  const delivering = planHealth(since, delivered, NOW + 1, 0).health
  assert.equal(at(delivering, DISABLED_AFTER_MS), undefined)
})

test('21: a 410 disables at once, and nothing else does', () => {
  fc.assert(
    fc.property(fc.array(ended, { maxLength: 20 }), attempts => {
      const health = after(attempts)
      assert.equal(planHealth(health, { kind: 'gone', probe: false }, NOW + 20_000, 0).disabled, 'gone')
      assert.equal(planHealth(health, failing, NOW + 20_000, 0).disabled, undefined)
    }),
  )
})

test('what was never sent tells nothing of a receiver', () => {
  for (const kind of ['too-long', 'unrenderable'] as const)
    assert.equal(after(times(20, { kind, probe: false })), HEALTHY)
})
