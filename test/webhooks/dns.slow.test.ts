import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { createDnsLookup } from '../../src/webhooks/dns.ts'

const A = 1
const AAAA = 28

type Answer = readonly number[] | 'no-such-name' | 'silence'

/** A DNS server (RFC 1035 §4) that answers one question with one record, a refusal or nothing. */
async function dnsServer(t: TestContext, answer: (type: number) => Answer) {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const type = query.readUInt16BE(query.indexOf(0, 12) + 1)
    const reply = answer(type)
    if (reply === 'silence') return
    const question = query.subarray(12, query.indexOf(0, 12) + 5)
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(reply === 'no-such-name' ? 0x8183 : 0x8180, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(Array.isArray(reply) && reply.length > 0 ? 1 : 0, 6)
    header.writeUInt32BE(0, 8)
    const parts = [header, question]
    if (reply !== 'no-such-name' && reply.length > 0) {
      // A pointer to the question's name, the type, class IN, a TTL of 60 s and the address.
      parts.push(Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, reply.length, ...reply]))
    }
    socket.send(Buffer.concat(parts), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  const resolver = new Resolver({ timeout: 2_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  t.after(() => resolver.cancel())
  return createDnsLookup(resolver)
}

const V4 = [93, 184, 215, 14]
const V6 = [0x26, 0x06, 0x47, 0, ...Array<number>(11).fill(0), 1]

test('a name has the addresses of both families', async t => {
  const lookup = await dnsServer(t, type => (type === A ? V4 : V6))
  const found = (await lookup('example.test')).toSorted((a, b) => a.family - b.family)
  assert.deepEqual(found, [
    { address: '93.184.215.14', family: 4 },
    { address: '2606:4700::1', family: 6 },
  ])
})

test('a name without an IPv6 address has its IPv4 address', async t => {
  const lookup = await dnsServer(t, type => (type === A ? V4 : []))
  assert.deepEqual(await lookup('example.test'), [{ address: '93.184.215.14', family: 4 }])
})

test('a DNS server that drops AAAA queries does not keep the IPv4 address from being used', async t => {
  const lookup = await dnsServer(t, type => (type === AAAA ? 'silence' : V4))
  assert.deepEqual(await lookup('example.test'), [{ address: '93.184.215.14', family: 4 }])
})

test('22: a name that does not exist rejects, and so does one whose server is silent', async t => {
  const unknown = await dnsServer(t, () => 'no-such-name')
  await assert.rejects(unknown('nowhere.test'), { code: 'ENOTFOUND' })
  const silent = await dnsServer(t, () => 'silence')
  await assert.rejects(silent('stalling.test'), { code: 'ETIMEOUT' })
})

test('localhost is this machine without asking DNS, and so is every name below it', async () => {
  // Nobody answers there.
  const resolver = new Resolver({ timeout: 100, tries: 1 })
  resolver.setServers(['127.0.0.1:9'])
  const lookup = createDnsLookup(resolver)
  for (const name of ['localhost', 'LocalHost.', 'app.localhost']) {
    assert.deepEqual(
      (await lookup(name)).map(({ address }) => address),
      ['127.0.0.1', '::1'],
      name,
    )
  }
  await assert.rejects(lookup('notlocalhost'))
})
