import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameBuiltFiles } from '../../scripts/build.ts'

test('a worker is named as it is built, and the text keeps its length', () => {
  const text = "new Worker(new URL('./sync.ts', import.meta.url))\nnew URL(`./a.ts?b`, import.meta.url)\n"
  const built = "new Worker(new URL('./sync.js', import.meta.url))\nnew URL(`./a.js?b`, import.meta.url)\n"
  assert.equal(nameBuiltFiles('a.js', text), built)
})

test('other URLs and texts keep their names', () => {
  const text = [
    "new URL('./page.html', import.meta.url)",
    "new URL('./a.ts', 'https://example.com/')",
    'const text = "new URL(\'./a.ts\', import.meta.url)"',
    '',
  ].join('\n')
  assert.equal(nameBuiltFiles('a.js', text), text)
})
