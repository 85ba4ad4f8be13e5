import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf } from '../../scripts/imports.ts'
import { reaches, selectTests } from '../../scripts/test.ts'

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

test('a file reaches what it imports, and what that imports', () => {
  const texts: Record<string, string> = {
    'test/app/a.test.ts': "import { open } from './fixture.ts'",
    'test/app/fixture.ts': "import { fresh } from '../postgres.ts'\nimport './a.test.ts'",
    'test/app/b.test.ts': "import 'node:fs'",
  }
  const importsIn = (file: string) => importsOf(file, texts[file] ?? '')
  const reached = (file: string) => reaches([file], 'test/postgres.ts', importsIn)
  assert.deepEqual(Object.keys(texts).map(reached), [true, true, false])
})
