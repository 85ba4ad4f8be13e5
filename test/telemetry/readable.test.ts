import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readable } from '../../src/telemetry/readable.ts'

test('a fault is told to a terminal in words, with its stack and what caused it', () => {
  const record = {
    time: '2026-11-30T20:49:14.014Z',
    level: 'error',
    kind: 'failure',
    where: "task 'thank' tsk_1, attempt 1 of 2",
    name: 'TypeError',
    message: 'fetch failed',
    stack: '    at run (library.ts:90:62)\n    at later (app.js:1:1)',
    cause: { name: 'Error', message: 'bad port', stack: '    at fetch (undici.js:1:1)' },
    trace_id: 'abc',
  } as const
  assert.deepEqual(readable(record).split('\n'), [
    "20:49:14 failure task 'thank' tsk_1, attempt 1 of 2",
    '  TypeError: fetch failed',
    '    at run (library.ts:90:62)',
    '    at later (app.js:1:1)',
    '  because of Error: bad port',
    '    at fetch (undici.js:1:1)',
    '  trace_id="abc"',
  ])
})

test('what came with a request does not take over the terminal', () => {
  const told = readable({
    time: '2026-11-30T20:49:14.014Z',
    level: 'error',
    kind: 'failure',
    where: 'a\u001b[2J',
    message: 'b\rc\u202ed\u009b1m',
    path: '\u001b]0;x',
  })
  assert.doesNotMatch(told.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  assert.match(told, /b\ufffdc\ufffdd\ufffd1m/)
})
