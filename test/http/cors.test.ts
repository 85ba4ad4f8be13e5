import assert from 'node:assert/strict'
import { test } from 'node:test'
import { corsFault, corsFields, preflightFields } from '../../src/http/index.ts'

const origins = ['https://app.example.com', 'http://localhost:5173']
const namesOf = (fields: readonly (readonly [string, string])[]) => fields.map(([name]) => name)

test('an origin that is named is allowed, by its own name', () => {
  for (const origin of origins) {
    const fields = Object.fromEntries(corsFields({ origins }, origin))
    assert.equal(fields['access-control-allow-origin'], origin)
    assert.match(fields['access-control-expose-headers'] ?? '', /\betag\b.*\brequest-id\b/)
    assert.equal(fields['vary'], 'origin')
  }
})

test('an origin that is not named is not allowed, however much it looks like one that is', () => {
  for (const origin of [
    undefined,
    'null',
    '',
    '*',
    'https://app.example.com.evil.example',
    'https://app.example.com:8443',
    'http://app.example.com',
    'HTTPS://app.example.com',
    'https://app.example.com, https://evil.example',
  ]) {
    assert.deepEqual(namesOf(corsFields({ origins }, origin)), ['vary'], origin)
  }
})

test('all origins are told so by a star, never by their own name, and never with credentials', () => {
  for (const origin of [undefined, 'null', 'https://evil.example']) {
    const fields = corsFields({ origins: '*' }, origin)
    assert.equal(Object.fromEntries(fields)['access-control-allow-origin'], '*')
    assert.ok(!namesOf(fields).includes('vary'))
  }
  const all = [...corsFields({ origins }, origins[0]), ...preflightFields({ origins }, 'GET')]
  assert.ok(!namesOf(all).includes('access-control-allow-credentials'))
})

test('what is no origin is refused, with the origin that is meant', () => {
  assert.equal(corsFault({ origins: '*' }), undefined)
  assert.equal(corsFault({ origins }), undefined)
  assert.equal(corsFault({ origins: [] }), undefined)
  assert.match(
    corsFault({ origins: ['https://App.example.com/'] }) ?? '',
    /write 'https:\/\/app\.example\.com'/,
  )
  assert.match(
    corsFault({ origins: ['https://app.example.com:443'] }) ?? '',
    /write 'https:\/\/app\.example\.com'/,
  )
  for (const origin of [
    '*',
    'null',
    '',
    'app.example.com',
    'ftp://app.example.com',
    'https://*.example.com/',
  ])
    assert.match(corsFault({ origins: [origin] }) ?? '', /is not an origin/, origin)
  assert.match(corsFault({ origins, maxAgeSeconds: -1 }) ?? '', /maxAgeSeconds/)
})
