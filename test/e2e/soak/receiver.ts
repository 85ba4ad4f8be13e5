import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { sha256 } from '../../../src/base/index.ts'

/** `dead`: nobody listens. `hangs`: never answers, and drops the connection after a second. */
export type Mood = 'well' | 'fails' | 'hangs' | 'dead'

/** What came of one event. */
export interface Arrivals {
  /** When the first came, by `performance.now`. */
  readonly firstAt: number
  times: number
  /** Of them those that were answered by 204. */
  taken: number
  /** Of the bodies: one, where all attempts sent the same bytes. */
  readonly digests: Set<string>
}

/** Somebody's receiver, which counts what comes by `webhook-id`. */
export interface Receiver {
  readonly url: string
  readonly arrivals: ReadonlyMap<string, Arrivals>
  turn(mood: Mood): Promise<void>
  close(): Promise<void>
}

export async function openReceiver(): Promise<Receiver> {
  const arrivals = new Map<string, Arrivals>()
  let mood: Mood = 'well'
  let port = 0
  let server: Server | undefined

  async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const at = performance.now()
    // Who dies while it sends has told nothing.
    const body = await text(incoming).catch(() => undefined)
    if (body === undefined) return
    const id = String(incoming.headers['webhook-id'])
    const one = arrivals.get(id) ?? { firstAt: at, times: 0, taken: 0, digests: new Set() }
    arrivals.set(id, one)
    one.times++
    one.digests.add(sha256(body, 'hex'))
    if (mood === 'hangs') setTimeout(() => incoming.socket.destroy(), 1_000)
    else if (mood === 'fails') outgoing.writeHead(500).end()
    else {
      one.taken++
      outgoing.writeHead(204).end()
    }
  }
  async function listen(): Promise<void> {
    const opened = createServer((incoming, outgoing) => void take(incoming, outgoing))
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject)
      opened.listen(port, '127.0.0.1', resolve)
    })
    port = (opened.address() as AddressInfo).port
    server = opened
  }
  async function close(): Promise<void> {
    const closing = server
    server = undefined
    closing?.closeAllConnections()
    await new Promise(resolve => (closing === undefined ? resolve(undefined) : closing.close(resolve)))
  }
  await listen()
  return {
    url: `http://127.0.0.1:${port}/`,
    arrivals,
    async turn(next) {
      mood = next
      if (next === 'dead') await close()
      else if (server === undefined) await listen()
    },
    close,
  }
}
