import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds, systemClock, systemRandom } from '../../src/base/index.ts'
import { migrate, type Store } from '../../src/store/index.ts'
import { claimDeliveries } from '../../src/webhooks/claim.ts'
import type { Claimed } from '../../src/webhooks/claimed.ts'
import { openLane } from '../../src/webhooks/lanes.ts'
import { writeDelivery } from '../../src/webhooks/owed.ts'
import { keepPayloads } from '../../src/webhooks/payloads.ts'
import { freshStore } from '../database.ts'

const NOW = Date.UTC(2026, 10, 23)
const AT = new Date(NOW).toISOString()
const newId = createIds(systemClock, systemRandom)

/** A webhook that answers and takes many at once, and is owed an event with each of these bodies. */
async function oweBodies(store: Store, bodies: readonly string[]): Promise<void> {
  await migrate(store)
  await store.unit(async tx => {
    await tx.run(
      `insert into signalbox_accounts (id, name, mode, created_at) values ('acc_1', 'A', 'live', $1)`,
      AT,
    )
    await tx.run(
      `insert into signalbox_webhooks (id, account_id, url, events, method, format, signature, paused, concurrency, state,
        metadata, headers, secret, sealed_by, created_at)
       values ('whk_1', 'acc_1', 'http://127.0.0.1:9/', '[]', 'POST', 'json', 'standard', 0, 64, 'active', '{}', '[]', 's', 'none', $1)`,
      AT,
    )
    await openLane(tx, 'whk_1')
    await tx.run('update signalbox_lanes set answering = 1')
    for (const body of bodies) {
      const event = {
        id: newId('evt'),
        account: 'acc_1',
        type: 'thing.happened',
        at: AT,
        data: '{}',
        before: null,
      }
      await keepPayloads(tx, [[event.id, 'json', body]])
      await writeDelivery(tx, newId, event, { id: 'whk_1', account: 'acc_1', format: 'json' }, NOW)
    }
  })
}

const noneHeld = () => ({ claims: 0, attemptMs: undefined })

const claim = (store: Store, fast = 64): Promise<readonly Claimed[]> =>
  store.unit(tx => claimDeliveries(tx, { fast, slow: 0, ahead: 0 }, noneHeld, NOW, () => undefined))

const bodyOf = ({ payload }: Claimed): string => ('body' in payload ? payload.body : payload.error)

test('a body that is too large to come with its claim is read whole, and the others beside it', async () => {
  await using temp = await freshStore()
  const bodies = ['small', 'é'.repeat(20_000), 'x'.repeat(16_384), 'x'.repeat(16_385)]
  await oweBodies(temp.store, bodies)
  assert.deepEqual((await claim(temp.store)).map(bodyOf), bodies)
})

test('what one unit may not read of large bodies is given back, and claimed by the next', async () => {
  await using temp = await freshStore()
  await oweBodies(temp.store, Array<string>(5).fill('x'.repeat(600_000)))
  const claims = [await claim(temp.store), await claim(temp.store), await claim(temp.store)]
  assert.deepEqual(
    claims.map(claimed => claimed.length),
    [2, 2, 1],
  )
  const ids = claims.flat().map(({ id }) => id)
  assert.equal(new Set(ids).size, 5)
})

test('an attempt is awaited where more is due at its webhook than was taken', async () => {
  await using temp = await freshStore()
  await oweBodies(temp.store, ['one', 'two', 'three'])
  assert.deepEqual(
    (await claim(temp.store, 2)).map(({ awaited }) => awaited),
    [true, true],
  )
  assert.deepEqual(
    (await claim(temp.store, 2)).map(({ awaited }) => awaited),
    [false],
  )
})
