import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { api, operation } from '../../src/contract/index.ts'
import { until } from '../e2e/client.ts'
import { startReceiver } from '../e2e/receiver.ts'
import { rowIn, rowsIn } from '../other-program.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

test('an attempt that outlasts the process is given back, and does not count as made (fault 12)', async () => {
  await using fixture = await startFixture(library)
  await using receiver = await startReceiver()
  receiver.behave(() => 'hang')
  await fixture.send('POST', '/v1/webhooks', { url: receiver.url, events: ['book.created'] })
  await fixture.send('POST', '/v1/books', { title: 'Emma', pages: 474 })
  await receiver.next(() => true)
  const began = performance.now()
  await fixture.serving.close()
  const took = performance.now() - began
  assert.ok(took < 10_000, `closing took ${took} ms`)
  const delivery = await rowIn(
    fixture.database,
    'select state, attempt_count, sending, due_at from signalbox_deliveries join signalbox_queue on delivery_id = id',
  )
  assert.deepEqual(
    [delivery?.['state'], delivery?.['attempt_count'], delivery?.['sending']],
    ['pending', 0, 0],
  )
  assert.ok(Number(delivery?.['due_at']) <= Date.now(), 'it is due at once, not when its lease ends')
  assert.deepEqual(await rowsIn(fixture.database, 'select * from signalbox_attempts'), [])
  assert.deepEqual(fixture.faults, [])
})

test('an operation that does not heed its signal cannot hold up the end of the process (fault 12)', async () => {
  const deaf = operation('deaf', {
    path: '/deaf',
    input: z.object({}),
    output: z.object({}),
    run: () => new Promise<Record<string, never>>(() => undefined),
  })
  await using fixture = await startFixture(api({ title: 'Deaf', version: '1', operations: [deaf] }))
  const { body } = await fixture.send('POST', '/deaf', {})
  await until(
    () => fixture.send('GET', `/operations/${body.id}`),
    a => a.body.state === 'running',
    'the run',
  )
  const began = performance.now()
  await fixture.serving.close()
  assert.ok(performance.now() - began < 10_000)
  const left = await rowIn(fixture.database, 'select settled_at, due_at from signalbox_operations')
  assert.equal(left?.['settled_at'], null)
  assert.ok(Number(left?.['due_at']) <= Date.now())
})
