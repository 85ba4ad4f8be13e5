import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStale } from '../../scripts/portal.ts'

test('the portal is built where it is missing, and where a file is newer than it', () => {
  assert.equal(isStale(undefined, [1]), true)
  assert.equal(isStale(5, [1, 6]), true)
  assert.equal(isStale(5, [1, 5]), false)
  assert.equal(isStale(5, [undefined, 2]), false)
})
