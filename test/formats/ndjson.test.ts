import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { wireOf } from '../../src/contract/index.ts'
import { AnswerMismatch, compileNdjsonWriter } from '../../src/formats/index.ts'

const rows = compileNdjsonWriter(wireOf(z.object({ text: z.string() }), 'output', 'here'), 'here')

test('each row is JSON on one line, whatever its texts hold', () => {
  const texts = ['a', 'two\nlines\r\n', '\u2028\u2029\u0085']
  const lines = (rows.begin + texts.map(text => rows.row({ text, secret: 1 })).join('')).split('\n')
  assert.equal(lines.pop(), '')
  assert.deepEqual(
    lines.map(line => JSON.parse(line) as unknown),
    texts.map(text => ({ text })),
  )
})

test('a row that does not fit is refused', () => {
  assert.throws(() => rows.row({ text: 1 }), AnswerMismatch)
})
