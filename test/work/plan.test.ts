import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { schedule, task } from '../../src/contract/index.ts'
import { planRun } from '../../src/work/plan.ts'
import { planSchedule } from '../../src/work/scheduler.ts'

const rule = fc.record({
  attempts: fc.integer({ min: 1, max: 1000 }),
  waitMs: fc.integer({ min: 1000, max: 86_400_000 }),
  longestWaitMs: fc.integer({ min: 1000, max: 86_400_000 }),
})
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('a run that throws is begun again as often as declared, later each time, and never beyond the longest wait', () => {
  fc.assert(
    fc.property(rule, fc.integer({ min: 0, max: 4e12 }), jitter, (retry, now, spread) => {
      let before = 0
      for (let attempts = 1; attempts < Math.min(retry.attempts, 40); attempts++) {
        const dueAt = planRun(attempts, retry, now, spread) ?? assert.fail('given up early')
        const wait = dueAt - now
        const whole = Math.min(retry.waitMs * 2 ** (attempts - 1), retry.longestWaitMs)
        assert.ok(wait <= whole && wait >= whole * 0.8, `${wait} of ${whole}`)
        assert.ok(wait >= before)
        before = wait
      }
      assert.equal(planRun(retry.attempts, retry, now, spread), undefined)
    }),
  )
})

const MINUTE = 60_000
const tick = task('tick', { input: z.object({ at: z.string() }), run: async () => undefined })
const timesOf = (cron: string, timezone?: string) =>
  schedule('s', { cron, ...(timezone && { timezone }), task: tick, input: at => ({ at: at.toISOString() }) })
const minutely = { next: (at: number): number => (Math.floor(at / MINUTE) + 1) * MINUTE }

test('whatever the clock does, no time of a schedule comes twice, and none is waited for beyond the next', () => {
  const steps = fc.array(fc.integer({ min: -90 * MINUTE, max: 90 * MINUTE }), { maxLength: 50 })
  fc.assert(
    fc.property(steps, jumps => {
      let now = 1e12
      let row: { dueAt: number; lastAt?: number } = { dueAt: minutely.next(now) }
      for (const jump of jumps) {
        now += jump
        const plan = planSchedule(minutely, row, now)
        if (plan.run !== undefined) {
          assert.ok(plan.run <= now, 'it was due')
          assert.ok(plan.run > (row.lastAt ?? 0), 'it comes after all that came before')
        }
        row = {
          dueAt: plan.dueAt,
          ...((plan.run ?? row.lastAt) !== undefined && { lastAt: plan.run ?? row.lastAt ?? 0 }),
        }
        assert.ok(row.dueAt > now)
        assert.ok(row.dueAt <= minutely.next(Math.max(now, row.lastAt ?? 0)))
      }
    }),
  )
})

test('times that passed while nobody ran are one', () => {
  const plan = planSchedule(minutely, { dueAt: 10 * MINUTE }, 500 * MINUTE + 1)
  assert.deepEqual(plan, { dueAt: 501 * MINUTE, run: 10 * MINUTE })
})

/** The times of a schedule from `from` on. */
function times(cron: string, timezone: string, from: string, count: number): readonly string[] {
  const { next } = timesOf(cron, timezone)
  const found = [next(Date.parse(from))]
  while (found.length < count) found.push(next(found.at(-1) ?? 0))
  return found.map(at => new Date(at).toISOString().slice(0, 16))
}

test('a time that the clocks leap over comes when they have, and one that they show twice comes once', () => {
  assert.deepEqual(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2), [
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ])
  assert.deepEqual(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2), [
    '2026-10-25T00:30',
    '2026-10-26T01:30',
  ])
})

test('every hour is every hour, also in the night that has one more or one less', () => {
  const spring = times('0 * * * *', 'Europe/Berlin', '2026-03-28T23:30Z', 3)
  assert.deepEqual(spring, ['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00'])
  const autumn = times('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', 3)
  assert.deepEqual(autumn, ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'])
})

test('a schedule without a time zone goes by UTC', () => {
  assert.equal(
    new Date(timesOf('0 3 * * *').next(Date.parse('2026-07-01T00:00Z'))).toISOString(),
    '2026-07-01T03:00:00.000Z',
  )
})
