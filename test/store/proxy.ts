import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server on which things go wrong. */
export interface Proxy extends AsyncDisposable {
  /** The address of the server, through the proxy. */
  readonly url: string
  /** What becomes of what is sent on from here on. `silent`: nothing arrives any more, either way, and nobody is told. */
  mode: 'open' | 'silent' | 'refused'
  /**
   * Called with what a client says, before it is sent on. Where it answers true the server still gets it, and the client hears
   * nothing more: its connection is cut a moment later.
   */
  cutAfter: ((said: string) => boolean) | undefined
  /** Ends all connections. */
  cut(): void
}

export async function startProxy(to: string): Promise<Proxy> {
  const { port, hostname } = new URL(to)
  const sockets = new Set<Socket>()
  const proxy: Proxy = {
    url: '',
    mode: 'open',
    cutAfter: undefined,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      proxy.cut()
      server.close()
      await once(server, 'close')
    },
  }
  // Nagle's algorithm would hold back what the server says in two pieces for 40 ms, of every answer.
  const server = createServer({ noDelay: true }, client => {
    if (proxy.mode === 'refused') {
      client.destroy()
      return
    }
    const upstream = connect({ port: Number(port), host: hostname, noDelay: true })
    let isCut = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        if (proxy.mode === 'silent') return
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', chunk => {
      if (proxy.mode === 'silent') return
      if (proxy.cutAfter?.(chunk.toString('latin1')) === true) {
        isCut = true
        setTimeout(() => client.destroy(), 100)
      }
      upstream.write(chunk)
    })
    upstream.on('data', chunk => {
      if (proxy.mode !== 'silent' && !isCut) client.write(chunk)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(to)
  url.port = String((server.address() as AddressInfo).port)
  return Object.assign(proxy, { url: url.href })
}
