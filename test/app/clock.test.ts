import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { createIds, systemClock, systemRandom } from '../../src/base/index.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
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
  using db = new DatabaseSync(before.database, { timeout: 5_000 })
  const deliveries = () =>
    db.prepare('select id from signalbox_deliveries where attempt_count = 1 order by id').all()
  await until(
    async () => deliveries().length,
    count => count === 3,
    'the attempts',
  )
  await before.serving.close()
  receiver.behave(() => 204)
  const [claimed, first, again] = deliveries().map(({ id }) => String(id))
  assert.ok(claimed !== undefined && first !== undefined && again !== undefined)

  let aheadMs = 0
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
  const dueAt = clock.now() + HOUR
  const ahead = createIds({ ...clock, now: () => dueAt }, systemRandom)('dlv')
  const leaveLane = (): void =>
    void db.prepare('update signalbox_lanes set held = 0, ready_at = ?').run(dueAt)
  const leave = (): void => {
    const set = db.prepare(
      'update signalbox_deliveries set due_at = ?, next_attempt_at = ?, attempt_count = ?, state = ? where id = ?',
    )
    set.run(dueAt, null, 1, 'pending', claimed)
    set.run(dueAt, 'later', 0, 'pending', first)
    // Ids tell when they were made.
    db.prepare('update signalbox_deliveries set id = ? where id = ?').run(ahead, first)
    set.run(dueAt, 'later', 1, 'pending', again)
    db.prepare('delete from signalbox_attempts where delivery_id = ?').run(first)
    // As many as two pages hold, with ids that come before those of ours.
    db.exec(`with recursive series (value) as (select 1 union all select value + 1 from series where value < 2000)
      insert into signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count,
        created_at, next_attempt_at, due_at, fence)
      select 'dlv_0' || value, account_id, webhook_id, event_id, event_type, format, 'pending', 1, created_at, 'later', due_at, 0
      from signalbox_deliveries, series where id = '${again}'`)
    leaveLane()
  }
  leave()
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
  const waiting = () =>
    db
      .prepare("select count(*) as n from signalbox_deliveries where state = 'pending' and due_at = ?")
      .get(dueAt)?.['n']
  assert.equal(waiting(), 2_001)

  // As a process leaves it that saw the clock ahead, and died.
  const waits = db.prepare(
    "update signalbox_deliveries set due_at = ?, next_attempt_at = null, state = 'pending' where id = ?",
  )
  await until(
    async () => db.prepare('select state from signalbox_deliveries where id = ?').get(claimed)?.['state'],
    state => state === 'delivered',
    'its record',
  )
  waits.run(dueAt, claimed)
  leaveLane()
  aheadMs = -60_000
  await reaches(3)
  assert.equal(waiting(), 2_001)
  assert.deepEqual([...before.faults, ...after.faults], [])
})
