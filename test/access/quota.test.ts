import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createQuotaCounter } from '../../src/access/index.ts'
import { systemClock } from '../../src/base/index.ts'
import { api } from '../../src/contract/index.ts'
import { migrate, type Store } from '../../src/store/index.ts'
import { startFixture } from '../app/fixture.ts'
import { library } from '../app/library.ts'
import { freshStore } from '../database.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z')
const HOUR = 3_600_000

type Counter = ReturnType<typeof createQuotaCounter>

/** How many of `n` requests at once go through. */
async function served(counter: Counter, n: number, account = 'a', now = NOON): Promise<number> {
  const all = await Promise.all(Array.from({ length: n }, () => counter.take(account, now)))
  return all.filter(({ waitMs }) => waitMs === 0).length
}

test('of all at once exactly the quota is served, and each account has its own', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const counter = createQuotaCounter(temp.store, { requests: 2500, per: 'day' })
  assert.equal(await served(counter, 4000), 2500)
  assert.equal(await served(counter, 10, 'b'), 10)
})

test('those who wait at once are served by one commit', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  let commits = 0
  const store: Store = {
    ...temp.store,
    unit(work) {
      commits++
      return temp.store.unit(work)
    },
  }
  const counter = createQuotaCounter(store, { requests: 5000, per: 'day' })
  assert.equal(await served(counter, 4000), 4000)
  assert.equal(commits, 1)
})

test('requests that come one after the other are served block by block, exactly the quota', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const counter = createQuotaCounter(temp.store, { requests: 2500, per: 'day' })
  let all = 0
  for (let i = 0; i < 2600; i++) all += await served(counter, 1)
  assert.equal(all, 2500)
})

test('two processes serve the quota together, and what one took and did not need the other has', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const quota = { requests: 5000, per: 'month' } as const
  const [one, two] = [createQuotaCounter(temp.store, quota), createQuotaCounter(temp.store, quota)]
  assert.equal(await served(one, 1), 1)
  // One holds four more of its block of five.
  assert.equal(await served(two, 6000), 4995)
  await one.close()
  assert.equal(await served(two, 10), 0, 'the store is not asked for every refused request')
  assert.equal(await served(two, 10, 'a', NOON + 10_000), 4)
})

test('a process that is killed loses the rest of its block, and never serves more than the quota', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const quota = { requests: 3000, per: 'day' } as const
  let all = 0
  // Each is left as a kill leaves it.
  for (let i = 0; i < 5; i++) all += await served(createQuotaCounter(temp.store, quota), 100)
  all += await served(createQuotaCounter(temp.store, quota), 3000)
  assert.ok(all <= 3000 && all >= 3000 - 5 * 3, String(all))
})

test('it begins anew with the day, or the month, in UTC', async () => {
  await using temp = await freshStore()
  await migrate(temp.store)
  const daily = createQuotaCounter(temp.store, { requests: 2, per: 'day' })
  assert.equal(await served(daily, 3), 2)
  const refused = await daily.take('a', NOON)
  assert.equal(refused.waitMs, 12 * HOUR)
  assert.deepEqual(refused.standing.rate, { requests: 2, perMs: 24 * HOUR })
  assert.equal(await served(daily, 3, 'a', NOON + 12 * HOUR), 2)
  const monthly = createQuotaCounter(temp.store, { requests: 2, per: 'month' })
  const { standing } = await monthly.take('b', NOON)
  assert.deepEqual(standing.rate, { requests: 2, perMs: 30 * 24 * HOUR })
  assert.equal(standing.resetMs, Date.parse('2026-12-01T00:00:00Z') - NOON)
})

test('answers tell of the quota and a spent one is a 429, for this account alone', async () => {
  const [books] = library.resources
  assert.ok(books !== undefined)
  const quota = { requests: 3, per: 'day' } as const
  const few = api({ title: 'Few', version: '1', resources: [books], limits: { quota } })
  const clock = { ...systemClock, now: () => NOON }
  await using fixture = await startFixture(few, { clock })
  const { send } = fixture
  for (const left of [2, 1, 0]) {
    const { status, headers } = await send('GET', '/books')
    assert.equal(status, 200)
    assert.equal(headers.get('ratelimit-policy'), '"quota";q=3;w=86400')
    assert.equal(headers.get('ratelimit'), `"quota";r=${left};t=43200`)
  }
  const { status, headers, body } = await send('GET', '/books')
  assert.deepEqual([status, body.code], [429, 'rate-limited'])
  assert.equal(headers.get('retry-after'), '43200')
  assert.equal((await (await fixture.another())('GET', '/books')).status, 200)
})
