import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planTaking, type SharedUse, shareRate } from '../../src/access/shared-rate.ts'

/** A use of a limit of `requests` in `perMs`. */
const use = (
  name: string,
  [requests, perMs, burst]: readonly [number, number, number],
  processes = 4,
): SharedUse => {
  const rate = { requests, perMs, burst }
  return { name, rate, subject: 'a', id: `${name} a`, shared: shareRate(rate, processes) }
}

/** What the store knows of nobody. */
const NOTHING = new Map<string, number>()

const rates = fc
  .record({ requests: fc.integer({ min: 1, max: 300 }), perMs: fc.integer({ min: 1, max: 60_000 }) })
  .chain(({ requests, perMs }) =>
    fc.integer({ min: 1, max: requests }).map(burst => [requests, perMs, burst] as const),
  )

test('however requests fall on processes, in no span do more go through than the rate allows (fault 34)', () => {
  const steps = fc.array(
    fc.record({
      process: fc.nat({ max: 7 }),
      requests: fc.integer({ min: 1, max: 40 }),
      pause: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
      dies: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 8 }), steps, (rate, processes, all) => {
      const [requests, perMs, burst] = rate
      const limit = use('account', rate, processes)
      const held = Array<number>(processes).fill(0)
      const served: number[] = []
      let tat = 0
      let now = 1_000_000
      for (const step of all) {
        now += (step.pause * burst * perMs) / requests
        const process = step.process % processes
        const own = Math.min(held[process] ?? 0, step.requests)
        const asked = Array.from({ length: step.requests - own }, () => [limit])
        const plan = planTaking(asked, new Map([[limit.id, tat]]), now)
        tat = plan.times.get(limit.id) ?? tat
        const taken = plan.waits.filter(wait => wait === 0).length
        served.push(...Array<number>(own + taken).fill(now))
        held[process] = (held[process] ?? 0) - own + (plan.held.get(limit.id) ?? 0)
        assert.ok(held[process] <= limit.shared.spare)
        if (step.dies) held[process] = 0
      }
      for (const [from, start] of served.entries()) {
        const last = served.length - 1
        for (const to of [from, Math.floor((from + last) / 2), last]) {
          const most = burst + ((served[to] ?? 0) - start) * (requests / perMs)
          assert.ok(to - from + 1 <= most + 0.01, `${to - from + 1} where ${most} may go`)
        }
      }
    }),
  )
})

test('of a burst at most an eighth lies with processes that do not need it', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 64 }), ([requests, perMs, burst], processes) => {
      const { common, spare, alone } = shareRate({ requests, perMs, burst }, processes)
      assert.equal(common.burst + processes * spare, burst)
      assert.ok(common.burst >= (burst * 7) / 8)
      assert.ok(alone.burst * processes <= Math.max(burst, processes))
    }),
  )
})

test('a small burst is held by nobody: each request is asked for, and the count exact', () => {
  const limit = use('key', [5, 1000, 5])
  assert.equal(limit.shared.spare, 0)
  const { waits, held } = planTaking(
    Array.from({ length: 7 }, () => [limit]),
    NOTHING,
    1000,
  )
  assert.deepEqual(waits, [0, 0, 0, 0, 0, 200, 200])
  assert.deepEqual([...held], [[limit.id, 0]])
})

test('a request that one rate refuses takes of none', () => {
  const [key, account] = [use('key', [2, 1000, 2]), use('account', [3, 1000, 3])]
  const other = { ...key, subject: 'b', id: 'key b' }
  const both = Array.from({ length: 5 }, () => [account, key])
  const { waits } = planTaking([...both, [account, other], [account, other]], NOTHING, 1000)
  assert.deepEqual(
    waits.map(wait => wait === 0),
    [true, true, false, false, false, true, false],
  )
})

test('what is held is taken once for all requests of one unit, and of what is left only', () => {
  const limit = use('account', [320, 1000, 320])
  assert.deepEqual([limit.shared.spare, limit.shared.common.burst], [10, 280])
  const all = (n: number) => Array.from({ length: n }, () => [limit])
  assert.deepEqual([...planTaking(all(50), NOTHING, 0).held.values()], [10])
  assert.deepEqual([...planTaking(all(276), NOTHING, 0).held.values()], [4])
  assert.equal(planTaking(all(300), NOTHING, 0).waits.filter(wait => wait === 0).length, 280)
})
