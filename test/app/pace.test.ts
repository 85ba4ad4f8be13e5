import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { paced } from '../../src/app/pace.ts'
import { Refusal } from '../../src/app/refusal.ts'
import { systemClock } from '../../src/base/index.ts'

async function* everyMs(ms: number, pieces: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < pieces; i++) {
    await wait(ms, undefined, { ref: false })
    yield new Uint8Array(bytes)
  }
}

async function take(body: AsyncIterable<Uint8Array>, workMs = 0): Promise<number> {
  let bytes = 0
  for await (const piece of paced(body, systemClock, 100)) {
    bytes += piece.byteLength
    if (workMs > 0) await wait(workMs)
  }
  return bytes
}

const isTooSlow = (error: unknown): boolean =>
  error instanceof Refusal && error.problem.code === 'request-timeout'

test('a body may take as long as it likes while 1 KiB comes in a second', async () => {
  assert.equal(await take(everyMs(30, 10, 100)), 1000)
})

test('a body that drips is refused once its patience is spent, and so is one that stops (fault 24)', async () => {
  await assert.rejects(take(everyMs(30, 10, 1)), isTooSlow)
  await assert.rejects(take(everyMs(60_000, 1, 1)), isTooSlow)
})

test('much at first buys no more than the patience', async () => {
  async function* burst(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1_000_000)
    yield* everyMs(30, 10, 1)
  }
  await assert.rejects(take(burst()), isTooSlow)
})

test('what is done with the bytes is not the caller waiting', async () => {
  assert.equal(await take(everyMs(1, 5, 10), 60), 50)
})
