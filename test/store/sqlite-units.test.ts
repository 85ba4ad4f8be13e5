import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import { connect } from '../../src/store/sqlite/connection.ts'
import { createUnits } from '../../src/store/sqlite/units.ts'
import { tempStore } from './temp.ts'

test('a unit that asks nothing of the database waits for no flush; one that only reads does', async () => {
  await using temp = await tempStore()
  const connection = connect(temp.file, 'write')
  let flushes = 0
  const units = createUnits({
    connection,
    flusher: { flush: async () => void flushes++, pending: undefined },
    clock: systemClock,
    random: systemRandom,
    patienceMs: 5_000,
    mayWrite: () => true,
    onCommit: () => undefined,
  })
  assert.equal(await units.run(async () => 7), 7)
  await assert.rejects(
    units.run(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(flushes, 0)
  // Another process may have committed what it sees, and not flushed it yet.
  await units.run(tx => tx.get('select 1'))
  assert.equal(flushes, 1)
  await Promise.all([units.run(async () => 1), units.run(tx => tx.run('create table a (id integer)'))])
  assert.equal(flushes, 2)
  await units.close()
  connection.close()
})
