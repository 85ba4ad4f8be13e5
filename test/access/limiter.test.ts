import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLimiter, type Use } from '../../src/access/index.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const twoASecond = { requests: 2, perMs: 1000, burst: 2 }
const fiveAMinute = { requests: 5, perMs: 60_000, burst: 5 }
const account = (subject: string): Use => ({ name: 'account', rate: fiveAMinute, subject })
const key = (subject: string): Use => ({ name: 'key', rate: twoASecond, subject })

test('each is counted alone: what one account has spent, another has not', () => {
  const limiter = createLimiter()
  for (let i = 0; i < 5; i++) assert.equal(limiter([account('a')], 0).waitMs, 0)
  assert.equal(limiter([account('a')], 0).waitMs, 12_000)
  assert.equal(limiter([account('b')], 0).waitMs, 0)
})

test('a request that one limit refuses costs nothing of the others', () => {
  const limiter = createLimiter()
  for (let i = 0; i < 10; i++) limiter([account('a'), key('k')], 0)
  // The key let two through, so the account has three.
  for (let i = 0; i < 3; i++) assert.equal(limiter([account('a'), key(`other ${i}`)], 0).waitMs, 0)
  assert.ok(limiter([account('a'), key('yet another')], 0).waitMs > 0)
})

test('without a limit there is nothing to tell', () => {
  assert.deepEqual(createLimiter()([], 0), { waitMs: 0, standings: [] })
})

test('a caller is remembered for as long as it counts, while millions of others come and go', () => {
  const limiter = createLimiter()
  for (let i = 0; i < 5; i++) limiter([account('a')], 0)
  for (let i = 0; i < 50_000; i++) limiter([account(`b${i}`)], i)
  assert.equal(limiter([account('a')], 50_000).waitMs, 0, 'four of twelve seconds have passed')
  for (let i = 0; i < 3; i++) limiter([account('a')], 50_000)
  assert.ok(limiter([account('a')], 50_000).waitMs > 0)
})

test('memory is bounded: those whose time is past are forgotten, and of too many the oldest', () => {
  const limiter = createLimiter(1000)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 1_000_000; i++) limiter([key(`10.0.${i}`)], 0)
  collectGarbage()
  const after = process.memoryUsage().heapUsed
  assert.ok(after - before < 4 * 1024 * 1024, `${after - before} bytes`)
  // The latest are still counted.
  assert.equal(limiter([key('10.0.999999')], 0).waitMs, 0)
  assert.ok(limiter([key('10.0.999999')], 0).waitMs > 0)
})
