import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHousekeeping, keepMs } from '../../src/app/keep.ts'
import { createSeal, systemClock, systemRandom } from '../../src/base/index.ts'
import { migrate } from '../../src/store/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { until } from '../e2e/client.ts'
import { freshDatabase, needsPostgres } from '../postgres.ts'

const COUNT = 100_000

test('a look for what may go reads no whole table, though nobody has counted the rows', {
  skip: needsPostgres(),
}, async () => {
  await using database = await freshDatabase()
  const empty = await postgres(database.url)()
  await migrate(empty)
  await empty.close()
  const id = (prefix: string): string => `'${prefix}_' || lpad(i::text, 26, '0')`
  const series = `from generate_series(1, ${COUNT}) as i`
  const tables = ['deliveries', 'events'].map(name => `signalbox.signalbox_${name}`)
  for (const table of tables) await database.query(`alter table ${table} set (autovacuum_enabled = off)`)
  await database.query(`insert into signalbox.signalbox_events (id, account_id, type, created_at, data, dispatched, position)
    select ${id('evt')}, 'ann', 'book.created', '2001-01-01T00:00:00.000Z', repeat('x', 300), 1, i ${series}`)
  // They must stay, so that each of their events is asked for.
  await database.query(`insert into signalbox.signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state,
    attempt_count, created_at) select ${id('dlv')}, 'ann', 'w', ${id('evt')}, 't', 'json', 'pending', 0, '2001' ${series}`)
  const scans = async (): Promise<{ readonly whole: number; readonly byIndex: number }> => {
    const { rows } = await database.query(`select sum(seq_scan)::int as whole, sum(idx_scan)::int as "byIndex"
      from pg_stat_user_tables where relname in ('signalbox_events', 'signalbox_deliveries')`)
    return rows[0]
  }
  const before = await scans()
  const store = await postgres(database.url)()
  const seal = createSeal([], systemRandom)
  const clock = systemClock
  const round = createHousekeeping({ store, clock, keep: keepMs({}), requestDays: undefined, seal })
  assert.equal(await round(), 1000)
  // What a connection has read it tells when it ends: here one look for each event of the slice, at least.
  await store.close()
  const after = await until(
    scans,
    ({ whole, byIndex }) => whole + byIndex >= before.byIndex + 500,
    'the count',
  )
  assert.equal(after.whole, before.whole)
})
