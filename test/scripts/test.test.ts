import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectTests } from '../../scripts/test.ts'

const files = ['test/store/sqlite.slow.test.ts', 'test/e2e/walk.test.ts', 'test/base/ids.test.ts']

test('all test files are run, in the order of their paths', () => {
  assert.deepEqual(selectTests(files, false, []), [
    'test/base/ids.test.ts',
    'test/e2e/walk.test.ts',
    'test/store/sqlite.slow.test.ts',
  ])
})

test('the fast run leaves out whole programs and slow files', () => {
  assert.deepEqual(selectTests(files, true, []), ['test/base/ids.test.ts'])
})

test('a file is run where one of the filters is part of its path', () => {
  assert.deepEqual(selectTests(files, false, ['ids', 'e2e']), [
    'test/base/ids.test.ts',
    'test/e2e/walk.test.ts',
  ])
})
