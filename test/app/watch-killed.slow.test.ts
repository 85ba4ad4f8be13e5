import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seeded } from '../e2e/seeded.ts'
import { needsShell, row, startWatched } from './watched.ts'

const KILLS = 10
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32))

test('every change of two programs is one event, in order, whenever one of them is killed', {
  skip: needsShell(),
}, async t => {
  t.diagnostic(`seed ${SEED} (SEED=${SEED} runs it again)`)
  const random = seeded(SEED)
  await using w = await startWatched()
  const { account, serving } = w.fixture
  await w.shell(row('shared', account))
  serving.app.drain()
  let writing = true
  let theirs = 0
  const other = (async () => {
    while (writing) {
      await w.shell("update articles set score = score + 1 where id = 'shared';".repeat(10))
      theirs += 10
    }
  })()
  const script = fileURLToPath(new URL('./children/watching.ts', import.meta.url))
  for (let i = 0; i < KILLS; i++) {
    const child = spawn(process.execPath, [script, w.file, account], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await sleep(random() * 150)
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  writing = false
  await other
  const score = Number(await w.shell("select score from articles where id = 'shared'"))
  const left = Number(await w.shell('select count(*) from signalbox_changes'))
  assert.ok(score > theirs, 'both have written')

  // What was left is recorded by whoever comes next.
  const child = spawn(process.execPath, [script, w.file, account], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await w.events(score + 1)
  child.kill('SIGKILL')
  await once(child, 'close')
  const events = (await w.events(score + 1)).filter(({ type }) => type === 'article.updated')
  t.diagnostic(`${events.length} events, ${theirs} of the other program, ${left} left by the last kill`)
  assert.deepEqual(
    events.map(({ before, data }) => [before.score, data.score]),
    events.map((_, i) => [i, i + 1]),
  )
  assert.ok(events.length >= score)
})
