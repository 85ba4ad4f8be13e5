import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** An IPv4 address that came in over an IPv6 socket (RFC 4291 §2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** The address of a caller, as it is written: without an IPv6 zone, and IPv4 as IPv4. */
function plain(address: string): string {
  // All that is taken away belongs to IPv6, or to a list.
  if (!/[:\s]/.test(address)) return address
  const [bare = ''] = address.trim().split('%')
  return MAPPED.exec(bare)?.[1] ?? bare
}

/**
 * Who is at the other end: the peer of the connection, or what the proxies in front of the server say. Each of them adds the
 * address that it was called from to the end of `X-Forwarded-For`, so with `proxies` of them the caller's is that many from
 * the end; all before it anybody can have made up. Undefined where nobody knows.
 */
export function addressOf(
  request: { readonly remote?: string | undefined; header(name: string): string | undefined },
  proxies: number,
): string | undefined {
  const peer = request.remote && plain(request.remote)
  if (proxies === 0) return peer
  const forwarded = request.header('x-forwarded-for')?.split(',') ?? []
  const claimed = plain(forwarded.at(-proxies) ?? '')
  return isIP(claimed) === 0 ? peer : claimed
}

/** By what callers without a key are counted: an IPv6 customer has a /64 to itself, so that is one caller. */
export function neighbourhood(address: string | undefined): string {
  if (address === undefined || !isIPv6(address)) return address ?? 'unknown'
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** Whether `text` is an address, or a network in CIDR form (RFC 4632 §3.1, RFC 4291 §2.3): `192.0.2.0/24`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || address.includes('%') || more !== undefined) return false
  return bits === undefined || (/^(0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

/** Whether the address is in one of the networks. An unknown one is in none. */
export function isWithin(address: string | undefined, networks: readonly string[]): boolean {
  if (address === undefined) return false
  const list = new BlockList()
  for (const network of networks) {
    const [first = '', bits] = network.split('/')
    const family = isIPv4(first) ? 'ipv4' : 'ipv6'
    if (bits === undefined) list.addAddress(first, family)
    else list.addSubnet(first, Number(bits), family)
  }
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}
