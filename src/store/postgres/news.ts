import { randomUUID } from 'node:crypto'
import type { News } from '../port.ts'
import { type Connection, type ConnectionOptions, connect } from './connection.ts'

/** One notification is for all that a process commits in so many milliseconds, and one look for all that is heard in them. */
const GATHER_MS = 10
const RECONNECT_MS = 1_000
const CHANNEL = 'signalbox'

export interface OpenNews extends News {
  close(): Promise<void>
}

/**
 * Tells and hears by LISTEN and NOTIFY, on a connection of its own and outside of transactions: one that notifies waits at its
 * commit for all others that do. What is lost with a connection is found by looking.
 */
export function openNews(options: ConnectionOptions): OpenNews {
  const self = randomUUID()
  const listeners: (() => void)[] = []
  let connection: Promise<Connection | undefined> | undefined
  let timer: NodeJS.Timeout | undefined
  let hearing: NodeJS.Timeout | undefined
  let closed = false

  function heardSome(): void {
    hearing = undefined
    if (!closed) for (const heard of listeners) heard()
  }
  function listen(): Promise<Connection | undefined> {
    connection ??= open()
    return connection
  }
  async function open(): Promise<Connection | undefined> {
    try {
      const made = await connect(options)
      made.onLost = again
      made.onNotice = (channel, from) => {
        if (channel === CHANNEL && from !== self) hearing ??= setTimeout(heardSome, GATHER_MS)
      }
      await made.control(`listen ${CHANNEL}`)
      // What was told before is not told again.
      heardSome()
      return made
    } catch {
      again()
      return undefined
    }
  }
  function again(): void {
    connection = undefined
    if (closed || listeners.length === 0) return
    setTimeout(() => {
      if (!closed) void listen()
    }, RECONNECT_MS).unref()
  }
  async function tell(): Promise<void> {
    timer = undefined
    const opened = await listen()
    if (closed) return
    // Whoever is not told looks within a second.
    await opened?.query('select pg_notify($1, $2)', [CHANNEL, self]).catch(() => undefined)
  }
  return {
    hear(heard) {
      listeners.push(heard)
      void listen()
    },
    tell() {
      if (!closed) timer ??= setTimeout(() => void tell(), GATHER_MS)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      clearTimeout(hearing)
      const opened = await connection
      await opened?.close().catch(() => undefined)
    },
  }
}
