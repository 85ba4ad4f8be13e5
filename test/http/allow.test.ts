import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowValue } from '../../src/http/index.ts'

test('OPTIONS is always allowed, and HEAD wherever GET is', () => {
  assert.equal(allowValue([]), 'OPTIONS')
  assert.equal(allowValue(['POST']), 'POST, OPTIONS')
  assert.equal(allowValue(['GET']), 'GET, HEAD, OPTIONS')
})

test('methods stand once and in one order, however they come', () => {
  const all = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
  assert.equal(allowValue(new Set(['DELETE', 'PATCH', 'PUT', 'POST', 'GET'])), all)
  assert.equal(allowValue(all.split(', ').concat('GET')), all)
})
