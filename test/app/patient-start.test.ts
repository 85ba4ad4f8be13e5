import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/base/index.ts'
import { type ServeOptions, type Serving, serve } from '../../src/runtimes/node/index.ts'
import type { LogRecord } from '../../src/telemetry/index.ts'
import { freshLocation, onPostgres } from '../database.ts'
import { until } from '../e2e/client.ts'
import { otherProgram } from '../other-program.ts'
import { storeAt } from '../store-at.ts'
import { library } from './library.ts'

const LOCK = onPostgres
  ? ['begin', 'lock table signalbox.signalbox_steps in access exclusive mode']
  : ['begin immediate']

/** A database that was in use before, whose lock another program holds. */
async function startHeld() {
  const stack = new AsyncDisposableStack()
  const { location } = stack.use(await freshLocation())
  const records: LogRecord[] = []
  const start = (more: Partial<ServeOptions> = {}): Promise<Serving> =>
    serve(library, {
      store: storeAt(location, { patienceMs: 200 }),
      port: 0,
      signals: false,
      log: { write: record => records.push(record) },
      ...more,
    })
  await (await start()).close()
  const holder = stack.use(await otherProgram(location))
  for (const statement of LOCK) await holder.rows(statement)
  return { location, holder, records, start, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a start waits while another program holds the lock of the database, says so once, and goes on', async () => {
  await using held = await startHeld()
  const { records, start, holder } = held
  let began = false
  const starting = start().then(serving => {
    began = true
    return serving
  })
  await until(
    async () => records,
    found => found.length > 0,
    'the record',
  )
  // For as long as some tries take.
  await sleep(1_000)
  assert.equal(began, false)
  await holder.rows('commit')
  const serving = await starting
  assert.deepEqual(
    records.map(({ level, kind, at_most_ms }) => [level, kind, at_most_ms]),
    [['error', 'waiting', 60_000]],
  )
  assert.equal((await fetch(`${serving.url}/readyz`)).status, 200)
  await serving.close()
})

test('it waits as well for a file that nobody may read meanwhile', { skip: onPostgres }, async () => {
  await using place = await freshLocation()
  await using holder = await otherProgram(place.location)
  await holder.rows('create table theirs (id text)')
  await holder.rows('begin exclusive')
  const records: LogRecord[] = []
  const starting = serve(library, {
    store: storeAt(place.location, { patienceMs: 100 }),
    port: 0,
    signals: false,
    log: { write: record => records.push(record) },
  })
  await until(
    async () => records,
    found => found.length > 0,
    'the record',
  )
  await holder.rows('commit')
  await (await starting).close()
  assert.deepEqual(
    records.map(({ kind }) => kind),
    ['waiting'],
  )
})

test('a start that has waited for 60 s ends with the reason and the mend', async () => {
  await using held = await startHeld()
  const { start, holder } = held
  // Of which a minute is over in a second.
  const clock = { ...systemClock, elapsed: () => systemClock.elapsed() * 60 }
  const begun = performance.now()
  await assert.rejects(start({ clock }), (error: Error) => {
    assert.match(error.message, /within 60 s: another program holds its lock.*End that program/)
    return true
  })
  assert.ok(performance.now() - begun > 900)
  await holder.rows('rollback')
  await (await start()).close()
})

test('what is wrong with a database otherwise ends a start at once', async () => {
  await using held = await startHeld()
  const { records, holder, start } = held
  await holder.rows('rollback')
  const nowhere = onPostgres ? 'postgres://nobody@127.0.0.1:1/none' : '/dev/null/none.db'
  const begun = performance.now()
  await assert.rejects(start({ store: storeAt(nowhere) }), /cannot (?:be used|use)/)
  assert.ok(performance.now() - begun < 10_000)
  assert.deepEqual(records, [])
})
