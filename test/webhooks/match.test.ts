import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { event } from '../../src/contract/index.ts'
import { createBoundedMap } from '../../src/webhooks/bounded-map.ts'
import { readLog, writeLog } from '../../src/webhooks/log.ts'
import { judgeOf } from '../../src/webhooks/match.ts'

const scored = event('article.scored', z.object({ id: z.string(), score: z.number() }))
const stored = {
  id: 'evt_1',
  account: 'acc_1',
  type: 'article.scored',
  at: '2026-11-23T08:00:00.000Z',
  data: '{"id":"art_1","score":12.5}',
  before: null,
}

test('an event is for a webhook without a condition, and for one whose condition is met', () => {
  const judge = judgeOf(stored, scored)
  assert.deepEqual(judge(null), { met: true, because: null })
  assert.deepEqual(judge('data.score > 10.0'), { met: true, because: null })
  const { met, because } = judge('data.score > 20.0')
  assert.equal(met, false)
  assert.match(because ?? '', /score/)
})

test('a condition for several types is judged for each by what it says of that one', () => {
  const judge = judgeOf(stored, scored)
  assert.equal(judge('type == "article.created" || data.score > 10.0').met, true)
  assert.match(judge('type == "article.created"').because ?? '', /article\.scored/)
})

test('no condition, no event and no schema that changed makes judging throw', () => {
  for (const [given, type, when] of [
    [stored, undefined, 'data.score > 10.0'],
    [stored, scored, 'data.nope > 10.0'],
    [stored, scored, 'data.score >'],
    [{ ...stored, data: '{"id":"art_1"}' }, scored, 'data.score > 10.0'],
    [{ ...stored, data: 'null' }, scored, 'data.score > 10.0'],
    [{ ...stored, data: '{' }, scored, 'data.score > 10.0'],
    [stored, scored, 'before.score > 10.0'],
  ] as const) {
    const { met, because } = judgeOf(given, type)(when)
    assert.equal(met, false, when)
    assert.ok((because ?? '').length > 0, when)
  }
})

test('the log of an event shows each account its own webhooks only', () => {
  const webhook = (id: string, account: string) => ({ id, account })
  const text = writeLog([
    { webhook: webhook('whk_1', 'acc_1'), verdict: { met: true, because: null } },
    { webhook: webhook('whk_2', 'acc_2'), verdict: { met: false, because: 'data.score is 3' } },
  ])
  assert.deepEqual(readLog(text, 'acc_1'), [{ webhook_id: 'whk_1', met: true, because: null }])
  assert.deepEqual(readLog(text, 'acc_2'), [{ webhook_id: 'whk_2', met: false, because: 'data.score is 3' }])
  assert.deepEqual(readLog(text, 'acc_3'), [])
  assert.deepEqual(readLog(null, 'acc_1'), [])
})

test('a bounded map makes each value once, and again only once it was pushed out by newer ones', () => {
  const made: string[] = []
  const upper = createBoundedMap(2, (key: string) => {
    made.push(key)
    return key.toUpperCase()
  })
  assert.deepEqual(['a', 'a', 'b', 'c', 'b', 'a'].map(upper), ['A', 'A', 'B', 'C', 'B', 'A'])
  assert.deepEqual(made, ['a', 'b', 'c', 'a'])
})
