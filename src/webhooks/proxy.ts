import { isIP, isIPv6, type LookupFunction, type Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { DefinitionError } from '../contract/index.ts'
import { undici } from './undici.ts'

// Connections through a proxy of the producer's, by CONNECT (RFC 9110 §9.3.6). Names are resolved and checked here, and the proxy
// is asked for the address that was checked: it connects where the guard says, and TLS is spoken through it with the name.

/** Where connections go through. */
export interface OutgoingProxy {
  readonly url: URL
  /** A Proxy-Authorization field (RFC 9110 §11.7.2); null where the URL has no user. */
  readonly credentials: string | null
}

/** The outgoing proxy did not make a connection. Its address is not in the message: consumers read that. */
export class ProxyFailed extends Error {
  override readonly name = 'ProxyFailed'

  constructor(why: string, cause?: unknown) {
    super(`the outgoing proxy ${why}`, { cause })
  }
}

/** @throws DefinitionError that does not repeat the URL, which may hold a password. */
export function proxyOf(given: string): OutgoingProxy {
  const url = URL.parse(given)
  const isProxy =
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === ''
  if (!isProxy) {
    throw new DefinitionError(
      'egress',
      'the proxy is no http or https URL of a host',
      "Write 'http://proxy.internal:3128', with user and password where it wants them",
    )
  }
  const user = `${decoded(url.username)}:${decoded(url.password)}`
  const credentials = user === ':' ? null : `Basic ${Buffer.from(user, 'utf8').toString('base64')}`
  return { url, credentials }
}

/** Of a user or password in a URL. One with a % that escapes nothing is meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export interface TunnelOptions {
  readonly proxy: OutgoingProxy
  /** The checked addresses of a name. */
  readonly resolve: (host: string) => Promise<readonly { readonly address: string }[]>
  /** Looks up the proxy's own name. */
  readonly lookup: LookupFunction
  /** Speaks TLS over a connection that is there. */
  readonly secure: buildConnector.connector
  /** For DNS, the connection to the proxy and its answer. */
  readonly connectMs: number
}

/** Connects through a proxy. Literals are checked before it is called. */
export function connectThrough(options: TunnelOptions): buildConnector.connector {
  const { proxy, lookup, secure, connectMs } = options
  const toProxy = undici().buildConnector({
    timeout: connectMs,
    allowH2: false,
    rejectUnauthorized: true,
    lookup,
  })

  async function tunnel(target: buildConnector.Options): Promise<Socket> {
    const { hostname, protocol } = target
    const signal = AbortSignal.timeout(connectMs)
    const found = isIP(hostname) === 0 ? await options.resolve(hostname) : [{ address: hostname }]
    const port = target.port || (protocol === 'https:' ? '443' : '80')
    let failure: unknown
    for (const { address } of found) {
      try {
        const authority = `${isIPv6(address) ? `[${address}]` : address}:${port}`
        return await ask(await reach(toProxy, proxy), proxy, authority, signal)
      } catch (error) {
        failure = error
        if (signal.aborted) break
      }
    }
    throw failure
  }

  return (target, answer) => {
    tunnel(target).then(
      socket => {
        if (target.protocol === 'https:') secure({ ...target, httpSocket: socket }, answer)
        else answer(null, socket)
      },
      // What is thrown above is an Error.
      (error: unknown) => answer(error as Error, null),
    )
  }
}

function reach(toProxy: buildConnector.connector, { url }: OutgoingProxy): Promise<Socket> {
  const { hostname, host, protocol, port } = url
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return new Promise((resolve, reject) => {
    toProxy({ hostname: bare, host, protocol, port }, (...[error, socket]) => {
      if (error === null) resolve(socket.setNoDelay(true))
      else reject(new ProxyFailed('cannot be reached', error))
    })
  })
}

/** The longest head of an answer that is read. */
const MAX_HEAD = 16 * 1024
const END = '\r\n\r\n'

/** Asks for a connection, and gives it back as it is behind the head of the answer. */
function ask(
  socket: Socket,
  { credentials }: OutgoingProxy,
  authority: string,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    const settle = () => {
      socket.off('data', read).off('error', fail).off('close', closed)
      signal.removeEventListener('abort', late)
    }
    const fail = (error: Error) => {
      settle()
      socket.on('error', () => undefined).destroy()
      reject(error)
    }
    const closed = () => fail(new ProxyFailed('closed the connection'))
    const { errors } = undici()
    const late = () => fail(new errors.ConnectTimeoutError('the outgoing proxy did not connect in time'))
    const read = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf(END)
      if (end === -1) {
        if (head.length > MAX_HEAD) fail(new ProxyFailed('gave an answer that is too long'))
        return
      }
      const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, end)) ?? []
      if (status === undefined || !status.startsWith('2'))
        return fail(new ProxyFailed(`did not make the connection: ${status ?? 'no HTTP'}`))
      settle()
      socket.pause()
      const rest = head.subarray(end + END.length)
      if (rest.length > 0) socket.unshift(rest)
      resolve(socket)
    }
    if (signal.aborted) return late()
    socket.on('data', read).on('error', fail).on('close', closed)
    signal.addEventListener('abort', late, { once: true })
    const authorization = credentials === null ? '' : `proxy-authorization: ${credentials}\r\n`
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${authorization}\r\n`)
  })
}
