import { Resolver } from 'node:dns/promises'

export interface Address {
  readonly address: string
  readonly family: 4 | 6
}

/** All addresses of a name, in the order to try them. Rejects where there are none. */
export type Lookup = (host: string) => Promise<readonly Address[]>

/** How long an answer for one family waits for the other. */
const GRACE_MS = 1_000

/**
 * Asks the machine's DNS servers directly (A and AAAA at once), and answers `localhost` by itself (RFC 6761 §6.3).
 *
 * Not getaddrinfo, which `dns.lookup` and so every other client uses: each of its calls holds one of libuv's four
 * threads, so that four names with a stalling DNS server would stop all file work of the process. The price is that
 * the hosts file and search domains are not read; who needs them passes another `Lookup`.
 */
export function createDnsLookup(resolver: Resolver = new Resolver({ timeout: 1_000, tries: 2 })): Lookup {
  return host => {
    if (/(^|\.)localhost\.?$/i.test(host)) {
      return Promise.resolve([
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ])
    }
    return firstOf(
      resolver.resolve4(host).then(found => found.map(address => ({ address, family: 4 }) as const)),
      resolver.resolve6(host).then(found => found.map(address => ({ address, family: 6 }) as const)),
    )
  }
}

/** Both families' addresses; one family's where the other fails or is late, since many servers drop AAAA queries. */
function firstOf(v4: Promise<Address[]>, v6: Promise<Address[]>): Promise<readonly Address[]> {
  return new Promise((resolve, reject) => {
    const found: Address[] = []
    let waiting = 2
    let failure: unknown
    let grace: NodeJS.Timeout | undefined
    const settled = () => {
      waiting -= 1
      if (waiting > 0) {
        if (found.length > 0) grace = setTimeout(() => resolve(found.slice()), GRACE_MS)
        return
      }
      clearTimeout(grace)
      if (found.length > 0) resolve(found)
      else reject(failure)
    }
    const failed = (error: unknown) => {
      failure ??= error
      settled()
    }
    for (const family of [v4, v6]) {
      family.then(addresses => {
        found.push(...addresses)
        settled()
      }, failed)
    }
  })
}
