import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createIds, systemRandom } from '../../src/base/index.ts'
import { migrate, type Row, type Store } from '../../src/store/index.ts'
import type { Environment } from '../../src/unit/index.ts'
import { createAtHand } from '../../src/webhooks/at-hand.ts'
import { claimDeliveries } from '../../src/webhooks/claim.ts'
import type { Claimed } from '../../src/webhooks/claimed.ts'
import { closeLane, openLane, reopenLane, startLane, stopLane, takeLanes } from '../../src/webhooks/lanes.ts'
import type { OutcomeKind } from '../../src/webhooks/outcome.ts'
import { owing, writeDelivery } from '../../src/webhooks/owed.ts'
import { keepPayloads } from '../../src/webhooks/payloads.ts'
import { retrySchedule } from '../../src/webhooks/plan.ts'
import { releaseRows } from '../../src/webhooks/queue.ts'
import { settleAttempts } from '../../src/webhooks/settle.ts'
import { writeOwed } from '../../src/webhooks/write-owed.ts'
import { freshStore } from '../database.ts'

// The queue of deliveries as a whole, on a real database: whatever two processes, a clock and the owners of webhooks do, in any
// order, what src/webhooks/queue.ts and lanes.ts say of it holds after each step.

const SECOND = 1_000
const CONCURRENCY = 2
const ATTEMPT_MS = 25
/** The clock of the second process is so far behind. */
const BEHIND_MS = 2 * SECOND

type Step =
  | { readonly does: 'write'; readonly webhook: number; readonly key: number }
  | {
      readonly does: 'dispatch'
      readonly process: number
      readonly owed: readonly (readonly [webhook: number, key: number])[]
    }
  | { readonly does: 'claim' | 'die'; readonly process: number }
  | { readonly does: 'settle'; readonly process: number; readonly job: number; readonly kind: OutcomeKind }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'pause' | 'resume' | 'delete'; readonly webhook: number }

const webhook = fc.nat(2)
const process = fc.nat(1)
const of = <D extends string>(does: D) => fc.constant(does)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: of('write'), webhook, key: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: of('dispatch'),
      process,
      owed: fc.array(fc.tuple(webhook, fc.nat(2)), { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ does: of('claim'), process }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: of('settle'),
      process,
      job: fc.nat(5),
      kind: fc.constantFrom<OutcomeKind>('delivered', 'delivered', 'refused', 'timed-out', 'too-long'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: of('wait'), ms: fc.constantFrom(SECOND, 40 * SECOND, 3_600 * SECOND) }),
  },
  { weight: 1, arbitrary: fc.record({ does: of('die'), process }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('pause', 'resume'), webhook }) },
  { weight: 1, arbitrary: fc.record({ does: of('delete'), webhook: fc.constant(2) }) },
)

/** Three webhooks of a new account, the first two with an order, and what two processes have claimed. */
async function startQueue(store: Store, run: number) {
  let now = Date.UTC(2026, 10, 23)
  const clock = { now: () => now, elapsed: () => now }
  const newId = createIds(clock, systemRandom)
  const env: Environment = {
    tables: new Map(),
    eventWriters: new Map(),
    inputWriters: new Map(),
    newId,
    clock,
    answersMs: 0,
    tracing: undefined,
    committed: () => {},
  }
  const id = (number: number): string => `whk_${run}_${number}`
  const account = `acc_${run}`
  const gone = new Set<number>()
  /** What is under way in each process, and what it has at hand. */
  const jobs: Claimed[][] = [[], []]
  const newHand = () => createAtHand(() => now)
  const hands = [newHand(), newHand()]
  const settledInOrder: string[] = []
  const at = new Date(now).toISOString()
  await store.unit(async tx => {
    // What earlier runs have left is nothing to this one.
    await tx.run('update signalbox_lanes set stopped = 1, ready_at = null')
    await tx.run(
      `insert into signalbox_accounts (id, name, mode, created_at) values ($1, $1, 'live', $2)`,
      account,
      at,
    )
    for (const number of [0, 1, 2]) {
      await tx.run(
        `insert into signalbox_webhooks (id, account_id, url, events, method, format, signature, paused, concurrency, state,
          metadata, headers, secret, sealed_by, created_at)
         values ($1, $2, 'http://127.0.0.1:9/', '[]', 'POST', 'json', 'standard', 0, $3, 'active', '{}', '[]', 's', 'none', $4)`,
        id(number),
        account,
        CONCURRENCY,
        at,
      )
      await openLane(tx, id(number))
    }
  })

  const event = (key: number) => {
    const data = JSON.stringify({ id: `row_${key}` })
    return { id: newId('evt'), account, type: 'thing.happened', at, data, before: null }
  }
  const recipient = (number: number) =>
    ({ id: id(number), account, format: 'json', order: number < 2 ? 'data.id' : null }) as const
  const write = (number: number, key: number) =>
    store.unit(async tx => {
      const made = event(key)
      await keepPayloads(tx, [[made.id, 'json', made.data]])
      await writeDelivery(tx, newId, made, recipient(number), now)
    })
  /** As events are dispatched: what finds nothing waiting is claimed at once. */
  const dispatch = async (who: number, owed: readonly (readonly [number, number])[]): Promise<void> => {
    const own = now - who * BEHIND_MS
    const alive = owed.filter(([number]) => !gone.has(number))
    const begun = await store.unit(async tx => {
      const webhooks = new Set(alive.map(([number]) => id(number)))
      await takeLanes(tx, webhooks)
      const made = owing(tx, newId, own)
      for (const [number, key] of alive) {
        const happened = event(key)
        made.payload(happened, 'json', undefined)
        await made.delivery(happened, recipient(number))
      }
      const { room, holding } = handOf(who)
      const capacity = () => ({ room: 4, ahead: room, holding })
      return writeOwed(tx, made, webhooks, { capacity, expect: () => {} }, own)
    })
    begin(who, begun)
  }
  const handOf = (who: number) => hands[who] ?? newHand()
  function begin(who: number, claimed: readonly Claimed[]): void {
    const mine = jobs[who] ?? []
    for (const job of claimed) {
      const known = mine.find(({ id: other }) => other === job.id)
      if (known === undefined) mine.push(...handOf(who).take([job]))
      else Object.assign(known, { fence: job.fence, leaseEnds: job.leaseEnds })
    }
  }
  const giveBack = async (left: readonly Claimed[]): Promise<void> => {
    const lanes = new Set(left.map(job => job.webhook))
    await store.unit(async tx => {
      await takeLanes(tx, lanes)
      for (const lane of await releaseRows(tx, left)) await reopenLane(tx, lane)
    })
  }
  const claim = async (who: number): Promise<void> => {
    const { holding, room } = handOf(who)
    const own = now - who * BEHIND_MS
    const claimed = await store.unit(tx =>
      claimDeliveries(tx, { fast: 4, slow: 4, ahead: room }, holding, own, () => undefined),
    )
    begin(who, claimed)
  }
  const end = async (who: number, job: Claimed, kind: OutcomeKind): Promise<void> => {
    const turned = handOf(who).ended(job, { kind, durationMs: ATTEMPT_MS })
    jobs[who]?.push(...turned.begin)
    await giveBack(turned.giveBack)
    handOf(who).stored([job])
    await settle(job, kind)
  }
  const settle = async (job: Claimed, kind: OutcomeKind): Promise<void> => {
    const [before, other] = [await rowOf(job.id), await others(job.id)]
    const status = kind === 'delivered' ? 200 : kind === 'refused' ? 500 : null
    const outcome = {
      kind,
      status,
      headers: null,
      body: new Uint8Array(),
      durationMs: ATTEMPT_MS,
      error: null,
    }
    const sent = { method: 'POST', url: 'http://127.0.0.1:9/', headers: {} } as const
    const fraction = () => 0
    await store.unit(tx =>
      settleAttempts(tx, env, { ...systemRandom, fraction }, [{ job, startedAt: at, sent, outcome }]),
    )
    const after = await rowOf(job.id)
    if (before?.['fence'] !== job.fence || before['sending'] !== 1) {
      assert.deepEqual([after, await others(job.id)], [before, other], 'a fenced worker changes nothing')
      return
    }
    assert.equal(after?.['attempt_count'], Number(before['attempt_count']) + 1)
    if (after?.['state'] === 'pending') {
      const wait = retrySchedule[after['attempt_count']] ?? 0
      assert.ok(Number(after['due_at']) >= now + wait * 0.8, 'no retry is earlier than its schedule')
    } else settledInOrder.push(job.id)
  }
  function die(who: number): void {
    jobs[who] = []
    hands[who] = newHand()
  }
  const rows = () => store.peek.all(ROWS, account)
  const rowOf = async (delivery: string) => (await rows()).find(row => row['id'] === delivery)
  const others = async (delivery: string) => (await rows()).filter(row => row['id'] !== delivery)

  async function take(one: Step): Promise<void> {
    if ('webhook' in one && gone.has(one.webhook)) return
    switch (one.does) {
      case 'write':
        return write(one.webhook, one.key)
      case 'dispatch':
        return dispatch(one.process, one.owed)
      case 'claim':
        return claim(one.process)
      case 'die':
        die(one.process)
        return
      case 'wait':
        now += one.ms
        for (const hand of hands) await giveBack(hand.takeOld())
        return
      case 'settle': {
        const mine = jobs[one.process] ?? []
        const [job] = mine.splice(one.job % Math.max(mine.length, 1), 1)
        return job && end(one.process, job, one.kind)
      }
      case 'pause':
        await store.unit(tx => stopLane(tx, id(one.webhook)))
        return
      case 'resume':
        return store.unit(tx => startLane(tx, id(one.webhook), now))
      case 'delete':
        gone.add(one.webhook)
        return store.unit(async tx => {
          await tx.run('delete from signalbox_webhooks where id = $1', id(one.webhook))
          await closeLane(tx, id(one.webhook), now)
        })
    }
  }

  return {
    take,
    rows,
    settledInOrder,
    underWay: (): readonly Claimed[] => jobs.flat(),
    lanes: () =>
      store.peek.all(`select * from signalbox_lanes where webhook_id like 'whk_' || $1 || '_%'`, String(run)),
    now: () => now,
    /** Everybody behaves: all that is owed is delivered. */
    async drain(): Promise<void> {
      for (const number of [0, 1, 2]) await take({ does: 'resume', webhook: number })
      die(0)
      die(1)
      for (let round = 0; round < 200; round++) {
        now += 40 * SECOND
        await claim(0)
        for (let job = jobs[0]?.shift(); job !== undefined; job = jobs[0]?.shift())
          await end(0, job, 'delivered')
        if ((await rows()).every(row => row['state'] !== 'pending')) return
        if (round % 10 === 9) now += 25 * 3_600 * SECOND
      }
    },
  }
}

/** Deliveries with their rows in the queue, and among those that have an order. */
const ROWS = `select d.*, q.sending, q.due_at, q.fence, o.due from signalbox_deliveries d
  left join signalbox_queue q on q.webhook_id = d.webhook_id and q.delivery_id = d.id
  left join signalbox_ordered o on o.webhook_id = d.webhook_id and o.delivery_id = d.id
  where d.account_id = $1 order by d.id`

function checkRows(
  rows: readonly Row[],
  before: readonly Row[],
  underWay: readonly Claimed[],
  now: number,
): void {
  const earlier = new Map(before.map(row => [row['id'], row]))
  assert.equal(new Set(rows.map(row => row['id'])).size, rows.length, 'none is in the queue twice')
  for (const row of rows) {
    const { state, sending, due_at, next_attempt_at, settled_at, order_key, due } = row
    const was = earlier.get(row['id'] ?? null)
    if (state === 'pending') {
      assert.equal(settled_at, null)
      if (due_at === null) {
        assert.deepEqual([next_attempt_at, order_key === null], [null, false], 'it waits for one of its key')
      } else if (sending === 0) assert.equal(Date.parse(String(next_attempt_at)), Number(due_at))
      assert.equal(due, order_key === null ? null : Number(due_at !== null))
    } else assert.deepEqual([due_at, due, next_attempt_at, settled_at === null], [null, null, null, false])
    assert.ok(Number(row['attempt_count']) >= Number(was?.['attempt_count'] ?? 0), 'attempts only grow')
    if (due_at !== null) assert.ok(Number(row['fence']) >= Number(was?.['fence'] ?? 0), 'fences only grow')
    if (was !== undefined && was['state'] !== 'pending')
      assert.deepEqual(row, was, 'what is settled stays so')
  }
  const pending = rows.filter(row => row['state'] === 'pending')
  for (const [name, ofKey] of Map.groupBy(
    pending.filter(row => row['order_key'] !== null),
    row => `${String(row['webhook_id'])} ${String(row['order_key'])}`,
  )) {
    const due = ofKey.filter(row => row['due_at'] !== null)
    assert.deepEqual(
      due.map(row => row['id']),
      [ofKey[0]?.['id']],
      `of ${name} the first is due, and it alone`,
    )
  }
  // Whoever lost a claim may still be sending: nobody can know.
  const held = new Map(
    pending.filter(row => row['sending'] === 1 && Number(row['due_at']) > now).map(row => [row['id'], row]),
  )
  const sent = underWay.filter(job => held.get(job.id)?.['fence'] === job.fence)
  for (const ofWebhook of Map.groupBy(sent, job => job.webhook).values())
    assert.ok(ofWebhook.length <= CONCURRENCY, `${ofWebhook.length} are under way, of both processes`)
}

function checkLanes(lanes: readonly Row[], rows: readonly Row[], now: number): void {
  assert.notEqual(lanes.length, 0)
  for (const lane of lanes) {
    const due = rows.flatMap(row =>
      row['webhook_id'] === lane['webhook_id'] && row['due_at'] !== null ? [Number(row['due_at'])] : [],
    )
    for (const row of rows)
      if (row['webhook_id'] === lane['webhook_id'] && row['due_at'] !== null) {
        const from = Number(lane[row['sending'] === 1 ? 'leased_from' : 'waits_from'])
        assert.ok(Number(row['due_at']) >= from, 'nothing stands where nobody looks')
      }
    if (lane['stopped'] === 1) assert.equal(lane['ready_at'], null)
    else if (due.length > 0) {
      assert.notEqual(lane['ready_at'], null, 'what is owed is looked at')
      if (lane['held'] === 0)
        assert.ok(Number(lane['ready_at']) <= Math.max(now, Math.min(...due)), 'as soon as it is due')
    }
  }
}

test('whatever happens in whatever order, no delivery is in two states, lost, sent out of its order or by two at once', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), async steps => {
      run++
      const queue = await startQueue(temp.store, run)
      let before: readonly Row[] = []
      for (const one of steps) {
        await queue.take(one)
        const rows = await queue.rows()
        checkRows(rows, before, queue.underWay(), queue.now())
        checkLanes(await queue.lanes(), rows, queue.now())
        before = rows
      }
      await queue.drain()
      const rows = await queue.rows()
      assert.deepEqual(
        rows.filter(row => row['state'] === 'pending'),
        [],
        'all that is owed is settled in the end',
      )
      const place = new Map(queue.settledInOrder.map((id, i) => [id, i]))
      for (const ofKey of Map.groupBy(
        rows.filter(row => row['order_key'] !== null && place.has(String(row['id']))),
        row => `${String(row['webhook_id'])} ${String(row['order_key'])}`,
      ).values()) {
        const places = ofKey.map(row => place.get(String(row['id'])) ?? 0)
        assert.deepEqual(
          places,
          places.toSorted((a, b) => a - b),
          'settled in the order in which they were written',
        )
      }
    }),
    { numRuns: 25 },
  )
})

test('what is dispatched to a webhook of which nothing waits is claimed as it is written', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const queue = await startQueue(temp.store, 1)
  const plain = 2
  const ordered = 0
  const dispatch = async (
    ...webhooks: number[]
  ): Promise<readonly (readonly [sending: unknown, fence: unknown])[]> => {
    const before = (await queue.rows()).length
    await queue.take({ does: 'dispatch', process: 0, owed: webhooks.map(number => [number, 0] as const) })
    return (await queue.rows()).slice(before).map(row => [row['sending'], row['fence']] as const)
  }
  const deliver = () => queue.take({ does: 'settle', process: 0, job: 0, kind: 'delivered' })
  const [claimed, waiting] = [
    [1, 1],
    [0, 0],
  ] as const

  assert.deepEqual(await dispatch(plain), [claimed])
  assert.deepEqual(await dispatch(plain), [waiting], 'one at a time, until the first is answered')
  await deliver()
  assert.deepEqual(await dispatch(plain), [waiting], 'another has waited longer')
  await queue.take({ does: 'claim', process: 0 })
  await deliver()
  await deliver()
  const most = CONCURRENCY + 4
  assert.deepEqual(
    await dispatch(...Array.from({ length: most + 1 }, () => plain)),
    [...Array.from({ length: most }, () => claimed), waiting],
    'as many as it may have, and at hand',
  )
  assert.equal(queue.underWay().length, CONCURRENCY)
  for (let i = 0; i < most; i++) await deliver()
  await queue.take({ does: 'claim', process: 0 })
  await deliver()
  assert.deepEqual(await dispatch(ordered, plain), [waiting, claimed], 'what has an order waits for its look')
  assert.deepEqual(await dispatch(plain), [waiting], 'a lane that waits comes first')
})

for (const state of ['stopped = 1', 'held = 1', 'slow = 1', 'probe_at = 1'])
  test(`what is dispatched to a lane with ${state} waits`, async () => {
    await using temp = await freshStore()
    await migrate(temp.store)
    const queue = await startQueue(temp.store, 1)
    await temp.store.unit(tx => tx.run(`update signalbox_lanes set ${state}`))
    await queue.take({ does: 'dispatch', process: 0, owed: [[2, 0]] })
    assert.deepEqual(
      (await queue.rows()).map(row => row['sending']),
      [0],
    )
  })

test('what was erased is taken out of the queue by whoever comes to claim it, and what waited for it is sent', async () => {
  await using temp = await freshStore()
  const { store } = temp
  await migrate(store)
  const queue = await startQueue(store, 1)
  for (let count = 1; count <= 2; count++) await queue.take({ does: 'write', webhook: 0, key: 0 })
  const [first, second] = await queue.rows()
  assert.deepEqual([first?.['due'], second?.['due']], [1, 0])
  const id = first?.['id'] ?? null
  await store.unit(async tx => {
    await tx.run('delete from signalbox_ordered where delivery_id = $1', id)
    await tx.run('delete from signalbox_deliveries where id = $1', id)
  })
  const queued = async () =>
    (await store.peek.all('select delivery_id, sending from signalbox_queue')).map(row => ({ ...row }))
  assert.deepEqual(await queued(), [{ delivery_id: id, sending: 0 }])
  await queue.take({ does: 'claim', process: 0 })
  assert.deepEqual(await queued(), [{ delivery_id: second?.['id'], sending: 0 }])
  await queue.take({ does: 'claim', process: 0 })
  assert.deepEqual(await queued(), [{ delivery_id: second?.['id'], sending: 1 }])
})

test('while a process has some at hand no other begins any, and while others send it claims none ahead', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const queue = await startQueue(temp.store, 1)
  const plain = 2
  const write = async (count: number): Promise<void> => {
    for (let key = 0; key < count; key++) await queue.take({ does: 'write', webhook: plain, key })
  }
  const claimed = async (): Promise<number> => (await queue.rows()).filter(row => row['sending'] === 1).length
  /** Both have sent it something, and know how long it takes. */
  for (const process of [0, 1]) {
    await write(1)
    await queue.take({ does: 'wait', ms: 40 * SECOND })
    await queue.take({ does: 'claim', process })
    await queue.take({ does: 'settle', process, job: 0, kind: 'delivered' })
  }
  await write(3)
  await queue.take({ does: 'wait', ms: 2 * SECOND })
  await queue.take({ does: 'claim', process: 0 })
  assert.deepEqual([queue.underWay().length, await claimed()], [CONCURRENCY, 3], 'one is at hand')
  await write(5)
  await queue.take({ does: 'claim', process: 1 })
  assert.deepEqual([queue.underWay().length, await claimed()], [CONCURRENCY, 3], 'and nobody else begins any')
  // The first one has one left, so the second may begin one.
  for (const _ of [1, 2]) await queue.take({ does: 'settle', process: 0, job: 0, kind: 'delivered' })
  await queue.take({ does: 'wait', ms: 2 * SECOND })
  await queue.take({ does: 'claim', process: 1 })
  assert.deepEqual([queue.underWay().length, await claimed()], [CONCURRENCY, CONCURRENCY])
  await queue.take({ does: 'settle', process: 0, job: 0, kind: 'delivered' })
  await queue.take({ does: 'claim', process: 0 })
  assert.deepEqual([queue.underWay().length, await claimed()], [CONCURRENCY, CONCURRENCY])
})

test('what is given back while the breaker is open waits for its probe', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const queue = await startQueue(temp.store, 1)
  const plain = 2
  const lane = async () => (await queue.lanes()).find(row => String(row['webhook_id']).endsWith('_2'))
  for (const key of [0, 1, 2, 3, 4]) await queue.take({ does: 'write', webhook: plain, key })
  await queue.take({ does: 'wait', ms: SECOND })
  await queue.take({ does: 'claim', process: 0 })
  await queue.take({ does: 'settle', process: 0, job: 0, kind: 'delivered' })
  await queue.take({ does: 'claim', process: 0 })
  assert.equal(queue.underWay().length, CONCURRENCY)
  const probeAt = queue.now() + 30 * SECOND
  const webhook = (await lane())?.['webhook_id'] ?? null
  await temp.store.unit(tx =>
    tx.run(
      'update signalbox_lanes set probe_at = $1, ready_at = $1, held = 1 where webhook_id = $2',
      probeAt,
      webhook,
    ),
  )
  // What is at hand is too old by now.
  await queue.take({ does: 'wait', ms: SECOND })
  assert.deepEqual((await queue.rows()).filter(row => row['sending'] === 1).length, CONCURRENCY)
  const left = await lane()
  assert.deepEqual([Number(left?.['ready_at']), left?.['held']], [probeAt, 1])
})

test('what a process puts in whose clock is behind stands where others look', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const queue = await startQueue(temp.store, 1)
  const plain = 2
  const check = async () => checkLanes(await queue.lanes(), await queue.rows(), queue.now())
  for (const key of [0, 1, 2, 3]) await queue.take({ does: 'write', webhook: plain, key })
  await queue.take({ does: 'wait', ms: 40 * SECOND })
  // Of a webhook that has not answered yet one is claimed, then two by who has sent it nothing yet.
  await queue.take({ does: 'claim', process: 1 })
  await queue.take({ does: 'settle', process: 1, job: 0, kind: 'delivered' })
  await queue.take({ does: 'claim', process: 0 })
  // The lane now says when the lease that is left ends, and that nothing earlier is to be looked for.
  await queue.take({ does: 'settle', process: 0, job: 0, kind: 'delivered' })
  await queue.take({ does: 'claim', process: 1 })
  await check()
  await queue.take({ does: 'settle', process: 1, job: 0, kind: 'delivered' })
  const owed = [4, 5].map(key => [plain, key] as const)
  await queue.take({ does: 'dispatch', process: 1, owed })
  await check()
  const left = (await queue.rows()).filter(row => row['state'] === 'pending')
  assert.deepEqual(
    left.map(row => row['sending']),
    [1, 1, 0],
  )
})
