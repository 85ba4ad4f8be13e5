import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { systemClock } from '../../src/base/index.ts'
import { startFixture } from '../app/fixture.ts'
import { until } from '../e2e/client.ts'

test('every night at four in Berlin the scores of articles fade, and webhooks hear of it', async () => {
  const night = newsroom.schedules[0]?.next(Date.now()) ?? 0
  let since: number | undefined
  // Its hand stands still until there is an article: no machine is too slow to be ready by then.
  const passed = () => (since === undefined ? 0 : systemClock.now() - since)
  const clock = { ...systemClock, now: () => night - 1_000 + passed() }
  await using fixture = await startFixture(newsroom, { clock })
  const article = { headline: 'Rain', link: 'https://example.com/rain', text: 'It rains.', score: 10 }
  const { body } = await fixture.send('POST', '/v1/articles', article)
  since = systemClock.now()
  const { body: faded } = await until(
    () => fixture.send('GET', `/v1/articles/${body.id}`),
    answer => answer.body.score !== 10,
    'the night',
  )
  assert.equal(faded.score, 9)
  const { body: events } = await fixture.send('GET', '/v1/events')
  const [latest] = events.data.filter(({ type }: { type: string }) => type === 'article.updated')
  assert.deepEqual([latest?.data.score, latest?.before.score], [9, 10])
})
