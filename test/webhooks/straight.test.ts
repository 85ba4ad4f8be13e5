import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Owed } from '../../src/webhooks/owed.ts'
import type { Resting } from '../../src/webhooks/ready.ts'
import { type Capacity, planStraight } from '../../src/webhooks/straight.ts'
import { LEASE_MS } from '../../src/work/index.ts'

const NOW = Date.UTC(2026, 10, 30)

const order: Resting['order'] = {
  url: 'http://127.0.0.1:9/',
  method: 'POST',
  format: 'json',
  signature: 'standard',
  secret: 's',
  previous: null,
  headers: [],
  authorization: null,
  hidden: null,
}
const resting = (
  webhook: string,
  concurrency: number,
  underWay: number,
  readyAt: number | null,
): Resting => ({
  webhook,
  lane: { concurrency, pace: null, rateAt: 0, underWay, answering: true, probing: false },
  order,
  slow: false,
  waitsFrom: 0,
  leasedFrom: 0,
  lapsed: 0,
  readyAt,
})
const owed = (id: number, webhook: string, change: Partial<Owed> = {}): Owed => ({
  id: `dlv_${id}`,
  webhook,
  account: 'acc_1',
  event: { id: `evt_${id}`, account: 'acc_1', type: 'thing.happened', at: '', data: '{}', before: null },
  orderKey: null,
  format: 'json',
  body: '{}',
  ...change,
})

/** Places, and none at hand. */
const only = (room: number): Capacity => ({
  room,
  ahead: 0,
  holding: () => ({ claims: 0, attemptMs: undefined }),
})

test('what may be at hand is claimed too, of all webhooks no more than there is room for', () => {
  const all = Array.from({ length: 20 }, (_, i) => owed(i, i % 2 === 0 ? 'whk_1' : 'whk_2'))
  const lanes = new Map(['whk_1', 'whk_2'].map(each => [each, resting(each, 2, 1, null)]))
  const claimed = (capacity: Capacity): number[] => {
    const straight = planStraight(all, lanes, capacity, NOW)
    return ['whk_1', 'whk_2'].map(each => straight.claimed.filter(one => one.webhook === each).length)
  }
  // Each has one under way, may have another, and 4 at hand.
  const holding = () => ({ claims: 1, attemptMs: 25 })
  assert.deepEqual(claimed({ room: 10, ahead: 100, holding }), [5, 5])
  assert.deepEqual(claimed({ room: 10, ahead: 6, holding }), [5, 3])
  assert.deepEqual(claimed({ room: 1, ahead: 100, holding }), [5, 0], 'its places are what the second lacks')
  assert.deepEqual(claimed({ room: 10, ahead: 100, holding: () => ({ claims: 0, attemptMs: 25 }) }), [1, 1])
})

test('each is begun or waits, in its order, within the room and what its webhook allows', () => {
  const webhook = fc.constantFrom('whk_1', 'whk_2', 'whk_3')
  const lane = fc.record({ concurrency: fc.integer({ min: 1, max: 4 }), underWay: fc.nat(4) })
  fc.assert(
    fc.property(
      fc.array(webhook, { maxLength: 20 }),
      lane,
      fc.nat(10),
      (webhooks, { concurrency, underWay }, room) => {
        const all = webhooks.map((each, i) => owed(i, each))
        const lanes = new Map<string, Resting>(
          ['whk_1', 'whk_2'].map(each => [each, resting(each, concurrency, underWay, null)]),
        )
        const { claimed, waiting, plans } = planStraight(all, lanes, only(room), NOW)
        assert.ok(claimed.length <= room)
        for (const each of ['whk_1', 'whk_2', 'whk_3']) {
          const [first, rest] = [claimed, waiting].map(some => some.filter(one => one.webhook === each))
          assert.deepEqual(
            [...(first ?? []), ...(rest ?? [])].map(({ id }) => id),
            all.filter(one => one.webhook === each).map(({ id }) => id),
          )
          if (each === 'whk_3') assert.equal(first?.length, 0, 'its lane does not rest')
          else assert.ok((first?.length ?? 0) <= Math.max(0, concurrency - underWay))
          assert.equal(plans.has(each), each !== 'whk_3' && all.some(one => one.webhook === each))
        }
      },
    ),
  )
})

test('a lane is looked at when the first lease ends, or what it had waiting is due', () => {
  const ends = NOW + LEASE_MS
  const readyAt = (before: number | null, count: number): unknown =>
    planStraight(
      Array.from({ length: count }, (_, i) => owed(i, 'whk_1')),
      new Map([['whk_1', resting('whk_1', 2, 0, before)]]),
      only(10),
      NOW,
    ).plans.get('whk_1')
  assert.deepEqual(readyAt(null, 1), { readyAt: ends, held: false, rateAt: 0 })
  assert.deepEqual(readyAt(NOW + 5, 1), { readyAt: NOW + 5, held: false, rateAt: 0 })
  assert.deepEqual(readyAt(null, 3), { readyAt: ends, held: true, rateAt: 0 })
})

for (const [name, change] of Object.entries<Partial<Owed>>({
  'has an order': { orderKey: 'row_1' },
  'could not be rendered': { body: undefined },
  'was rendered in a format that is no longer asked for': { format: 'xml' },
}))
  test(`what ${name} waits, and all behind it`, () => {
    const all = [owed(1, 'whk_1'), owed(2, 'whk_1', change), owed(3, 'whk_1')]
    const lanes = new Map([['whk_1', resting('whk_1', 4, 0, null)]])
    const { claimed, waiting } = planStraight(all, lanes, only(10), NOW)
    assert.deepEqual(
      [claimed, waiting].map(some => some.map(({ id }) => id)),
      [['dlv_1'], ['dlv_2', 'dlv_3']],
    )
  })
