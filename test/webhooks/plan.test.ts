import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OutcomeKind } from '../../src/webhooks/outcome.ts'
import { planAttempt, retrySchedule } from '../../src/webhooks/plan.ts'

const NOW = Date.UTC(2026, 10, 23)
const DAY = 24 * 60 * 60 * 1000
const failed = { kind: 'refused', status: 500, headers: {} } as const

const kind = fc.constantFrom<OutcomeKind>(
  'delivered',
  'gone',
  'refused',
  'timed-out',
  'unresolved',
  'blocked',
  'unreachable',
  'tls-failed',
  'broken',
  'too-long',
  'unrenderable',
)
/** There is nothing to send, whenever it is tried. */
const hopeless = ({ kind }: { readonly kind: OutcomeKind }) => ['too-long', 'unrenderable'].includes(kind)
const outcome = fc.record({
  kind,
  status: fc.constantFrom(null, 200, 302, 404, 429, 500, 503),
  headers: fc.option(
    fc.record({ 'retry-after': fc.oneof(fc.string(), fc.nat().map(String), fc.constant(undefined)) }),
  ),
})
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const attempts = fc.integer({ min: 0, max: retrySchedule.length - 1 })

test('the waits are those of Standard Webhooks', () => {
  const minutes = retrySchedule.map(ms => ms / 60_000)
  assert.deepEqual(minutes, [0, 5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440])
})

test('an attempt counts as one, whatever came of it', () => {
  fc.assert(
    fc.property(attempts, outcome, jitter, (made, result, spread) => {
      assert.equal(planAttempt({ attempts: made }, result, NOW, spread).attempts, made + 1)
    }),
  )
})

test('a delivery is settled exactly when it is delivered, its schedule is spent, or there is nothing to send', () => {
  fc.assert(
    fc.property(attempts, outcome, jitter, (made, result, spread) => {
      const plan = planAttempt({ attempts: made }, result, NOW, spread)
      const spent = made + 1 === retrySchedule.length || hopeless(result)
      const state = result.kind === 'delivered' ? 'delivered' : spent ? 'failed' : 'pending'
      assert.equal(plan.state, state)
      assert.equal(plan.settled, state !== 'pending')
      assert.equal(plan.dueAt === null, state !== 'pending')
    }),
  )
})

test('23: the next attempt is due within 20 % of its place in the schedule, in whole milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: retrySchedule.length - 2 }), jitter, (made, spread) => {
      const { dueAt } = planAttempt({ attempts: made }, failed, NOW, spread)
      const wait = retrySchedule[made + 1] ?? 0
      assert.ok(dueAt !== null && Number.isInteger(dueAt))
      assert.ok(dueAt >= NOW + 0.8 * wait && dueAt <= NOW + 1.2 * wait + 1)
    }),
  )
})

test('no answer makes the next attempt earlier than 0.8 of its wait, or later than 1.2 days', () => {
  fc.assert(
    fc.property(attempts, outcome, jitter, (made, result, spread) => {
      const { dueAt } = planAttempt({ attempts: made }, result, NOW, spread)
      if (dueAt === null) return
      assert.ok(dueAt >= NOW + 0.8 * (retrySchedule[made + 1] ?? 0))
      assert.ok(dueAt <= NOW + 1.2 * DAY + 1)
    }),
  )
})

/** Fault 21. How long a 503 with this Retry-After is waited for, where the schedule alone would wait 4 s. */
const waits = (value: string | string[], status = 503) =>
  (planAttempt({ attempts: 0 }, { kind: 'refused', status, headers: { 'retry-after': value } }, NOW, 0)
    .dueAt ?? 0) - NOW

test('21: Retry-After of a 429 or 503 is obeyed as seconds and as a date', () => {
  assert.equal(waits('90'), 90_000)
  assert.equal(waits('90', 429), 90_000)
  assert.equal(waits('Mon, 23 Nov 2026 00:02:00 GMT'), 120_000)
})

test('21: Retry-After never shortens the wait, and is clamped to a day', () => {
  assert.equal(waits('0'), 4_000)
  assert.equal(waits('Sun, 22 Nov 2026 00:00:00 GMT'), 4_000)
  assert.equal(waits('315360000'), DAY)
  assert.equal(waits('9'.repeat(400)), DAY)
  assert.equal(waits('Sat, 23 Nov 2036 00:00:00 GMT'), DAY)
})

test('21: a Retry-After that is garbage, repeated or on another status is ignored', () => {
  for (const garbage of ['soon', '-5', '1.5', '', '2026-11-24', 'Xxx, 99 Yyy 2026 99:99:99 GMT']) {
    assert.equal(waits(garbage), 4_000, garbage)
  }
  assert.equal(waits(['90', '91']), 4_000)
  assert.equal(waits('90', 500), 4_000)
})
