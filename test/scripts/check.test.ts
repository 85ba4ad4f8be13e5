import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, type Step } from '../../scripts/check.ts'

const step = (name: string, ...scripts: string[]): Step => ({
  name,
  commands: scripts.map(script => ['node', '--eval', script] as const),
})

/** What a run of these steps prints and returns, on a clock that moves half a second with every look. */
async function run(
  ...steps: readonly Step[]
): Promise<{ said: readonly string[]; failed: readonly string[] }> {
  const said: string[] = []
  let now = 0
  const elapsed = (): number => (now += 500)
  const failed = await check(steps, elapsed, line => said.push(line))
  return { said, failed }
}

test('a step that passes is one line, whatever it printed', async () => {
  assert.deepEqual(await run(step('types', "console.log('noise')")), {
    said: ['ok   types      0.5 s'],
    failed: [],
  })
})

test('a step that fails shows the output of the command that failed, and the steps after it still run', async () => {
  const { said, failed } = await run(
    step('lint', "console.error('first'); process.exitCode = 1", "console.log('second')", 'process.exit(2)'),
    step('types', ''),
  )
  assert.deepEqual(failed, ['lint'])
  assert.deepEqual(said, [
    'FAIL lint       0.5 s',
    "$ node --eval console.error('first'); process.exitCode = 1\nfirst",
    '$ node --eval process.exit(2)\n',
    'ok   types      0.5 s',
  ])
})

test('a command that is ended by a signal has failed', async () => {
  const { failed } = await run(step('types', 'process.kill(process.pid)'))
  assert.deepEqual(failed, ['types'])
})
