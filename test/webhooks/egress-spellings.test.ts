import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createAgent } from '../../src/webhooks/connect.ts'
import type { Address } from '../../src/webhooks/dns.ts'
import { checkUrl, createEgress } from '../../src/webhooks/egress.ts'
import { answering, attemptTo, OK, receive } from './receivers.ts'
import { spellingsOf } from './spellings.ts'

// Ranges × spellings, against the agent that everything goes out by: deliveries, tests, challenges, tokens and `fetch`. What is
// counted is what the process asks the system to connect to.

/** The IANA IPv4 special-purpose registry, multicast, and one cloud's inner service: the first, one within, the last. */
const V4 = [
  ['0.0.0.0', '0.0.0.1', '0.255.255.255'],
  ['10.0.0.0', '10.1.2.3', '10.255.255.255'],
  ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
  ['127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['172.16.0.0', '172.17.0.1', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.170', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.1', '192.0.2.255'],
  ['192.31.196.0', '192.31.196.1', '192.31.196.255'],
  ['192.52.193.0', '192.52.193.1', '192.52.193.255'],
  ['192.88.99.0', '192.88.99.1', '192.88.99.255'],
  ['192.168.0.0', '192.168.1.1', '192.168.255.255'],
  ['192.175.48.0', '192.175.48.1', '192.175.48.255'],
  ['198.18.0.0', '198.18.0.1', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.1', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.1', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.250', '239.255.255.255'],
  ['240.0.0.0', '250.1.1.1', '255.255.255.255'],
  ['168.63.129.16'],
].flat()

const ones = (groups: number) => Array<string>(groups).fill('ffff').join(':')

/** The IANA IPv6 special-purpose registry, multicast, and what is not given out: the first and the last. */
const V6 = [
  ['::', '::1', `::${ones(6)}`],
  ['64:ff9b::', '64:ff9b::ffff:ffff', '64:ff9b:1::', `64:ff9b:1:${ones(5)}`],
  ['100::', `100::${ones(4)}`, '100:0:0:1::', `100:0:0:1:${ones(4)}`],
  [
    '2001::',
    '2001:1::1',
    '2001:2::',
    '2001:3::',
    '2001:4:112::',
    '2001:20::',
    '2001:30::',
    `2001:1ff:${ones(6)}`,
  ],
  ['2001:db8::', `2001:db8:${ones(6)}`],
  ['2002::', `2002:${ones(7)}`],
  ['2620:4f:8000::', `2620:4f:8000:${ones(5)}`],
  ['3fff::', `3fff:fff:${ones(6)}`],
  ['4000::', '5f00::', `5f00:${ones(7)}`],
  ['fc00::', 'fd00:ec2::254', `fdff:${ones(7)}`],
  ['fe80::', 'fe80::a9fe:a9fe', `febf:${ones(7)}`],
  ['fec0::', `feff:${ones(7)}`],
  ['ff00::', 'ff02::1', `ffff:${ones(7)}`],
].flat()

/** Counts the addresses that sockets of this process begin to connect to. */
function countConnects(t: TestContext): () => number {
  let count = 0
  const { connect } = Socket.prototype
  const counted = function (this: Socket, ...args: Parameters<Socket['connect']>) {
    this.on('connectionAttempt', () => {
      count += 1
    })
    return connect.apply(this, args)
  }
  Socket.prototype.connect = counted as unknown as typeof connect
  t.after(() => {
    Socket.prototype.connect = connect
  })
  return () => count
}

function closedAgent(t: TestContext, lookup: (host: string) => Promise<Address[]>) {
  const agent = createAgent(createEgress({}), {}, lookup)
  t.after(() => agent.destroy())
  return agent
}

test('connections are counted: an address that is open is connected to', async t => {
  const receiver = await receive(t, answering(OK))
  const connects = countConnects(t)
  const agent = createAgent(createEgress({ open: ['127.0.0.1/32'] }))
  t.after(() => agent.destroy())
  assert.equal((await attemptTo(receiver.url, { agent })).kind, 'delivered')
  assert.deepEqual([connects(), receiver.connects()], [1, 1])
})

test('22: no special IPv4 address is connected to or looked up, in any spelling, nor can it be saved', async t => {
  const connects = countConnects(t)
  const looked: string[] = []
  const agent = closedAgent(t, async host => {
    looked.push(host)
    return [{ address: '8.8.8.8', family: 4 }]
  })
  const closed = createEgress({})
  let tried = 0
  for (const address of V4) {
    for (const [what, host] of spellingsOf(address)) {
      for (const url of [`http://${host}/`, `https://${host}:8443/`, `http:\\\\${host}\\`]) {
        const place = `${address} as ${what}: ${url}`
        const isUrl = URL.canParse(url)
        const outcome = await attemptTo(url, { agent })
        assert.equal(outcome.kind, isUrl ? 'blocked' : 'unreachable', place)
        assert.match(checkUrl(url, closed) ?? 'allowed', /public internet|absolute URL/, place)
        tried += 1
      }
    }
  }
  assert.ok(tried > 5_000)
  assert.deepEqual([connects(), looked], [0, []])
})

test('22: no special IPv6 address is connected to, in any spelling', async t => {
  const connects = countConnects(t)
  const agent = closedAgent(t, () => assert.fail('it was looked up'))
  const inFull = (address: string): string => {
    const [head = '', tail] = address.split('::')
    const groups = (text: string) => (text === '' ? [] : text.split(':'))
    const [first, last] = [groups(head), groups(tail ?? '')]
    const zeros = Array<string>(8 - first.length - last.length).fill('0000')
    return [...first, ...(tail === undefined ? [] : zeros), ...last]
      .map(group => group.padStart(4, '0'))
      .join(':')
  }
  for (const address of V6) {
    for (const host of [address, address.toUpperCase(), inFull(address), inFull(address).toUpperCase()]) {
      const outcome = await attemptTo(`http://[${host}]/`, { agent })
      assert.equal(outcome.kind, 'blocked', host)
    }
  }
  assert.equal(connects(), 0)
})

test('22: no name that resolves to a special address is connected to, whatever else it resolves to', async t => {
  const connects = countConnects(t)
  let answer: Address[] = []
  const agent = closedAgent(t, async () => answer)
  const fine: Address[] = [
    { address: '8.8.8.8', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ]
  const special: Address[] = [
    ...V4.map(address => ({ address, family: 4 as const })),
    ...V6.map(address => ({ address, family: 6 as const })),
    ...V4.map(address => ({ address: `::ffff:${address}`, family: 6 as const })),
    { address: 'fe80::1%lo', family: 6 },
    { address: 'localhost', family: 4 },
    { address: '', family: 4 },
  ]
  for (const each of special) {
    for (const mixed of [[each], [...fine, each], [each, ...fine]]) {
      answer = mixed
      const outcome = await attemptTo('http://name.test/', { agent })
      assert.equal(outcome.kind, 'blocked', JSON.stringify(mixed))
    }
  }
  assert.equal(connects(), 0)
})

test('names that look like others are looked up as what they are, and judged by what that says', async t => {
  const connects = countConnects(t)
  const looked: string[] = []
  const agent = closedAgent(t, async host => {
    looked.push(host)
    return [{ address: '127.0.0.1', family: 4 }]
  })
  const names = {
    ｌｏｃａｌｈｏｓｔ: 'localhost',
    'LOCALHOST.': 'localhost.',
    'loc\u00adalhost': 'localhost',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ': 'localhost',
    lоcalhost: 'xn--lcalhost-nbh',
    'xn--lcalhost-nbh': 'xn--lcalhost-nbh',
    '127.0.0.1.nip.io': '127.0.0.1.nip.io',
    'metadata.google.internal': 'metadata.google.internal',
  }
  for (const host of Object.keys(names)) {
    const outcome = await attemptTo(`http://${host}/`, { agent })
    assert.equal(outcome.kind, 'blocked', host)
  }
  assert.deepEqual(looked, Object.values(names))
  assert.equal(connects(), 0)
})
