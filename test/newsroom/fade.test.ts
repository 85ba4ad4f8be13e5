import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { systemClock } from '../../src/base/index.ts'
import { startFixture } from '../app/fixture.ts'
import { until } from '../e2e/client.ts'

test('every night at four in Berlin the scores of articles fade, and webhooks hear of it', async () => {
  const night = newsroom.schedules[0]?.next(Date.now()) ?? 0
  const ahead = night - Date.now() - 1_500
  const clock = { ...systemClock, now: () => systemClock.now() + ahead }
  await using fixture = await startFixture(newsroom, { clock })
  const article = { headline: 'Rain', link: 'https://example.com/rain', text: 'It rains.', score: 10 }
  const { body } = await fixture.send('POST', '/v1/articles', article)
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
