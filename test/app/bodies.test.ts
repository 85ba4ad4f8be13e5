import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { createBodies } from '../../src/app/bodies.ts'
import { Refusal } from '../../src/app/refusal.ts'
import { api, endpoint } from '../../src/contract/index.ts'
import { until } from '../e2e/client.ts'
import { received, statusesIn } from '../runtimes/raw.ts'
import { type Fixture, startFixture } from './any-store.ts'
import { library } from './library.ts'

const KiB = 1024
const book = JSON.stringify({ title: 'Emma', pages: 474 })
const large = book.padEnd(300 * KiB, ' ')

type Posted = Awaited<ReturnType<typeof post>>

async function post({ url, key }: Fixture, body: string | Uint8Array<ArrayBuffer>, coding?: string) {
  const response = await fetch(new URL('/v1/books', url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(coding && { 'content-encoding': coding }),
    },
    body,
  })
  const { code } = Object(await response.json())
  return { status: response.status, retry: response.headers.get('retry-after'), code }
}

/** Sends all of a large body but its last byte, from an address of the loopback. */
async function begin(
  { url, key }: Pick<Fixture, 'url' | 'key'>,
  path = '/v1/books',
  localAddress = '127.0.0.1',
): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, localAddress })
  const by = key === '' ? '' : `Authorization: Bearer ${key}\r\n`
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\n${by}Content-Type: application/json\r\n`
  await new Promise<unknown>(resolve =>
    socket.write(`${head}Content-Length: ${large.length}\r\n\r\n${large.slice(0, -1)}`, resolve),
  )
  return socket
}

/** The same, once it is what keeps other large bodies out. What was written may not have been read when they come: then it is kept out itself. */
async function hold(fixture: Fixture): Promise<{ readonly slow: Socket; readonly refused: Posted }> {
  for (;;) {
    const slow = await begin(fixture)
    const answer = received(slow)
    while (answer() === '') {
      const refused = await post(fixture, large)
      if (refused.status !== 201) return { slow, refused }
    }
    slow.destroy()
  }
}

test('bodies are refused beyond what may be held at once, but for small ones, until there is room again', async () => {
  await using fixture = await startFixture(library, { limits: { inFlightBytes: 500 * KiB } })
  const { slow, refused } = await hold(fixture)
  const answer = received(slow)
  assert.deepEqual([refused.status, refused.retry, refused.code], [503, '1', 'unavailable'])
  assert.equal((await post(fixture, gzipSync(large), 'gzip')).status, 503, 'as it unpacks')
  assert.equal((await post(fixture, book)).status, 201)
  slow.write(' ')
  while (statusesIn(answer()).length === 0) await once(slow, 'data')
  assert.deepEqual(statusesIn(answer()), [201])
  assert.equal((await post(fixture, large)).status, 201)
  slow.destroy()
})

test('what callers that went away had sent is given back', async () => {
  await using fixture = await startFixture(library, { limits: { inFlightBytes: 500 * KiB } })
  for (let i = 0; i < 3; i++) {
    const { slow } = await hold(fixture)
    slow.destroy()
    while ((await post(fixture, large)).status === 503);
  }
})

/** Begins six of them, and waits until all but one are refused. */
async function beginSix(begin: () => Promise<Socket>): Promise<AsyncDisposable> {
  const sockets = await Promise.all(Array.from({ length: 6 }, begin))
  const answers = sockets.map(socket => received(socket))
  await until(
    async () => answers.map(answer => statusesIn(answer())).filter(([status]) => status === 503).length,
    refused => refused === 5,
    'the refusals',
  )
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

const shared = { limits: { inFlightBytes: 1000 * KiB } }

test('an account that sends more than its share at once is refused alone: others are served beside it', async () => {
  await using fixture = await startFixture(library, shared)
  const other = await fixture.another()
  await using _ = await beginSix(() => begin(fixture))
  for (let i = 0; i < 3; i++) {
    assert.equal(
      (await other('POST', '/v1/books', { title: 'Emma', pages: 1, note: 'x'.repeat(300 * KiB) })).status,
      201,
    )
    assert.match(
      (await fixture.send('POST', '/v1/books', { note: 'x'.repeat(300 * KiB) })).body.detail,
      /of yours/,
    )
  }
})

test('so is an address, of callers whom nobody knows', async () => {
  const suggest = endpoint({
    method: 'POST',
    path: '/suggestions',
    input: z.object({ title: z.string(), pages: z.int() }),
    open: true,
    handle: () => undefined,
  })
  await using fixture = await startFixture(
    api({ title: 'Box', version: '1', resources: [], endpoints: { suggest } }),
    shared,
  )
  const unknown = { url: fixture.url, key: '' }
  await using _ = await beginSix(() => begin(unknown, '/suggestions', '127.0.0.2'))
  const other = await begin(unknown, '/suggestions', '127.0.0.3')
  const answer = received(other)
  other.write(' ')
  while (statusesIn(answer()).length === 0) await once(other, 'data')
  assert.deepEqual(statusesIn(answer()), [204])
  other.destroy()
})

test('who sends alone has half, each of two a third; a single body may be larger where there is no other', () => {
  const bodies = createBodies(90 * KiB)
  const counted = 16 * KiB
  const one = bodies.begin('one')
  one.take(counted + 80 * KiB)
  assert.throws(() => bodies.begin('other').take(counted + 6 * KiB), Refusal)
  one.end()

  bodies.begin('one').take(counted + 45 * KiB)
  assert.throws(() => bodies.begin('one').take(counted + 1), Refusal)
  bodies.begin('other').take(counted + 22 * KiB)
  bodies.begin('third').take(counted + 11 * KiB)
})

test('what is taken is given back once, and what comes after that is not counted', () => {
  const bodies = createBodies(100 * KiB)
  const one = bodies.begin('one')
  one.take(116 * KiB)
  const other = bodies.begin('other')
  other.take(16 * KiB)
  assert.throws(() => other.take(1), Refusal)
  one.end()
  one.end()
  one.take(500 * KiB)
  other.take(50 * KiB)
  assert.throws(() => bodies.begin('third').take(67 * KiB), Refusal)
  other.end()
  bodies.begin('third').take(116 * KiB)
})
