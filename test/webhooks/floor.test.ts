import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFloor } from '../../src/webhooks/floor.ts'

const MINUTE = 60_000

test('a floor only rises, until something is found below it', async () => {
  let now = 0
  const floor = createFloor({ elapsed: () => now })
  floor.raise(7)
  floor.raise(3)
  assert.equal(floor.at, 7)
  const asked: number[] = []
  const ask = (found: boolean) => (at: number) => {
    asked.push(at)
    return Promise.resolve(found)
  }
  await floor.verify(ask(true))
  assert.deepEqual([asked, floor.at], [[], 7], 'not before a minute is over')
  now += MINUTE
  await floor.verify(ask(false))
  assert.deepEqual([asked, floor.at], [[7], 7])
  now += MINUTE
  await floor.verify(ask(true))
  assert.deepEqual([asked, floor.at], [[7, 7], 0])
})

test('what takes long is asked for seldom, and by one at a time', async () => {
  let now = 0
  const floor = createFloor({ elapsed: () => now })
  floor.raise(1)
  let asked = 0
  now += MINUTE
  await floor.verify(async () => {
    asked++
    now += 1_000
    await floor.verify(async () => assert.fail('it is being asked'))
    return false
  })
  for (now += 999_000; asked < 2; now += 500) {
    await floor.verify(async () => {
      asked++
      return false
    })
  }
  assert.ok(now >= 1_061_000 && now < 1_063_000, `${now}`)
})

test('a look that fails is made again', async () => {
  let now = MINUTE
  const floor = createFloor({ elapsed: () => now })
  floor.raise(1)
  now += MINUTE
  await assert.rejects(floor.verify(() => Promise.reject(new Error('gone'))))
  now += MINUTE
  await floor.verify(() => Promise.resolve(true))
  assert.equal(floor.at, 0)
})
