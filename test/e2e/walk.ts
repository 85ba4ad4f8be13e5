import assert from 'node:assert/strict'
import { Webhook } from 'standardwebhooks'
import twilio from 'twilio'
import { client, type Send, until } from './client.ts'
import { type Received, type Receiver, startReceiver } from './receiver.ts'

/** What an article in XML becomes when it is sent back is the same article, but for its id. */
async function walkXml(url: string, key: string, article: { readonly id: string }): Promise<void> {
  const headers = { authorization: `Bearer ${key}` }
  const at = new URL(`/v1/articles/${article.id}`, url)
  const read = await fetch(at, { headers: { ...headers, accept: 'application/xml' } })
  assert.equal(read.headers.get('content-type'), 'application/xml; charset=utf-8')
  const xml = await read.text()
  assert.match(xml, /<article[ >].*<headline>.*<tags>.*<score>/s)
  const posted = await fetch(new URL('/v1/articles', url), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/xml' },
    body: xml,
  })
  assert.equal(posted.status, 201)
  const copy = Object(await posted.json())
  const now = await (await fetch(at, { headers })).json()
  assert.deepEqual({ ...copy, id: '' }, { ...Object(now), id: '' })
}

/** The condition in the system: when the score passes 10, and only then. */
async function walkCondition(send: Send, receiver: Receiver, article: string): Promise<void> {
  const webhook = {
    url: receiver.url,
    events: ['article.created', 'article.updated'],
    when: 'data.score > 10.0 && before.score <= 10.0',
  }
  const wrong = await send('POST', '/v1/webhooks', { ...webhook, when: 'data.scor > 10.0' })
  assert.equal(wrong.status, 422)
  assert.equal(wrong.body.errors[0].pointer, '#/when')
  assert.match(wrong.body.errors[0].detail, /scor\b.*score/s)
  const { body: made } = await send('POST', '/v1/webhooks', webhook)
  const mine = (one: Received): boolean =>
    one.headers['webhook-signature'] !== undefined && isFor(one, made.secret)
  for (const score of [10, 11.5, 12, 9]) await send('PATCH', `/v1/articles/${article}`, { score })
  const came = await receiver.next(mine)
  assert.equal(JSON.parse(came.body).data.score, 11.5)
  assert.equal(JSON.parse(came.body).before.score, 10)

  const { body: events } = await send('GET', '/v1/events?limit=1')
  const last = await until(
    () => send('GET', `/v1/events/${events.data[0].id}`),
    ({ body }) => body.webhooks.some((one: { webhook_id: string }) => one.webhook_id === made.id),
    'the log of the event',
  )
  const { met, because } = last.body.webhooks.find(
    (one: { webhook_id: string }) => one.webhook_id === made.id,
  )
  assert.equal(met, false)
  assert.match(because, /data\.score > 10\.0/)
  const { body: log } = await send('GET', `/v1/webhooks/${made.id}/deliveries`)
  assert.equal(log.data.length, 1)
  assert.equal(receiver.received.filter(mine).length, 1)
  assert.equal((await send('DELETE', `/v1/webhooks/${made.id}`)).status, 204)
}

function isFor({ body, headers }: Received, secret: string): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>)
    return true
  } catch {
    return false
  }
}

/** A GET has no body to sign: Twilio's signature covers the URL, and so the query. */
async function walkGet(send: Send, receiver: Receiver, article: string): Promise<void> {
  const { status, body: made } = await send('POST', '/v1/webhooks', {
    url: `${receiver.url}?from=newsroom`,
    events: ['article.updated'],
    method: 'GET',
  })
  assert.equal(status, 201)
  await send('PATCH', `/v1/articles/${article}`, { score: 42.5 })
  const came = await receiver.next(({ method }) => method === 'GET')
  const query = new URL(came.url).searchParams
  assert.equal(query.get('from'), 'newsroom')
  assert.equal(query.get('type'), 'article.updated')
  assert.equal(query.get('data.score'), '42.5')
  const signature = String(came.headers['x-twilio-signature'])
  assert.ok(twilio.validateRequest(made.secret, signature, came.url, {}))
  assert.ok(!twilio.validateRequest(made.secret, signature, came.url.replace('42.5', '43.5'), {}))
  assert.equal((await send('DELETE', `/v1/webhooks/${made.id}`)).status, 204)
}

/**
 * The newsroom's journey over HTTP, as its README tells it: import a page, read the article, create a webhook, change
 * the article, receive the signed event; then the same in XML, with a condition, and by GET. `say` is told of each step.
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
    const members = ['id', 'headline', 'link', 'text', 'tags', 'score', 'published_at', 'author_id']
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

    await walkXml(url, key, article.body)
    say('read the article as XML, and posted it back')
    await walkCondition(send, receiver, id ?? '')
    say('was called once as the score passed 10')
    await walkGet(send, receiver, id ?? '')
    say('was called by GET, with the score in the query')
  } finally {
    await receiver.close()
  }
}
