import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf, isNetwork, isWithin, neighbourhood } from '../../src/access/index.ts'

const from = (remote: string | undefined, proxies: number, forwarded?: string): string | undefined =>
  addressOf({ remote, header: name => (name === 'x-forwarded-for' ? forwarded : undefined) }, proxies)

test('without proxies X-Forwarded-For is not believed', () => {
  assert.equal(from('203.0.113.9', 0, '198.51.100.1'), '203.0.113.9')
  assert.equal(from('::ffff:203.0.113.9', 0), '203.0.113.9')
  assert.equal(from(undefined, 0, '198.51.100.1'), undefined)
})

test('behind proxies the caller is as many from the end, whatever it made up before that', () => {
  assert.equal(from('10.0.0.1', 1, '1.2.3.4, 198.51.100.1'), '198.51.100.1')
  assert.equal(from('10.0.0.1', 2, '1.2.3.4, 198.51.100.1, 10.0.0.2'), '198.51.100.1')
  assert.equal(from('10.0.0.1', 1, '2001:db8::1'), '2001:db8::1')
})

test('where a proxy did not add an address, the peer is the caller', () => {
  for (const forwarded of [undefined, '', 'unknown', '198.51.100.1:80', 'a, b', '1.2.3.4, ']) {
    assert.equal(from('10.0.0.1', 1, forwarded), '10.0.0.1', String(forwarded))
  }
  assert.equal(from('10.0.0.1', 3, '198.51.100.1'), '10.0.0.1')
})

test('an IPv6 customer is one neighbour, however the address is spelled', () => {
  assert.equal(neighbourhood('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  assert.equal(neighbourhood('2001:0DB8:1:2::'), '2001:db8:1:2')
  assert.equal(neighbourhood('2001:db8::1'), '2001:db8:0:0')
  assert.equal(neighbourhood('::1'), '0:0:0:0')
  assert.equal(neighbourhood('192.0.2.1'), '192.0.2.1')
  assert.equal(neighbourhood(undefined), 'unknown')
})

test('networks are addresses, or CIDR blocks', () => {
  for (const good of ['192.0.2.1', '192.0.2.0/24', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0']) {
    assert.ok(isNetwork(good), good)
  }
  for (const bad of [
    '',
    'x',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/024',
    '1.2.3.4/8/8',
    '::/129',
    'fe80::1%eth0',
  ]) {
    assert.ok(!isNetwork(bad), bad)
  }
})

test('an address is within a network of its own family, and nowhere when it is unknown', () => {
  assert.ok(isWithin('192.0.2.77', ['192.0.2.0/24']))
  assert.ok(!isWithin('192.0.3.77', ['192.0.2.0/24', '2001:db8::/32']))
  assert.ok(isWithin('2001:db8::77', ['192.0.2.0/24', '2001:db8::/32']))
  assert.ok(isWithin('::1', ['::1']))
  assert.ok(!isWithin(undefined, ['0.0.0.0/0', '::/0']))
})
