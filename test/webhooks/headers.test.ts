import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type GivenHeader, headerIssues, MAX_HEADER_BYTES } from '../../src/webhooks/headers.ts'

const field = (name: string, value = 'a', secret = false): GivenHeader => ({ name, value, secret })
const placesOf = (headers: readonly GivenHeader[]) => headerIssues(headers).map(({ path }) => path.join('/'))

test('fields of the connection, of framing, of the body, of the signature and of proxies are not their owner’s', () => {
  const taken = [
    'Connection',
    'Keep-Alive',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Expect',
    'Host',
    'HOST',
    'Content-Length',
    'Content-Type',
    'content-anything',
    'webhook-id',
    'Webhook-Signature',
    'X-Twilio-Signature',
    'Stripe-Signature',
    'X-Hub-Signature-256',
    'Signature',
    'User-Agent',
    'traceparent',
    'X-Forwarded-For',
    'Forwarded',
    'Sec-Fetch-Site',
  ]
  for (const name of taken) assert.deepEqual(placesOf([field(name)]), ['headers/0/name'], name)
})

test('names and values that could end a line, or that receivers read differently, are refused', () => {
  for (const name of ['', ' ', 'a b', 'a:b', 'a\r\nb', 'a\0', 'é', '__proto__', '-a', '1a', 'a\u{ff1a}'])
    assert.deepEqual(placesOf([field(name)]), ['headers/0/name'], JSON.stringify(name))
  for (const value of ['', ' a', 'a ', '\ta', 'a\r\nb: c', 'a\nb', 'a\0b', 'é', '\u{7f}', 'a\u{2028}b'])
    assert.deepEqual(placesOf([field('X-A', value)]), ['headers/0/value'], JSON.stringify(value))
  for (const [name, value] of [
    ['X-Api-Key', 'k'],
    ['constructor', 'a b\tc'],
    ['Authorization', 'Token 1'],
    ['Cookie', 'a=b; c="d"'],
  ] as const)
    assert.deepEqual(placesOf([field(name, value, true)]), [], name)
})

test('whatever is accepted is one line of one field', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ unit: 'binary' }),
      (name, value) => {
        if (headerIssues([field(name, value)]).length > 0) return true
        return /^[A-Za-z][\w.-]*: [\t -~]+$/.test(`${name}: ${value}`)
      },
    ),
    { numRuns: 5_000 },
  )
})

test('a field comes once, whatever its case, and what authorises is secret', () => {
  assert.deepEqual(placesOf([field('X-A'), field('x-a')]), ['headers/1/name'])
  assert.deepEqual(placesOf([field('authorization', 'a', false)]), ['headers/0/secret'])
})

test('all fields together are bounded in bytes', () => {
  const most = MAX_HEADER_BYTES / 2 - 'X-A'.length
  const two = (length: number) => [field('X-A', 'a'.repeat(most)), field('X-B', 'a'.repeat(length))]
  assert.deepEqual(placesOf(two(most)), [])
  assert.deepEqual(placesOf(two(most + 1)), ['headers'])
})

test('no message repeats a value', () => {
  const text = JSON.stringify(headerIssues([field('a b', 'sesame\n'), field('Host', 'sesame ')]))
  assert.doesNotMatch(text, /sesame/)
})
