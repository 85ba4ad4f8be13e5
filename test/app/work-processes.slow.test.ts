import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/base/index.ts'
import { bundled } from '../bundled.ts'
import { until } from '../e2e/client.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { workshop } from './workshop.ts'

/** A process that works while the fixture only answers. */
async function startWorker({ database }: Fixture, ahead = 0) {
  const program = await bundled(new URL('./children/working.ts', import.meta.url))
  const child = spawn(process.execPath, [program, database, String(ahead)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const heard = (line: string) =>
    until(
      async () => said,
      text => text.includes(line),
      line,
    )
  const closed = once(child, 'close')
  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    child.kill(signal)
    await closed
  }
  await heard('at work')
  return { heard, said: () => said, end, [Symbol.asyncDispose]: () => end('SIGKILL') }
}

const texts = async ({ send }: Fixture): Promise<string[]> =>
  (await send('GET', '/notes')).body.data.map((note: { text: string }) => note.text)

test('who cancels in one process stops a run in another within two seconds', async () => {
  await using fixture = await startFixture(workshop, { work: false })
  await using worker = await startWorker(fixture)
  const { body } = await fixture.send('POST', '/holds', { text: 'first' })
  await worker.heard('holding')
  const began = performance.now()
  const canceled = await fixture.send('POST', `/operations/${body.id}/cancel`)
  assert.deepEqual([canceled.status, canceled.body.state], [200, 'canceled'])
  await worker.heard('refused')
  assert.ok(performance.now() - began < 2_000, 'within two seconds')
  await sleep(100)
  const after = await fixture.send('GET', `/operations/${body.id}`)
  assert.deepEqual([after.body.state, after.body.result, after.body.progress.done], ['canceled', null, 1])
  assert.deepEqual(
    await texts(fixture),
    ['first'],
    'what its steps had committed stays, and nothing came after',
  )
})

test('a task whose process is killed between the commit and the run is run by the next, once (fault 1)', async () => {
  await using fixture = await startFixture(workshop, { work: false })
  await using first = await startWorker(fixture)
  await first.end('SIGKILL')
  assert.equal((await fixture.send('POST', '/writings', { text: 'promised' })).status, 204)
  await using next = await startWorker(fixture)
  await next.heard('wrote promised')
  await sleep(100)
  assert.deepEqual(await texts(fixture), ['promised'])
})

test('a run that is in the middle at SIGTERM is given back, and does not count as an attempt (fault 12)', async () => {
  await using fixture = await startFixture(workshop, { work: false })
  await using worker = await startWorker(fixture)
  const { body } = await fixture.send('POST', '/holds', { text: 'first' })
  await worker.heard('holding')
  await worker.end('SIGTERM')
  assert.match(worker.said(), /refused/)
  const { body: left } = await fixture.send('GET', `/operations/${body.id}`)
  assert.deepEqual([left.state, left.attempt_count], ['queued', 0])
})

test('two processes, one of them killed and come again, put a task off once for each time of its schedule', async () => {
  // The next minute begins in two seconds, and the one after it in 62: one time.
  const ahead = 60_000 - (Date.now() % 60_000) - 2_000
  const clock = { ...systemClock, now: () => systemClock.now() + ahead }
  await using fixture = await startFixture(workshop, { clock })
  await using other = await startWorker(fixture, ahead)
  const ticks = async () => (await fixture.send('GET', '/ticks')).body.data as { at: string }[]
  await until(ticks, found => found.length > 0, 'the minute')
  await other.end('SIGKILL')
  await using _ = await startWorker(fixture, ahead)
  await sleep(500)
  const minute = new Date(Math.floor(clock.now() / 60_000) * 60_000).toISOString()
  assert.deepEqual(
    (await ticks()).map(({ at }) => at),
    [minute],
  )
})
