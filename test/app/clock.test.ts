import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds, isoTime, systemClock, systemRandom } from '../../src/base/index.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { otherProgram } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const HOUR = 3_600_000

test('what a clock that was ahead had claimed is due at once when it is set back; what waits for its schedule waits on (fault 11)', async () => {
  await using before = await startFixture(library)
  const receiver = await startReceiver()
  await using _ = { [Symbol.asyncDispose]: () => receiver.close() }
  receiver.behave(() => 500)
  await before.send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })
  for (const title of ['claimed', 'first', 'again'])
    await before.send('POST', '/v1/books', { title, pages: 1 })
  await using other = await otherProgram(before.database)
  const deliveries = () =>
    other.rows('select id from signalbox_deliveries where attempt_count = 1 order by id')
  await until(
    async () => (await deliveries()).length,
    count => count === 3,
    'the attempts',
  )
  await before.serving.close()
  receiver.behave(() => 204)
  const [claimed, first, again] = (await deliveries()).map(({ id }) => String(id))
  assert.ok(claimed !== undefined && first !== undefined && again !== undefined)

  let aheadMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
  const dueAt = clock.now() + HOUR
  const later = isoTime(dueAt)
  const ahead = createIds({ ...clock, now: () => dueAt }, systemRandom)('dlv')
  const leaveLane = () => other.rows('update signalbox_lanes set held = 0, ready_at = $1', dueAt)
  const leave = async (): Promise<void> => {
    const set = async (id: string, { sending = 0, attempts = 1 } = {}): Promise<void> => {
      await other.rows(
        `update signalbox_deliveries set next_attempt_at = $1, attempt_count = $2, state = 'pending' where id = $3`,
        later,
        attempts,
        id,
      )
      await other.rows(
        'update signalbox_queue set sending = $1, due_at = $2 where delivery_id = $3',
        sending,
        dueAt,
        id,
      )
    }
    await set(claimed, { sending: 1 })
    await set(first, { attempts: 0 })
    // Ids tell when they were made.
    await other.rows('update signalbox_deliveries set id = $1 where id = $2', ahead, first)
    await other.rows('update signalbox_queue set delivery_id = $1 where delivery_id = $2', ahead, first)
    await set(again)
    await other.rows('delete from signalbox_attempts where delivery_id = $1', first)
    // As many as two pages hold, with ids that come before those of ours.
    await other.rows(`with recursive series (value) as (select 1 union all select value + 1 from series where value < 2000)
      insert into signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count,
        created_at, next_attempt_at)
      select 'dlv_0' || value, account_id, webhook_id, event_id, event_type, format, 'pending', 1, created_at, next_attempt_at
      from signalbox_deliveries, series where id = '${again}'`)
    await other.rows(`insert into signalbox_queue (webhook_id, sending, due_at, delivery_id, fence)
      select webhook_id, 0, ${dueAt}, id, 0 from signalbox_deliveries where length(id) < 12`)
    await leaveLane()
  }
  await leave()
  const came = receiver.received.length
  await using after = await startFixture(library, { store: storeAt(before.database), clock })
  const reaches = (count: number) =>
    until(
      async () => receiver.received.length - came,
      n => n >= count,
      `${count} attempts`,
    )
  // At its start it has seen no clock go back, but may have been started since.
  await reaches(2)
  const waiting = async () =>
    (
      await other.rows('select count(*) as n from signalbox_queue where sending = 0 and due_at = $1', dueAt)
    )[0]?.['n']
  assert.equal(await waiting(), 2_001)

  // As a process leaves it that saw the clock ahead, and died.
  await until(
    () => other.rows('select state from signalbox_deliveries where id = $1', claimed),
    ([row]) => row?.['state'] === 'delivered',
    'its record',
  )
  await other.rows(
    "update signalbox_deliveries set next_attempt_at = $1, state = 'pending' where id = $2",
    later,
    claimed,
  )
  await other.rows(
    `insert into signalbox_queue (webhook_id, sending, due_at, delivery_id, fence)
      select webhook_id, 1, $1, id, 1 from signalbox_deliveries where id = $2`,
    dueAt,
    claimed,
  )
  await leaveLane()
  aheadMs = -60_000
  await reaches(3)
  assert.equal(await waiting(), 2_001)
  assert.deepEqual([...before.faults, ...after.faults], [])
})
