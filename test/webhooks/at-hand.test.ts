import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AT_HAND_MS, createAtHand } from '../../src/webhooks/at-hand.ts'
import type { Claimed } from '../../src/webhooks/claimed.ts'
import { job } from './jobs.ts'

const CONCURRENCY = 2
const claimed = (...ids: number[]): Claimed[] =>
  ids.map(id => job(`dlv_${id}`, { webhook: 'whk_1', concurrency: CONCURRENCY }))
const idsOf = (jobs: Iterable<Claimed>): string[] => Array.from(jobs, ({ id }) => id)
const delivered = { kind: 'delivered', durationMs: 7 } as const
const refused = { kind: 'refused', durationMs: 7 } as const

test('as one ends the next begins, the first claimed first, and no more than its webhook allows', () => {
  const hand = createAtHand(() => 0)
  const [first, second, ...rest] = claimed(1, 2, 3, 4)
  assert.ok(first && second)
  assert.deepEqual(idsOf(hand.take([first, second, ...rest])), ['dlv_1', 'dlv_2'])
  assert.equal(hand.size, 2)
  assert.deepEqual(idsOf(hand.ended(second, delivered).begin), ['dlv_3'])
  assert.deepEqual(idsOf(hand.ended(first, delivered).begin), ['dlv_4'])
  assert.equal(hand.size, 0)
})

test('who holds what is known until it is stored, and how long an attempt took beyond that', () => {
  const hand = createAtHand(() => 0)
  const jobs = claimed(1, 2, 3)
  hand.take(jobs)
  assert.equal(hand.holding('whk_1').claims, 3)
  for (const one of jobs) hand.ended(one, delivered)
  assert.equal(hand.holding('whk_1').claims, 3)
  hand.stored(jobs)
  assert.deepEqual(hand.holding('whk_1'), { claims: 0, attemptMs: 7 })
  assert.deepEqual(hand.holding('whk_2'), { claims: 0, attemptMs: undefined })
  // However many webhooks there are, no more is remembered than of the latest.
  for (let i = 0; i < 1_000; i++) {
    const other = job(`dlv_${i}`, { webhook: `whk_other_${i}` })
    hand.take([other])
    hand.ended(other, delivered)
    hand.stored([other])
  }
  assert.equal(hand.holding('whk_1').attemptMs, undefined)
  assert.equal(hand.holding('whk_other_999').attemptMs, 7)
})

test('what is not begun soon is given back, whether its webhook hangs or answers late', () => {
  let elapsed = 0
  const hand = createAtHand(() => elapsed)
  const [first, ...rest] = claimed(1, 2, 3, 4)
  assert.ok(first)
  hand.take([first, ...rest.slice(0, 2)])
  elapsed = 100
  hand.take(rest.slice(2))
  elapsed = AT_HAND_MS - 1
  assert.deepEqual(hand.takeOld(), [])
  elapsed = AT_HAND_MS
  assert.deepEqual(idsOf(hand.takeOld()), ['dlv_3'])
  assert.equal(hand.holding('whk_1').attemptMs, undefined, 'nothing more is claimed ahead of one that hangs')
  elapsed = 100 + AT_HAND_MS
  const { begin, giveBack } = hand.ended(first, delivered)
  assert.deepEqual([idsOf(begin), idsOf(giveBack)], [[], ['dlv_4']])
  assert.deepEqual([hand.size, hand.holding('whk_1').claims], [0, 2])
})

test('a webhook that fails twice, or is gone, has nothing at hand any more', () => {
  for (const [outcomes, given] of [
    [[refused], []],
    [[refused, delivered, refused], []],
    [
      [refused, refused],
      ['dlv_4', 'dlv_5', 'dlv_6'],
    ],
    [[{ kind: 'gone', durationMs: 1 }], ['dlv_3', 'dlv_4', 'dlv_5', 'dlv_6']],
    [
      [undefined, undefined],
      ['dlv_4', 'dlv_5', 'dlv_6'],
    ],
  ] as const) {
    const hand = createAtHand(() => 0)
    const jobs = claimed(1, 2, 3, 4, 5, 6)
    hand.take(jobs)
    const turns = outcomes.map((outcome, i) => hand.ended(jobs[i] as Claimed, outcome))
    assert.deepEqual(idsOf(turns.at(-1)?.giveBack ?? []), given)
    assert.equal(hand.holding('whk_1').attemptMs, outcomes.at(-1)?.kind === 'delivered' ? 7 : undefined)
  }
})

test('what is claimed again while it is at hand goes on under the new fence', () => {
  const hand = createAtHand(() => 0)
  const [first, second, third] = claimed(1, 2, 3)
  assert.ok(first && second && third)
  hand.take([first, second, third])
  assert.deepEqual(hand.take([{ ...third, fence: 9, leaseEnds: 99_000 }]), [])
  assert.deepEqual([third.fence, third.leaseEnds, hand.size], [9, 99_000, 1])
  assert.equal(hand.holding('whk_1').claims, 3)
})

test('bodies at hand are bounded', () => {
  const hand = createAtHand(() => 0)
  const all = hand.room
  const large = Array.from({ length: 3 }, (_, i) =>
    job(`dlv_${i}`, { webhook: 'whk_1', concurrency: 1, payload: { body: 'x'.repeat(2 * 2 ** 20) } }),
  )
  hand.take(large)
  assert.equal(hand.room, 0)
  hand.takeAll()
  assert.equal(hand.room, all)
})

const step = fc.oneof(
  fc.record({ does: fc.constant('take'), webhook: fc.nat(2), count: fc.nat(6) }),
  fc.record({
    does: fc.constant('end'),
    at: fc.nat(20),
    kind: fc.constantFrom('delivered', 'refused', 'gone'),
  }),
  fc.record({ does: fc.constant('wait'), ms: fc.nat(400) }),
  fc.record({ does: fc.constant('store') }),
  fc.record({ does: fc.constant('old') }),
)

test('each is begun once or given back once, whatever happens in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      let elapsed = 0
      let made = 0
      const hand = createAtHand(() => elapsed)
      const underWay: Claimed[] = []
      const begun: Claimed[] = []
      const over: Claimed[] = []
      const given: Claimed[] = []
      const begin = (jobs: readonly Claimed[]): void => {
        underWay.push(...jobs)
        begun.push(...jobs)
      }
      for (const one of steps) {
        if ('count' in one)
          begin(
            hand.take(
              Array.from({ length: one.count }, () =>
                job(`dlv_${made++}`, { webhook: `whk_${one.webhook}`, concurrency: CONCURRENCY }),
              ),
            ),
          )
        else if ('kind' in one) {
          const [job] = underWay.splice(one.at % Math.max(1, underWay.length), 1)
          if (job === undefined) continue
          const turned = hand.ended(job, { kind: one.kind, durationMs: 3 })
          over.push(job)
          begin(turned.begin)
          given.push(...turned.giveBack)
        } else if ('ms' in one) elapsed += one.ms
        else if (one.does === 'store') hand.stored(over.splice(0))
        else given.push(...hand.takeOld())
        assert.equal(hand.size, made - begun.length - given.length)
        for (const webhook of ['whk_0', 'whk_1', 'whk_2']) {
          const its = (jobs: readonly Claimed[]) => jobs.filter(each => each.webhook === webhook).length
          assert.ok(its(underWay) <= CONCURRENCY)
          assert.ok(hand.holding(webhook).claims >= its(underWay) + its(over))
        }
      }
      given.push(...hand.takeAll())
      hand.stored(over)
      const all = [...begun, ...given].map(({ id }) => id)
      assert.equal(new Set(all).size, made)
      assert.equal(all.length, made)
      for (const webhook of ['whk_0', 'whk_1', 'whk_2'])
        assert.equal(hand.holding(webhook).claims, underWay.filter(each => each.webhook === webhook).length)
    }),
  )
})
