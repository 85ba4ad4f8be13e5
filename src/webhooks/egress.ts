import { BlockList, isIP } from 'node:net'
import { later } from '../base/index.ts'
import { DefinitionError } from '../contract/index.ts'
import { type OutgoingProxy, proxyOf } from './proxy.ts'

export interface EgressPolicy {
  /** Networks that are open besides the public internet: CIDRs, `'loopback'` or `'private'`. Default: none. */
  readonly open?: readonly string[]
  /**
   * The proxy that connections go through: `http://proxy.internal:3128`. It is asked for addresses that were checked, so the guard
   * holds. Default: none; variables of the environment are not read.
   */
  readonly proxy?: string
}

/** Where this process may connect to when somebody else names the address. */
export interface Egress {
  /** Whether a connection to this IP address is allowed. Anything but an IP address is not. */
  allows(address: string): boolean
  /** What connections go through; undefined where they are made directly. */
  readonly proxy: OutgoingProxy | undefined
}

const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  // RFC 1918 and RFC 4193. Not link-local: cloud metadata services answer there.
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
])

/** Everything not globally reachable (RFC 6890 and the IANA special-purpose registry), and one cloud's inner service. */
const CLOSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
]

/** The only global unicast that IANA has given out (RFC 4291 §2.4): v4-mapped, NAT64 and local addresses lie outside. */
const OPEN_V6 = ['2000::/3']

/** Inside it: IETF protocols with Teredo, documentation, 6to4 (which embeds IPv4), AS112, documentation again. */
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

/** @throws DefinitionError where the policy names something that is no network, or no proxy. */
export function createEgress(policy: EgressPolicy): Egress {
  const { open = [], proxy } = policy
  const opened = networks(open.flatMap(name => NAMED.get(name) ?? [name]))
  return {
    proxy: proxy === undefined ? undefined : proxyOf(proxy),
    allows(address) {
      // A zone names an interface of this machine (RFC 4007 §11): never a place on the internet.
      if (address.includes('%')) return false
      switch (isIP(address)) {
        case 4:
          return opened.check(address, 'ipv4') || !closedV4().check(address, 'ipv4')
        case 6:
          return (
            opened.check(address, 'ipv6') ||
            (openV6().check(address, 'ipv6') && !closedV6().check(address, 'ipv6'))
          )
        default:
          return false
      }
    },
  }
}

function networks(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [, address = '', bits = ''] = /^([^/%]+)\/(\d{1,3})$/.exec(cidr) ?? []
    const family = isIP(address)
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) {
      throw new DefinitionError(
        'egress',
        `'${cidr}' is not a network`,
        "Write a CIDR like '10.0.0.0/8', or 'loopback' or 'private'",
      )
    }
    list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

const closedV4 = later(() => networks(CLOSED_V4))
const openV6 = later(() => networks(OPEN_V6))
const closedV6 = later(() => networks(CLOSED_V6))

const MAX_URL_LENGTH = 2048
/** What the URL Standard mends, and no URI has (RFC 3986 §2): what is shown would not be what is called. */
const UNESCAPED = /[\0- "<>\\\x7f-\xa0]/

/**
 * Why a webhook may not have this URL, in plain words; undefined where it may.
 * An IP literal is judged here, in whatever spelling; a name is judged each time it is connected to.
 */
export function checkUrl(url: string, egress: Egress): string | undefined {
  if (url.length > MAX_URL_LENGTH) return `The URL is longer than ${MAX_URL_LENGTH} characters.`
  // Parsed as the sender will parse it (WHATWG URL), so that 0x7f.1 and 2130706433 are seen as 127.0.0.1.
  const parsed = URL.parse(url)
  if (parsed === null) return 'This is not an absolute URL.'
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    return 'The URL does not begin with https:// or http://.'
  }
  if (parsed.username !== '' || parsed.password !== '') return 'The URL holds a user name or a password.'
  const host = bareHost(parsed.hostname)
  if (isIP(host) !== 0 && !egress.allows(host)) return `The address ${host} is not on the public internet.`
  if (UNESCAPED.test(url)) return 'The URL holds a character that it may not: a space is written as %20.'
  return undefined
}

/** The host of a URL as sockets want it: an IPv6 address without its brackets. */
const bareHost = (hostname: string): string => (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname)
