import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createEndOfTurn } from '../../src/runtimes/node/end-of-turn.ts'

test('what is put off is done at the end of the turn, in its order', async () => {
  const done: string[] = []
  const atEndOfTurn = createEndOfTurn()
  atEndOfTurn(() => done.push('first'))
  await Promise.resolve()
  atEndOfTurn(() => done.push('second'))
  assert.deepEqual(done, [])
  await turn()
  assert.deepEqual(done, ['first', 'second'])
})

test('what is put off meanwhile waits for the next turn', async () => {
  const done: string[] = []
  const atEndOfTurn = createEndOfTurn()
  atEndOfTurn(() => {
    atEndOfTurn(() => done.push('second'))
    done.push('first')
  })
  await turn()
  assert.deepEqual(done, ['first'])
  await turn()
  assert.deepEqual(done, ['first', 'second'])
})
