import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundled } from '../bundled.ts'
import { onPostgres } from '../database.ts'
import { seeded } from '../e2e/seeded.ts'
import { needsShell, row, startWatched } from './watched.ts'

const KILLS = onPostgres ? 5 : 10
/** Within which the other is killed once it works: its units wait for others there. */
const WITHIN_MS = onPostgres ? 1_000 : 150
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32))

interface Watching extends AsyncDisposable {
  /** Once it has written for the first time. */
  readonly wrote: Promise<unknown>
}

/** A process that watches and writes until its scope ends: then it is killed. */
async function startWatching(program: string, file: string, account: string): Promise<Watching> {
  const child = spawn(process.execPath, [program, file, account], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  return {
    wrote: once(child.stdout, 'data'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

test('every change of two programs is one event, in order, whenever one of them is killed', {
  skip: needsShell(),
}, async t => {
  t.diagnostic(`seed ${SEED} (SEED=${SEED} runs it again)`)
  const random = seeded(SEED)
  await using w = await startWatched()
  const { account, serving } = w.fixture
  await w.shell(row('shared', account))
  serving.app.drain()
  const program = await bundled(new URL('./children/watching.ts', import.meta.url))
  let writing = true
  let theirs = 0
  const other = (async () => {
    while (writing) {
      await w.shell("update articles set score = score + 1 where id = 'shared';".repeat(10))
      theirs += 10
    }
  })()
  for (let i = 0; i < KILLS; i++) {
    await using watching = await startWatching(program, w.database, account)
    await sleep(random() * WITHIN_MS)
    // On a slow machine it may not have come to anything, any time before.
    if (i === KILLS - 1) await watching.wrote
  }
  writing = false
  await other
  const score = Number(await w.shell("select score from articles where id = 'shared'"))
  const left = Number(await w.shell('select count(*) from signalbox_changes'))
  assert.ok(score > theirs, 'both have written')

  // What was left is recorded by whoever comes next.
  {
    await using _ = await startWatching(program, w.database, account)
    await w.events(score + 1)
  }
  const events = (await w.events(score + 1)).filter(({ type }) => type === 'article.updated')
  t.diagnostic(`${events.length} events, ${theirs} of the other program, ${left} left by the last kill`)
  assert.deepEqual(
    events.map(({ before, data }) => [before.score, data.score]),
    events.map((_, i) => [i, i + 1]),
  )
  assert.ok(events.length >= score)
})
