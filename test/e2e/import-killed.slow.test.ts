import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { freshLocation } from '../database.ts'
import { rowsIn } from '../other-program.ts'
import type { Location } from '../store-at.ts'
import { client, until } from './client.ts'
import { quietPort, startNewsroom } from './program.ts'

test('an import that is killed between two articles goes on behind the last that was committed (fault 2)', async () => {
  const place = await freshLocation()
  const site = await startSite(['one', 'two', 'three'])
  const port = await quietPort()
  let program = await startNewsroom(place, port)
  const send = client(program.url, program.key)
  try {
    site.hold('/two')
    const { body: started } = await send('POST', '/v1/imports', { url: `${site.url}/feed` })
    await until(
      () => Promise.resolve(site.asked),
      asked => asked.includes('/two'),
      'the second article',
    )
    const { body: half } = await send('GET', `/v1/operations/${started.id}`)
    assert.deepEqual([half.state, half.progress], ['running', { done: 1, total: 3 }])
    await program.kill()

    // As after it has lain dead for most of its lease.
    await endLeaseIn(place.location, 5_000)
    site.hold(undefined)
    program = await startNewsroom(place, port)
    const startedAt = performance.now()
    const { body } = await until(
      () => send('GET', `/v1/operations/${started.id}`),
      answer => answer.body.state !== 'running',
      'the import',
    )
    // Resumed within the rest of the lease, and 5 s; the rest of the import comes on top.
    assert.ok(performance.now() - startedAt < 20_000)
    assert.equal(body.state, 'succeeded')
    assert.deepEqual(body.result.skipped, [])
    const { body: articles } = await send('GET', '/v1/articles')
    assert.deepEqual(
      articles.data.map((article: { id: string }) => article.id),
      body.result.articles.toReversed(),
    )
    assert.equal(new Set(articles.data.map((article: { link: string }) => article.link)).size, 3)
    assert.deepEqual(
      site.asked.filter(path => path !== '/feed'),
      ['/one', '/two', '/two', '/three'],
    )
  } finally {
    await program.kill()
    await site.close()
    await place.remove()
  }
})

async function endLeaseIn(database: Location, ms: number): Promise<void> {
  const changed = await rowsIn(
    database,
    'update signalbox_operations set due_at = $1 where settled_at is null and due_at > $1 returning id',
    Date.now() + ms,
  )
  assert.equal(changed.length, 1, 'the operation is claimed')
}

interface Site {
  readonly url: string
  readonly asked: readonly string[]
  /** This page is not answered. */
  hold(path: string | undefined): void
  close(): Promise<void>
}

/** Somebody's newspaper: a feed and its articles. */
async function startSite(names: readonly string[]): Promise<Site> {
  const asked: string[] = []
  let held: string | undefined
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/'
    const origin = `http://${incoming.headers.host}`
    asked.push(path)
    if (path === held) return
    const items = names.map(name => `<item><title>${name}</title><link>${origin}/${name}</link></item>`)
    if (path === '/feed') {
      outgoing.writeHead(200, { 'content-type': 'application/rss+xml' })
      outgoing.end(`<rss version="2.0"><channel><title>News</title>${items.join('')}</channel></rss>`)
      return
    }
    const paragraph = `<p>${`The story of ${path.slice(1)} is told here at some length. `.repeat(12)}</p>`
    outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    outgoing.end(`<html><head><title>${path.slice(1)}</title></head><body><article><h1>${path.slice(1)}</h1>
      ${paragraph.repeat(4)}</article></body></html>`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    hold(path) {
      held = path
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
