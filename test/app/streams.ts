import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { EventSource } from 'eventsource'
import { until } from '../e2e/client.ts'

// Streams of events, as somebody else's client reads them, and as they lie on the wire.

/** An event as its listener gets it. */
export interface Heard {
  readonly id: string
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  readonly event: any
}

export interface Listening extends AsyncDisposable {
  readonly heard: readonly Heard[]
  /** Once there are so many. */
  hears(count: number): Promise<readonly Heard[]>
}

const TYPES = ['book.created', 'book.updated', 'book.deleted', 'book.lent', 'place.created', 'webhook.test']

/** An EventSource with a key, once it is open. */
export async function listen(
  { url, key }: { readonly url: string; readonly key: string },
  path = '/v1/events',
  headers: Readonly<Record<string, string>> = {},
): Promise<Listening> {
  const heard: Heard[] = []
  const errors: (number | string | undefined)[] = []
  const source = new EventSource(new URL(path, url), {
    fetch: (target, init) =>
      fetch(target, { ...init, headers: { ...headers, ...init.headers, authorization: `Bearer ${key}` } }),
  })
  for (const type of TYPES) {
    source.addEventListener(type, message => {
      heard.push({ id: message.lastEventId, type, event: JSON.parse(String(message.data)) })
    })
  }
  source.addEventListener('error', error => errors.push(error.code ?? error.message))
  await new Promise(resolve => {
    source.addEventListener('open', resolve, { once: true })
    source.addEventListener('error', resolve, { once: true })
  })
  assert.deepEqual(errors, [])
  return {
    heard,
    hears: count =>
      until(
        async () => heard,
        all => all.length >= count,
        `${count} events`,
      ),
    async [Symbol.asyncDispose]() {
      source.close()
    },
  }
}

/** Asks for a stream on a socket of its own. */
export function openSocket(
  { url, key }: { readonly url: string; readonly key: string },
  { version = '1.1', query = '', fields = '' } = {},
): Socket {
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(
    `GET /v1/events${query} HTTP/${version}\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\nAccept: text/event-stream\r\n${fields}\r\n`,
  )
  return socket
}

/** The ids of the messages in what came over the wire, those of its chunks put together. */
export const idsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^id: (\S+)\nevent: /gm)].map(([, id = '']) => id)

export function assertOnce(ids: readonly string[], expected: readonly string[]): void {
  assert.equal(new Set(ids).size, ids.length, 'none comes twice')
  assert.deepEqual(ids, expected)
}
