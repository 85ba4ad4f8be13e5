import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Lane, planAhead, planLane, planTake } from '../../src/webhooks/lane-plan.ts'

const NOW = Date.UTC(2026, 10, 23)
const free: Lane = {
  concurrency: 4,
  pace: null,
  rateAt: 0,
  underWay: 0,
  answering: true,
  probing: false,
}
const pace = fc.record({
  attempts: fc.integer({ min: 1, max: 10_000 }),
  perMs: fc.constantFrom(1_000, 60_000),
})
const lane: fc.Arbitrary<Lane> = fc.record({
  concurrency: fc.integer({ min: 1, max: 64 }),
  pace: fc.option(pace),
  rateAt: fc.integer({ min: NOW - 120_000, max: NOW + 120_000 }),
  underWay: fc.nat(80),
  answering: fc.boolean(),
  probing: fc.boolean(),
})
const room = fc.nat(300)
const maybe = (value: fc.Arbitrary<number>) => fc.option(value)
const due = fc.integer({ min: NOW - 1_000_000, max: NOW + 1_000_000 })

test('no more attempts are under way than a webhook allows and there is room for', () => {
  fc.assert(
    fc.property(lane, room, (at, places) => {
      const { begun, claimed } = planTake(at, places, NOW)
      assert.ok(begun >= 0 && begun <= places)
      assert.equal(claimed, begun, 'where nothing may be at hand')
      if (begun > 0) assert.ok(at.underWay + begun <= at.concurrency)
    }),
  )
})

const holding = fc.record({ claims: fc.nat(250), attemptMs: fc.option(fc.nat(20_000), { nil: undefined }) })

test('more is claimed than may be begun only by who has all claims, at a webhook that answers and has no rate', () => {
  fc.assert(
    fc.property(lane, room, holding, (at, places, held) => {
      const { begun, claimed } = planTake(at, places, NOW, planAhead(at, held))
      assert.equal(begun, planTake(at, places, NOW).begun)
      assert.ok(claimed >= begun)
      if (claimed === begun) return
      assert.ok(at.underWay <= held.claims && held.attemptMs !== undefined)
      assert.ok(at.answering && !at.probing && at.pace === null)
      assert.ok(at.underWay + claimed <= at.concurrency + 128)
      assert.ok(at.underWay + begun >= at.concurrency, 'not where places are what it lacks')
    }),
  )
})

test('as much is at hand as is sent in a moment', () => {
  const ahead = (attemptMs: number | undefined) => planAhead(free, { claims: 0, attemptMs })
  assert.deepEqual([0, 1, 2, 10, 50, 200, 201, 5_000].map(ahead), [128, 128, 100, 20, 4, 1, 0, 0])
  assert.equal(ahead(undefined), 0)
})

test('one attempt at a time is made where none was answered yet, and while the breaker is open', () => {
  assert.equal(planTake({ ...free, answering: false }, 100, NOW).begun, 1)
  assert.equal(planTake({ ...free, answering: false, underWay: 1 }, 100, NOW).begun, 0)
  assert.equal(planTake({ ...free, probing: true }, 100, NOW).begun, 1)
  assert.equal(planTake({ ...free, probing: true, underWay: 1 }, 100, NOW).begun, 0)
  assert.equal(planTake(free, 100, NOW).begun, 4)
})

test('however often a lane is looked at, no more begin in any minute than its rate and one second of it', () => {
  fc.assert(
    fc.property(pace, fc.array(fc.nat(3_000), { minLength: 1, maxLength: 100 }), (rate, waits) => {
      let at: Lane = { ...free, concurrency: 64, pace: rate }
      let now = NOW
      const begun: number[] = []
      for (const wait of waits) {
        now += wait
        const taken = planTake(at, 64, now).begun
        begun.push(...Array.from({ length: taken }, () => now))
        at = { ...at, rateAt: planLane(at, { taken, nextDue: now, leaseEnds: now + 30_000 }, now).rateAt }
      }
      const perMs = rate.attempts / rate.perMs
      for (const [i, from] of begun.entries()) {
        const count = begun.length - i
        // A second's worth at once, then evenly.
        const most = Math.max(1, perMs * 1_000) + perMs * (now - from) + 1
        assert.ok(count <= most + 1e-6, `${count} in ${now - from} ms; ${most} are allowed`)
      }
    }),
  )
})

test('a lane that its rate has closed opens when the next attempt may begin, and not before', () => {
  fc.assert(
    fc.property(pace, rate => {
      const at: Lane = { ...free, concurrency: 100_000, pace: rate }
      let looked = planLane(at, { taken: planTake(at, 64, NOW).begun, nextDue: NOW, leaseEnds: null }, NOW)
      if (!looked.held) return
      const opens = looked.readyAt ?? 0
      const later = { ...at, rateAt: looked.rateAt }
      assert.ok(opens > NOW)
      assert.ok(planTake(later, 64, opens).begun >= 1)
      assert.equal(planTake(later, 64, opens - 2).begun, 0)
      looked = planLane(later, { taken: 0, nextDue: NOW, leaseEnds: null }, NOW)
      assert.equal(looked.readyAt, opens)
    }),
  )
})

test('after a look a lane is ready no later than its first delivery is due, unless it is held', () => {
  fc.assert(
    fc.property(lane, fc.nat(64), maybe(due), maybe(due), (at, taken, nextDue, leaseEnds) => {
      const plan = planLane(at, { taken, nextDue, leaseEnds }, NOW)
      if (!plan.held) {
        const first = Math.min(nextDue ?? Number.POSITIVE_INFINITY, leaseEnds ?? Number.POSITIVE_INFINITY)
        if (plan.readyAt === null) assert.equal(first, Number.POSITIVE_INFINITY)
        else assert.ok(plan.readyAt <= Math.max(first, NOW))
      }
    }),
  )
})

test('a lane that has something to send is never left without a time', () => {
  fc.assert(
    fc.property(lane, fc.nat(64), due, maybe(due), (at, taken, nextDue, leaseEnds) => {
      assert.notEqual(planLane(at, { taken, nextDue, leaseEnds }, NOW).readyAt, null)
    }),
  )
})

test('a look that takes nothing puts the next one off, so that no lane is looked at again and again', () => {
  fc.assert(
    fc.property(lane, fc.nat(64), (at, underWay) => {
      const lanes = { ...at, underWay }
      const taken = planTake(lanes, 64, NOW).begun
      if (taken > 0) return
      const leaseEnds = underWay > 0 ? NOW + 10_000 : null
      const plan = planLane(lanes, { taken, nextDue: NOW - 5, leaseEnds }, NOW)
      assert.ok((plan.readyAt ?? 0) > NOW, JSON.stringify([lanes, plan]))
    }),
  )
})
