import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchHandler, openApp } from '../../src/runtimes/fetch/index.ts'
import { books, library } from '../app/library.ts'
import { sqliteLocation } from '../sqlite-location.ts'
import { storeAt } from '../store-at.ts'

test('the fetch adapter takes the same journey as the Node adapter', async () => {
  await using place = await sqliteLocation()
  const app = await openApp(library, { store: storeAt(place.location) })
  const { key } = await app.accounts.issueKey(await app.accounts.create('a'), 'test')
  const handle = fetchHandler(app)
  const call = (
    method: string,
    path: string,
    body?: string | ReadableStream,
    headers: Record<string, string> = {},
  ) =>
    handle(
      new Request(`https://api.example.com${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      }),
    )
  try {
    const made = await call('POST', '/v1/books', '{"title":"Emma","pages":474}')
    assert.equal(made.status, 201)
    const { id } = (await made.json()) as { id: string }
    assert.equal(made.headers.get('location'), `/v1/books/${id}`)
    assert.match(made.headers.get('request-id') ?? '', /^req_/)
    assert.equal((await call('GET', `/v1/books/${id}`)).status, 200)
    assert.equal((await call('HEAD', `/v1/books/${id}`)).status, 200)
    const missing = await call('GET', '/v1/books/boo_x')
    assert.deepEqual([missing.status, missing.headers.get('content-type')], [404, 'application/problem+json'])
    const endless = new ReadableStream({ pull: controller => controller.enqueue(new Uint8Array(65_536)) })
    assert.equal((await call('POST', '/v1/books', endless)).status, 413)
    assert.equal((await call('DELETE', `/v1/books/${id}`)).status, 204)
    assert.equal((await handle(new Request('https://api.example.com/healthz'))).status, 200)
  } finally {
    await app.close()
  }
})

test('a stream of events goes through the fetch adapter, and ends where its reader stops reading', async () => {
  await using place = await sqliteLocation()
  const app = await openApp(library, {
    store: storeAt(place.location),
    limits: { accountStreams: 1 },
    work: false,
  })
  const account = await app.accounts.create('a')
  const { key } = await app.accounts.issueKey(account, 'test')
  const handle = fetchHandler(app)
  const open = () =>
    handle(
      new Request('https://api.example.com/v1/events', {
        headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      }),
    )
  try {
    const stream = await open()
    assert.equal((await open()).status, 429)
    const reader = stream.body?.getReader()
    await reader?.read()
    await app.unit(account, ({ on }) => on(books).create({ title: 'Emma', pages: 474 }))
    assert.match(
      Buffer.from((await reader?.read())?.value ?? []).toString(),
      /^id: evt_\w+\nevent: book.created\n/,
    )
    // In the midst of waiting for the next event.
    const waiting = reader?.read()
    await reader?.cancel()
    assert.equal((await waiting)?.done, true)
    const again = await open()
    assert.equal(again.status, 200)
    await again.body?.cancel()
  } finally {
    await app.close()
  }
})
