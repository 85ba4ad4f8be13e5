import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { freshLocation } from '../database.ts'
import { client, until } from './client.ts'
import { startNewsroom } from './program.ts'
import { startReceiver } from './receiver.ts'
import { walk } from './walk.ts'

test('the journey: import, read, webhook, change, signed event, kill -9 before the answer, the same event again', async () => {
  const place = await freshLocation()
  const receiver = await startReceiver()
  let program = await startNewsroom(place)
  try {
    await walk(program.url, program.key, () => undefined)

    // The second delivery: the receiver has it, and the process dies before it is answered.
    let send = client(program.url, program.key)
    const { body: webhook } = await send('POST', '/v1/webhooks', {
      url: receiver.url,
      events: ['article.updated'],
    })
    const { body: page } = await send('GET', '/v1/articles')
    receiver.behave(() => 'hang')
    await send('PATCH', `/v1/articles/${page.data[0].id}`, { score: 77 })
    const first = await receiver.next(() => true)
    await program.kill()

    receiver.behave(() => 200)
    program = await startNewsroom(place)
    const again = await receiver.next(r => r !== first)
    assert.equal(again.id, first.id)
    assert.equal(again.body, first.body)
    new Webhook(webhook.secret).verify(again.body, again.headers as Record<string, string>)
    send = client(program.url, program.key)
    const { body: settled } = await until(
      () => send('GET', `/v1/webhooks/${webhook.id}/deliveries`),
      ({ body }) => body.data[0]?.state === 'delivered',
      'the delivery',
    )
    assert.equal(settled.data.length, 1)
    assert.equal(receiver.received.length, 2)
  } finally {
    await program.kill()
    await receiver.close()
    await place.remove()
  }
})

test('the start prints addresses, a key and four curl lines; `npm run -s key` prints a working key and nothing else', async () => {
  const place = await freshLocation()
  const program = await startNewsroom(place)
  try {
    assert.equal(program.output().match(/^ {2}curl /gm)?.length, 4)
    assert.match(program.output(), /loopback is open/)
    const env = { ...process.env, DATABASE_URL: place.location }
    const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'key'], { env })
    assert.match(stdout, /^news_[0-9A-Za-z]{36}\n$/)
    const listed = await client(program.url, stdout.trim())('GET', '/v1/articles')
    assert.equal(listed.status, 200)
    assert.equal(await program.stop(), 0)
  } finally {
    await program.kill()
    await place.remove()
  }
})
