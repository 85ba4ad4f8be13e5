import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type App, type AppOptions, openApp } from '../../app/index.ts'
import { nodeHttp } from '../../base/index.ts'
import type { Api } from '../../contract/index.ts'
import { bind } from './bind.ts'
import { refuseBrokenRequests, refuseExpectations, refuseTunnels } from './broken.ts'
import { answering } from './listener.ts'
import { guarded, MAX_FIELDS } from './unfit.ts'

export interface ServeOptions extends AppOptions {
  /** Default: 8080; 0 takes a free one. */
  readonly port?: number
  /** The address to listen on. Default: 127.0.0.1, this machine only. */
  readonly host?: string
  /** Your application's own pages on the same server: answers true where it has taken the request. */
  readonly application?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean
  /** How long requests under way may take once the server is told to stop. Default: 8,000. */
  readonly drainMs?: number
  /** Whether SIGTERM and SIGINT close the server. Default: true. */
  readonly signals?: boolean
}

export interface Serving {
  readonly app: App
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly server: Server
  /** Takes no new requests, ends those under way, gives work back, closes the store. */
  close(): Promise<void>
}

/** Serves an api over `node:http`: `await serve(newsroom, { store: sqlite('data/newsroom.db') })`. */
export async function serve(api: Api, options: ServeOptions): Promise<Serving> {
  const { port = 8080, host = '127.0.0.1', drainMs = 8_000, signals = true } = options
  const app = await openApp(api, options)
  const listen = answering(app)
  const server = nodeHttp().createServer(
    SERVER_OPTIONS,
    guarded((incoming, outgoing) => {
      try {
        if (options.application?.(incoming, outgoing) === true) return
      } catch (error) {
        // A page of the application must not take the api down with it.
        app.failed(error, "a page of the application's", [incoming.url])
        outgoing.writeHead(500).end()
        return
      }
      listen(incoming, outgoing)
    }),
  )
  refuseBrokenRequests(server)
  refuseExpectations(server)
  refuseTunnels(server)
  // Node passes over further ones without a word; one more than may come tells that there are more.
  server.maxHeadersCount = MAX_FIELDS + 1
  try {
    await bind(server, port, host)
  } catch (error) {
    await app.close()
    throw error
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= closeAll(server, app, drainMs)
    return closing
  }
  if (signals) closeOnSignals(close)
  const { address, port: bound, family } = server.address() as AddressInfo
  return { app, server, close, url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}` }
}

const SERVER_OPTIONS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Node looks for requests that are late every 30 s by default, which makes its limits a minute long.
  connectionsCheckingInterval: 1_000,
  // Answered by us, with a problem.
  requireHostHeader: false,
  // Two of a field that may come once must not be read as the first of them.
  joinDuplicateHeaders: true,
  // Whatever NODE_OPTIONS say.
  insecureHTTPParser: false,
} as const

async function closeAll(server: Server, app: App, drainMs: number): Promise<void> {
  app.drain()
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
  // Connections that are kept alive become idle as their last request ends.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearTimeout(deadline)
  clearInterval(sweep)
  await app.close()
}

function closeOnSignals(close: () => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // A second signal finds no listener and ends the process at once.
      close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
    })
  }
}
