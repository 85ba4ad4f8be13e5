import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createBodies } from '../../src/app/bodies.ts'
import { Refusal } from '../../src/app/refusal.ts'
import { received, statusesIn } from '../runtimes/raw.ts'
import { type Fixture, startFixture } from './fixture.ts'
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

/** Sends all of a large body but its last byte. */
async function begin({ url, key }: Fixture): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const head = `POST /v1/books HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`
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

test('what is taken is given back once, and what comes after that is not counted', () => {
  const bodies = createBodies(100 * KiB)
  const one = bodies.begin()
  one.take(116 * KiB)
  const other = bodies.begin()
  other.take(16 * KiB)
  assert.throws(() => other.take(1), Refusal)
  one.end()
  one.end()
  one.take(500 * KiB)
  other.take(50 * KiB)
  assert.throws(() => bodies.begin().take(67 * KiB), Refusal)
  other.end()
  bodies.begin().take(116 * KiB)
})
