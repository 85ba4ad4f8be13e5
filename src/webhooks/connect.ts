import { isIP, type LookupFunction } from 'node:net'
import type { Agent } from 'undici'
import { later, load } from '../base/index.ts'
import { type Address, createDnsLookup, type Lookup } from './dns.ts'
import type { Egress } from './egress.ts'

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

/** Takes 27 MB, and stops the loop for 0.1 s while it is loaded: see docs/decisions/footprint.md. */
export const undici = later(() => load('undici') as typeof import('undici'))

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
 * Proxy variables of the environment are not read. HTTP/1.1 only. Close it with `close()` or `destroy()`.
 */
export function createAgent(
  egress: Egress,
  options: ConnectOptions = {},
  lookup: Lookup = createDnsLookup(),
): Agent {
  const { dnsMs = 5_000, connectMs = 10_000, ca } = options
  const { Agent, buildConnector } = undici()
  const connect = buildConnector({
    timeout: connectMs,
    allowH2: false,
    // Stated, so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot turn it off.
    rejectUnauthorized: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 1_000,
    lookup: guardLookup(egress, lookup, dnsMs),
    ...(ca === undefined ? {} : { ca }),
  })
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
function guardLookup(egress: Egress, lookup: Lookup, dnsMs: number): LookupFunction {
  const check = (host: string, found: readonly Address[]): Address[] => {
    const closed = found.find(({ address }) => !egress.allows(address))
    if (closed !== undefined) throw new EgressRefused(host, closed.address)
    if (found.length === 0) throw new NameUnresolved(host, 'it has no address')
    return [...found]
  }
  return (host, _options, callback) => {
    let answered = false
    const answer = (error: Error | null, found: Address[]) => {
      if (answered) return
      answered = true
      clearTimeout(timer)
      callback(error, found)
    }
    const timer = setTimeout(
      () => answer(new NameUnresolved(host, `no answer from DNS within ${dnsMs} ms`), []),
      dnsMs,
    )
    lookup(host)
      .catch((cause: unknown) => {
        throw new NameUnresolved(host, cause instanceof Error ? cause.message : String(cause), cause)
      })
      .then(found => check(host, found))
      .then(
        found => answer(null, found),
        // What is thrown above and by `check` is an Error.
        (error: unknown) => answer(error as Error, []),
      )
  }
}

/** Whether an https connection failed after TCP: what fails before it is ours, a time limit, or a `connect` call's. */
function isTls(error: Error): boolean {
  if (error instanceof EgressRefused || error instanceof NameUnresolved || error instanceof AggregateError)
    return false
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall !== 'connect' && code !== 'UND_ERR_CONNECT_TIMEOUT'
}
