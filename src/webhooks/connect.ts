import { isIP, type LookupFunction } from 'node:net'
import type { Agent } from 'undici'
import { type Address, createDnsLookup, type Lookup } from './dns.ts'
import type { Egress } from './egress.ts'
import { connectThrough, ProxyFailed } from './proxy.ts'
import { undici } from './undici.ts'

/** The egress guard is closed for an address of this host. Nothing was connected. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused'
  readonly host: string
  /** For the producer's own log. It is not in the message: consumers read that, and must not map the inner network. */
  readonly address: string

  constructor(host: string, address: string) {
    super(`the address of '${host}' is not on the public internet`)
    this.host = host
    this.address = address
  }
}

/** The host's name has no address, or DNS did not say in time. */
export class NameUnresolved extends Error {
  override readonly name = 'NameUnresolved'
  readonly host: string

  constructor(host: string, why: string, cause?: unknown) {
    super(`the name '${host}' could not be resolved: ${why}`, { cause })
    this.host = host
  }
}

/** A TCP connection was made, and TLS failed on it: an untrusted or expired certificate, another protocol, a reset. */
export class TlsFailed extends Error {
  override readonly name = 'TlsFailed'
  readonly host: string

  constructor(host: string, cause: Error) {
    super(`TLS with '${host}' failed: ${cause.message}`, { cause })
    this.host = host
  }
}

export interface ConnectOptions {
  /** How long a name may take to resolve. Default: 5,000. */
  readonly dnsMs?: number
  /** How long a connection may take, with DNS and TLS. Default: 10,000. */
  readonly connectMs?: number
  /** Certificates (PEM) to trust instead of the public authorities. */
  readonly ca?: string | string[]
}

/**
 * Connections that pass the egress guard: an IP literal is checked before it is connected to, and a name once it is
 * resolved; the connection goes to the addresses that were checked, so a second answer of DNS changes nothing.
 * Where the policy names a proxy, that is asked for these addresses; variables of the environment are not read. HTTP/1.1 only.
 * Close it with `close()` or `destroy()`.
 */
export function createAgent(
  egress: Egress,
  options: ConnectOptions = {},
  lookup: Lookup = createDnsLookup(),
): Agent {
  const { dnsMs = 5_000, connectMs = 10_000, ca } = options
  const { Agent, buildConnector } = undici()
  const resolve = guarded(egress, lookup, dnsMs)
  const direct = buildConnector({
    timeout: connectMs,
    allowH2: false,
    // Stated, so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot turn it off.
    rejectUnauthorized: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 1_000,
    lookup: asLookup(resolve),
    ...(ca === undefined ? {} : { ca }),
  })
  const { proxy } = egress
  const connect =
    proxy === undefined
      ? direct
      : connectThrough({ proxy, resolve, secure: direct, lookup: asLookup(lookup), connectMs })
  return new Agent({
    connect: (target, callback) => {
      const host = target.hostname
      // Sockets do not look literals up, so the guard around the lookup would never see them.
      if (isIP(host) !== 0 && !egress.allows(host)) {
        queueMicrotask(() => callback(new EgressRefused(host, host), null))
        return
      }
      connect(target, (...[error, socket]) => {
        if (error === null) callback(null, socket)
        else callback(target.protocol === 'https:' && isTls(error) ? new TlsFailed(host, error) : error, null)
      })
    },
    allowH2: false,
    maxHeaderSize: 16 * 1024,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 60_000,
  })
}

/** Resolves once, and hands on only addresses that are all allowed: a mixed answer is refused whole. */
function guarded(egress: Egress, lookup: Lookup, dnsMs: number): Lookup {
  return async host => {
    const found = await inTime(host, lookup(host), dnsMs)
    const closed = found.find(({ address }) => !egress.allows(address))
    if (closed !== undefined) throw new EgressRefused(host, closed.address)
    if (found.length === 0) throw new NameUnresolved(host, 'it has no address')
    return found
  }
}

function inTime(
  host: string,
  looking: Promise<readonly Address[]>,
  dnsMs: number,
): Promise<readonly Address[]> {
  return new Promise((resolve, reject) => {
    const why = `no answer from DNS within ${dnsMs} ms`
    const timer = setTimeout(() => reject(new NameUnresolved(host, why)), dnsMs)
    looking
      .then(resolve, (cause: unknown) =>
        reject(new NameUnresolved(host, cause instanceof Error ? cause.message : String(cause), cause)),
      )
      .finally(() => clearTimeout(timer))
  })
}

/** As sockets ask. */
const asLookup =
  (lookup: Lookup): LookupFunction =>
  (host, _options, answer) => {
    lookup(host).then(
      found => answer(null, [...found]),
      // What a lookup rejects with is an Error.
      (error: unknown) => answer(error as Error, []),
    )
  }

/** Whether an https connection failed after TCP: what fails before it is ours, a time limit, or a `connect` call's. */
function isTls(error: Error): boolean {
  const ours = [EgressRefused, NameUnresolved, ProxyFailed, AggregateError]
  if (ours.some(kind => error instanceof kind)) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall !== 'connect' && code !== 'UND_ERR_CONNECT_TIMEOUT'
}
