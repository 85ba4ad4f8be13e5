import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf } from '../../scripts/imports.ts'
import { planShares } from '../../scripts/shares.ts'
import { dependsOnStore, reaches, SHARES, selectTests } from '../../scripts/test.ts'

const files = ['test/store/sqlite.slow.test.ts', 'test/e2e/walk.test.ts', 'test/base/ids.test.ts']

test('all test files are run, in the order of their paths', () => {
  assert.deepEqual(selectTests(files, 'usual', []), [
    'test/base/ids.test.ts',
    'test/e2e/walk.test.ts',
    'test/store/sqlite.slow.test.ts',
  ])
})

test('the fast run leaves out whole programs and slow files', () => {
  assert.deepEqual(selectTests(files, 'fast', []), ['test/base/ids.test.ts'])
})

test('a file is run where one of the filters is part of its path', () => {
  assert.deepEqual(selectTests(files, 'usual', ['ids', 'e2e']), [
    'test/base/ids.test.ts',
    'test/e2e/walk.test.ts',
  ])
})

test('long files are run where they are asked for, by their option or by name', () => {
  const long = 'test/e2e/kills.long.test.ts'
  assert.deepEqual(selectTests([...files, long], 'long', []), [long])
  assert.deepEqual(selectTests([...files, long], 'usual', ['kills']), [long])
  assert.ok(!selectTests([...files, long], 'usual', []).includes(long))
  assert.ok(!selectTests([...files, long], 'fast', []).includes(long))
})

test('what needs no process of its own shares one with others of its room, in their order', () => {
  const many = Array.from({ length: 9 }, (_, i) => `test/app/${i}.test.ts`)
  assert.deepEqual(planShares([...many, ...files]), {
    shares: [
      { name: 'app-1', files: many.slice(0, 8) },
      { name: 'app-2', files: many.slice(8) },
      { name: 'base-1', files: ['test/base/ids.test.ts'] },
    ],
    alone: ['test/store/sqlite.slow.test.ts', 'test/e2e/walk.test.ts'],
  })
})

test('what shares a process comes last, in the order of paths in which Node begins files', () => {
  assert.deepEqual([`${SHARES}/app-1.test.mjs`, ...files].toSorted().at(-1), `${SHARES}/app-1.test.mjs`)
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

test('what asks for the store that is tested depends on it, what asks for PostgreSQL by name does not', () => {
  const texts: Record<string, string> = {
    'test/app/a.test.ts': "import { startFixture } from './fixture.ts'",
    'test/app/b.test.ts': "import './a.test.ts'\nimport { freshDatabase } from '../postgres.ts'",
    'test/app/c.test.ts': "import { startFixture } from './any-store.ts'",
    'test/app/fixture.ts': "import { freshLocation } from '../database.ts'",
    'test/app/any-store.ts': "import { sqliteLocation } from '../sqlite-location.ts'",
  }
  const importsIn = (file: string) => importsOf(file, texts[file] ?? '')
  const found = ['a', 'b', 'c'].map(name => dependsOnStore(`test/app/${name}.test.ts`, importsIn))
  assert.deepEqual(found, [true, false, false])
})
