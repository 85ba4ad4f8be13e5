import assert from 'node:assert/strict'
import { Webhook } from 'standardwebhooks'
import { client, until } from './client.ts'
import { startReceiver } from './receiver.ts'

/**
 * The newsroom's journey over HTTP, as its README tells it: import a page, read the article, create a webhook, change
 * the article, and receive the signed event. `say` is told of each step.
 */
export async function walk(url: string, key: string, say: (step: string) => void): Promise<void> {
  const send = client(url, key)
  const receiver = await startReceiver()
  try {
    const ready = await fetch(new URL('/readyz', url))
    assert.equal(ready.status, 200)

    const started = await send('POST', '/v1/imports', { url: new URL('/sample/night-ferry', url).href })
    assert.equal(started.status, 202)
    const at = started.headers.get('location') ?? ''
    assert.match(at, /^\/v1\/operations\/op_/)
    const done = await until(
      () => send('GET', at),
      ({ body }) => body.state === 'succeeded' || body.state === 'failed',
      'the import',
    )
    assert.equal(done.body.state, 'succeeded', JSON.stringify(done.body))
    assert.deepEqual(done.body.progress, { done: 1, total: 1 })
    say(`imported a page: ${at}`)

    const [id] = done.body.result.articles as string[]
    const article = await send('GET', `/v1/articles/${id}`)
    assert.equal(article.status, 200)
    const members = ['id', 'headline', 'link', 'text', 'tags', 'score', 'published_at']
    assert.deepEqual(Object.keys(article.body), members)
    assert.ok(article.body.text.length > 500 && !article.body.text.includes('<'))
    const listed = await send('GET', '/v1/articles?limit=1')
    assert.deepEqual(listed.body.data, [article.body])
    say(`read the article: ${article.body.headline}`)

    const webhook = await send('POST', '/v1/webhooks', { url: receiver.url, events: ['article.updated'] })
    assert.equal(webhook.status, 201)
    assert.match(webhook.body.secret, /^whsec_/)
    const again = await send('GET', `/v1/webhooks/${webhook.body.id}`)
    assert.equal(again.body.url, receiver.url)
    assert.ok(!('secret' in again.body), 'the secret is shown once')
    say(`created a webhook: ${webhook.body.id}`)

    const score = Math.round(Math.random() * 1e6)
    const changed = await send('PATCH', `/v1/articles/${id}`, { score })
    assert.equal(changed.body.score, score)
    const came = await receiver.next(r => r.body.includes(`"score":${score}`))
    const event = new Webhook(webhook.body.secret).verify(
      came.body,
      came.headers as Record<string, string>,
    ) as {
      type: string
      data: unknown
      before: unknown
    }
    assert.equal(event.type, 'article.updated')
    assert.deepEqual(event.data, changed.body)
    assert.deepEqual(event.before, article.body)
    say(`received the signed event: ${came.id}`)

    const logged = await until(
      () => send('GET', `/v1/webhooks/${webhook.body.id}/deliveries`),
      ({ body }) => body.data[0]?.state === 'delivered',
      'the delivery',
    )
    const delivery = await send('GET', `/v1/deliveries/${logged.body.data[0].id}`)
    assert.equal(delivery.body.attempts[0].status, 204)
    assert.equal(delivery.body.body, came.body)
    assert.equal((await send('DELETE', `/v1/webhooks/${webhook.body.id}`)).status, 204)
    say('read the log of the delivery')
  } finally {
    await receiver.close()
  }
}
