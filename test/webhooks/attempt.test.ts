import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIds, systemClock, systemRandom } from '../../src/base/index.ts'
import { attempt } from '../../src/webhooks/attempt.ts'
import { job } from './jobs.ts'

test("a tracer of the program's own that throws is a rejection, which whoever begins many can bear", async () => {
  const broken = () => {
    throw new Error('no sampler')
  }
  const env = {
    tables: new Map(),
    eventWriters: new Map(),
    inputWriters: new Map(),
    newId: createIds(systemClock, systemRandom),
    clock: systemClock,
    answersMs: 0,
    tracing: { span: broken, kept: broken, traceparent: broken, received: broken, ids: broken },
    committed: () => {},
  }
  const call = () => assert.fail('nothing is sent')
  await assert.rejects(attempt({ env, call }, job('1')), /no sampler/)
})
