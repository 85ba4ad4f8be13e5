import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLimitSweep, createSharedLimiter, type Limiter, type Use } from '../../src/access/index.ts'
import { systemClock } from '../../src/base/index.ts'
import { migrate } from '../../src/store/index.ts'
import { type FreshStore, freshStore, onPostgres } from '../database.ts'
import { otherProgram } from '../other-program.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z')

const account = (subject: string, requests = 320): Use => ({
  name: 'account',
  rate: { requests, perMs: 60_000, burst: requests },
  subject,
})
const key = (subject: string, requests: number): Use => ({
  ...account(subject, requests),
  name: 'key',
})

/** A store, and processes that count on it at one time of day. */
async function startProcesses(n: number) {
  const temp = await freshStore()
  await migrate(temp.store)
  const clock = { ...systemClock, at: NOON, now: () => clock.at }
  const limiters = Array.from({ length: n }, () => createSharedLimiter(temp.store, n, clock))
  return { ...temp, clock, limiters, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() }
}

/** How many of `n` requests at once go through. */
async function served(limiter: Limiter | undefined, uses: readonly Use[], n: number, now = NOON) {
  assert.ok(limiter)
  const all = await Promise.all(Array.from({ length: n }, async () => limiter(uses, now)))
  return all.filter(({ waitMs }) => waitMs === 0).length
}

const commits = async ({ store }: FreshStore, id: string): Promise<number> =>
  Number((await store.read.get('select tat from signalbox_limits where id = $1', id))?.['tat'] ?? 0)

test('processes hold to one rate together, and what is left is told to each (fault 34)', async () => {
  await using temp = await startProcesses(4)
  const counts = await Promise.all(temp.limiters.map(limiter => served(limiter, [account('a')], 200)))
  const all = counts.reduce((sum, count) => sum + count, 0)
  // Each may hold ten more.
  assert.ok(all >= 280 && all <= 320, String(counts))
  const last = await Promise.all(temp.limiters.map(limiter => served(limiter, [account('a')], 200)))
  assert.ok(all + last.reduce((sum, count) => sum + count, 0) <= 320)
  const refused = await temp.limiters[0]?.([account('a')], NOON)
  assert.ok(refused !== undefined && refused.waitMs > 0 && refused.waitMs <= 60_000 / 320)
  assert.deepEqual(refused.standings[0]?.left, 0)
  assert.equal(await served(temp.limiters[1], [account('b')], 50), 50, 'each account has its own')
})

test('most requests write nothing: a process that holds some serves them from memory', async () => {
  await using temp = await startProcesses(4)
  const [limiter] = temp.limiters
  const seen = new Set<number>()
  for (let i = 0; i < 110; i++) {
    assert.equal(await served(limiter, [account('a')], 1), 1)
    seen.add(await commits(temp, 'account a'))
  }
  assert.equal(seen.size, 10, 'one request in eleven')
  const decision = limiter?.([account('a')], NOON)
  assert.ok(decision instanceof Promise)
  const { standings } = await decision
  assert.deepEqual(standings, [
    { name: 'account', rate: account('a').rate, left: 280 - 121 + 10, resetMs: (121 * 60_000) / 320 },
  ])
})

test('a burst that is too small to be held is exact over all processes', async () => {
  await using temp = await startProcesses(4)
  const counts = await Promise.all(temp.limiters.map(limiter => served(limiter, [account('a', 7)], 20)))
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    7,
  )
})

test('a request that one limit refuses costs nothing of the others', async () => {
  await using temp = await startProcesses(2)
  const [one, two] = temp.limiters
  assert.equal(await served(one, [account('a', 5), key('k', 2)], 10), 2)
  assert.equal(await served(two, [account('a', 5), key('other', 9)], 10), 3)
})

test('what is spent comes back, and who stays away is forgotten in the store', async () => {
  await using temp = await startProcesses(2)
  const [one, two] = temp.limiters
  assert.equal(await served(one, [account('a', 6)], 9), 6)
  temp.clock.at += 10_000
  assert.equal(await served(two, [account('a', 6)], 9, temp.clock.at), 1)
  const sweep = createLimitSweep()
  assert.equal(await sweep(temp.store, 0, temp.clock.at), 0)
  temp.clock.at += 60_000
  assert.equal(await sweep(temp.store, 0, temp.clock.at), 1)
  assert.equal(await served(one, [account('a', 6)], 9, temp.clock.at), 6)
})

test('a clock that was set back shuts nobody out for longer than a request takes to come back', async () => {
  await using temp = await startProcesses(2)
  const [one] = temp.limiters
  assert.equal(await served(one, [account('a', 6)], 9), 6)
  temp.clock.at -= 3_600_000
  assert.equal(await served(one, [account('a', 6)], 1, temp.clock.at), 0)
  temp.clock.at += 10_001
  assert.equal(await served(one, [account('a', 6)], 9, temp.clock.at), 1)
})

test('while the store cannot be written each process serves its share, without waiting for it (fault 34)', async () => {
  await using temp = await startProcesses(4)
  const [one, two] = temp.limiters
  await using other = await otherProgram(temp.location)
  await other.rows(onPostgres ? 'begin' : 'begin immediate')
  if (onPostgres) await other.rows('lock table signalbox_limits in share row exclusive mode')
  assert.equal(await served(one, [account('a')], 500), 80)
  assert.equal(await served(two, [account('a')], 500), 80)
  assert.equal(one?.([account('b')], NOON) instanceof Promise, false, 'nobody waits in vain again')
  await other.rows('rollback')
  // What was asked for in vain is taken when the lock is gone.
  await temp.store.unit(tx => tx.get('select 1'))
  await new Promise(resolve => setImmediate(resolve))
  const third = await served(temp.limiters[2], [account('a')], 500)
  assert.ok(third >= 20 && third <= 320, String(third))
})
