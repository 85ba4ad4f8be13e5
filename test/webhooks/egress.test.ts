import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkUrl, createEgress } from '../../src/webhooks/egress.ts'

const closed = createEgress({ open: [] })
const allowed = (addresses: readonly string[]) => addresses.filter(address => closed.allows(address))

/** Network, its first and last address, and the neighbours outside it. Neighbours in another closed network are left out. */
const CLOSED_V4: readonly (readonly [string, string, string, ...string[]])[] = [
  ['0.0.0.0/8', '0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['100.64.0.0/10', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['127.0.0.0/8', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['169.254.0.0/16', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['172.16.0.0/12', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.0.0.0/24', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['192.31.196.0/24', '192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
  ['192.52.193.0/24', '192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
  ['192.88.99.0/24', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['192.168.0.0/16', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['192.175.48.0/24', '192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
  ['198.18.0.0/15', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['198.51.100.0/24', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['203.0.113.0/24', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['224.0.0.0/4', '224.0.0.0', '239.255.255.255', '223.255.255.255'],
  ['240.0.0.0/4', '240.0.0.0', '255.255.255.255'],
  ['168.63.129.16/32', '168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
]

const ones = (groups: number) => Array(groups).fill('ffff').join(':')

const CLOSED_V6: readonly (readonly [string, string, string, ...string[]])[] = [
  ['2001::/23', '2001::', `2001:1ff:${ones(6)}`, `2000:${ones(7)}`, '2001:200::'],
  ['2001:db8::/32', '2001:db8::', `2001:db8:${ones(6)}`, `2001:db7:${ones(6)}`, '2001:db9::'],
  ['2002::/16', '2002::', `2002:${ones(7)}`, `2001:${ones(7)}`, '2003::'],
  [
    '2620:4f:8000::/48',
    '2620:4f:8000::',
    `2620:4f:8000:${ones(5)}`,
    `2620:4f:7fff:${ones(5)}`,
    '2620:4f:8001::',
  ],
  ['3fff::/20', '3fff::', `3fff:fff:${ones(6)}`, `3ffe:${ones(7)}`, '3fff:1000::'],
]

for (const [network, first, last, ...outside] of [...CLOSED_V4, ...CLOSED_V6]) {
  test(`${network} is closed from its first address to its last, and nothing beside it`, () => {
    assert.deepEqual(allowed([first, last]), [])
    assert.deepEqual(allowed(outside), outside)
  })
}

test('of IPv6 only 2000::/3 is open', () => {
  assert.deepEqual(allowed(['2000::', `3fff:${ones(7)}`, '2606:4700:4700::1111']), [
    '2000::',
    `3fff:${ones(7)}`,
    '2606:4700:4700::1111',
  ])
  assert.deepEqual(
    allowed([`1fff:${ones(7)}`, '4000::', '::', 'fc00::1', 'fe80::1', 'ff02::1', '5f00::1']),
    [],
  )
})

test('an IPv6 address that embeds an IPv4 address is closed, whatever it embeds', () => {
  const embedding = [
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::7f00:1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2002:7f00:1::1',
  ]
  assert.deepEqual(allowed(embedding), [])
})

test('an address with a zone is closed, even one of an open network', () => {
  const egress = createEgress({ open: ['fe80::/10', '::/0'] })
  assert.equal(egress.allows('fe80::1'), true)
  assert.equal(egress.allows('fe80::1%eth0'), false)
  assert.equal(egress.allows('2606:4700::1%eth0'), false)
})

test('what is no IP address is closed', () => {
  assert.deepEqual(
    allowed(['', 'localhost', '127.1', '0x7f.1', '8.8.8.8 ', '8.8.8', '[2606:4700::1]', '8.8.8.8/32']),
    [],
  )
})

test('every IPv4 address is open exactly when no closed network holds it', () => {
  const number = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const ranges = CLOSED_V4.map(([, first, last]) => [number(first), number(last)] as const)
  fc.assert(
    fc.property(fc.ipV4(), address => {
      const inside = ranges.some(([first, last]) => number(address) >= first && number(address) <= last)
      return closed.allows(address) === !inside
    }),
    { numRuns: 5_000 },
  )
})

test('a producer opens networks by CIDR or name, and no more than these', () => {
  const egress = createEgress({ open: ['loopback', '10.1.0.0/16', 'fd12::/16'] })
  const open = ['127.0.0.1', '127.255.255.255', '::1', '10.1.0.0', '10.1.255.255', 'fd12::1', '8.8.8.8']
  const shut = ['10.0.255.255', '10.2.0.0', 'fd13::1', '169.254.169.254', '::2', '192.168.0.1']
  assert.deepEqual([...open, ...shut].filter(egress.allows), open)
  const inner = createEgress({ open: ['private'] })
  assert.deepEqual(
    ['10.0.0.1', '172.31.0.1', '192.168.0.1', 'fd00::1', '169.254.169.254', '127.0.0.1'].filter(inner.allows),
    ['10.0.0.1', '172.31.0.1', '192.168.0.1', 'fd00::1'],
  )
})

test('an open IPv4 network is open in its v4-mapped spelling, which is the same place', () => {
  const egress = createEgress({ open: ['127.0.0.1/32'] })
  assert.equal(egress.allows('::ffff:127.0.0.1'), true)
  assert.equal(egress.allows('::ffff:127.0.0.2'), false)
  assert.equal(egress.allows('::127.0.0.1'), false)
})

test('a policy that names no network fails when the guard is made', () => {
  for (const name of [
    'lan',
    'constructor',
    '10.0.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10/8',
    'fe80::%1/10',
  ]) {
    assert.throws(() => createEgress({ open: [name] }), { name: 'DefinitionError' }, name)
  }
})

test('a URL of a public host may be saved, with port, query and fragment', () => {
  for (const url of [
    'https://example.com',
    'http://example.com:8080/a?b=c#d',
    'https://8.8.8.8/',
    'https://[2606:4700::1]/',
  ]) {
    assert.equal(checkUrl(url, closed), undefined, url)
  }
})

test('an IP literal is judged in every spelling that a URL normalises', () => {
  const spellings = [
    'http://127.0.0.1',
    'http://127.1',
    'http://0x7f.1',
    'http://0x7f000001',
    'http://2130706433',
    'http://0177.1',
    'http://127.0.0.1.',
    'http://%31%32%37.0.0.1',
    'http://１２７.0.0.1',
    'http://127。0。0。1',
    'http://[::1]',
    'http://[::ffff:7f00:1]',
    'http://[::ffff:127.0.0.1]',
    'http://[64:ff9b::7f00:1]',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1',
    'http://0',
    'https://169.254.169.254/latest/meta-data',
  ]
  for (const url of spellings)
    assert.match(checkUrl(url, closed) ?? 'allowed', /not on the public internet/, url)
})

test('a URL that is no web address, hides credentials or is too long may not be saved', () => {
  const reasons = {
    'not a url': /absolute URL/,
    '/hook': /absolute URL/,
    'http://': /absolute URL/,
    'http://[fe80::1%25eth0]/': /absolute URL/,
    'ftp://example.com/': /begin with/,
    'file:///etc/passwd': /begin with/,
    'gopher://example.com/': /begin with/,
    'javascript:alert(1)': /begin with/,
    'https://user@example.com/': /user name or a password/,
    'https://:secret@example.com/': /user name or a password/,
    [`https://example.com/${'a'.repeat(2029)}`]: /longer than 2048/,
  }
  for (const [url, reason] of Object.entries(reasons))
    assert.match(checkUrl(url, closed) ?? 'allowed', reason, url)
  assert.equal(checkUrl(`https://example.com/${'a'.repeat(2028)}`, closed), undefined)
})
