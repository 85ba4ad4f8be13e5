import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveredPerSecond } from '../cases/deliveries.ts'
import { loadedOf } from '../load.ts'
import { compete, median, summarise } from '../measure.ts'
import { parseArguments } from '../options.ts'
import { resultsJson, table } from '../table.ts'

const entrant = (subject: string, rates: number[]) => ({
  subject,
  run: async () => rates.shift() ?? Number.NaN,
})

test('the median of an even number of rounds is the middle of the two middle ones', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([9, 1, 5, 7]), 6)
})

test('subjects take turns, round by round', async () => {
  const cases = [{ name: 'get', baseline: 'a', entrants: [entrant('a', [10, 20]), entrant('b', [1, 2])] }]
  const samples = await compete(cases, 2, () => {})
  assert.deepEqual(
    samples.map(one => [one.subject, one.value]),
    [
      ['a', 10],
      ['b', 1],
      ['a', 20],
      ['b', 2],
    ],
  )
})

test('a ratio is of medians and against the baseline of its own case', async () => {
  const cases = [
    { name: 'get', baseline: 'a', entrants: [entrant('a', [100, 300, 200]), entrant('b', [50, 60, 900])] },
    { name: 'post', baseline: 'b', entrants: [entrant('a', [5, 5, 5]), entrant('b', [10, 10, 10])] },
  ]
  const results = summarise(cases, await compete(cases, 3, () => {}))
  assert.deepEqual(JSON.parse(resultsJson(results)), [
    { case: 'get', subject: 'a', per_second: 200, ratio: 1 },
    { case: 'get', subject: 'b', per_second: 60, ratio: 0.3 },
    { case: 'post', subject: 'a', per_second: 5, ratio: 0.5 },
    { case: 'post', subject: 'b', per_second: 10, ratio: 1 },
  ])
  assert.match(table('rest', results), /against a in 'get', b in 'post'/)
  assert.match(table('rest', results), /^get +b +60\/s +50\/s–900\/s +0\.30$/m)
})

test('of several baselines the ratios are against the best, which is the least where less is better', async () => {
  const entrants = () => [entrant('a', [100]), entrant('b', [200]), entrant('c', [300])]
  const rate = { name: 'get', baseline: ['a', 'b'], entrants: entrants() }
  const time = { ...rate, name: 'start', unit: 'ms' as const, entrants: entrants() }
  const results = summarise([rate, time], await compete([rate, time], 1, () => {}))
  assert.deepEqual(JSON.parse(resultsJson(results.filter(one => one.subject === 'c'))), [
    { case: 'get', subject: 'c', per_second: 300, ratio: 1.5 },
    { case: 'start', subject: 'c', ms: 300, ratio: 3 },
  ])
})

test('a load with one refused request is no measurement', () => {
  const line = { requests: 3000, microseconds: 1_500_000, refused: 0, broken: 0, p99: 2_500 }
  assert.deepEqual(loadedOf(JSON.stringify(line)), { perSecond: 2000, p99: 2.5 })
  for (const wrong of [{ refused: 1 }, { broken: 1 }, { requests: 0 }]) {
    assert.throws(() => loadedOf(JSON.stringify({ ...line, ...wrong })), /nothing was measured/)
  }
})

test('deliveries count from the start of the work to the last arrival, when each came once and was signed', () => {
  const done = { startedAt: '1000000000', sent: 1100 }
  const report = { arrived: 1100, distinct: 1100, badlySigned: 0, lastAt: '3000000000' }
  assert.equal(deliveredPerSecond(1000, done, report), 500)
  for (const wrong of [{ arrived: 1099, distinct: 1099 }, { arrived: 1101 }, { badlySigned: 1 }]) {
    assert.throws(() => deliveredPerSecond(1000, done, { ...report, ...wrong }), /of 1100 messages/)
  }
})

test('five rounds of three seconds are measured unless said otherwise, and nonsense is refused', () => {
  assert.deepEqual(parseArguments(['rest']), {
    bench: 'rest',
    only: undefined,
    settings: { rounds: 5, seconds: 3, jobs: 20_000 },
  })
  assert.equal(parseArguments(['durable', '--rounds', '2']).settings.rounds, 2)
  for (const words of [
    [],
    ['soap'],
    ['rest', 'durable'],
    ['rest', '--rounds', '0'],
    ['rest', '--seconds', '1.5'],
  ]) {
    assert.throws(() => parseArguments(words), /node bench\/run\.ts/)
  }
})
