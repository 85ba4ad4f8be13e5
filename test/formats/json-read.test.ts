import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson } from '../../src/formats/index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string, depth = 64) => readJson(bytes(text), { depth })

function problem(text: string | Uint8Array): string {
  const reading = readJson(typeof text === 'string' ? bytes(text) : text, { depth: 64 })
  if ('value' in reading) return assert.fail('it was read')
  const { detail, position } = reading.problem
  return `${position.line}:${position.column} ${detail}`
}

test('any JSON value is read', () => {
  for (const text of ['{}', '[]', '0', '-1.5e3', '"a"', 'true', 'null', ' \t\r\n[1, {"a": [true]}] ']) {
    assert.deepEqual(read(text), { value: JSON.parse(text) })
  }
})

test('a byte order mark is passed over', () => {
  assert.deepEqual(read('\ufeff{"a":1}'), { value: { a: 1 } })
})

test('bytes that are not UTF-8 are refused where they stand', () => {
  assert.equal(problem(Uint8Array.of(0x22, 0x61, 0xff, 0x22)), '1:3 The body is not UTF-8')
  assert.equal(problem(Uint8Array.of(0x22, 0x0a, 0xc3)), '2:1 The body is not UTF-8')
  // An overlong slash, and half of a surrogate pair.
  assert.equal(problem(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)), '1:2 The body is not UTF-8')
  assert.equal(problem(Uint8Array.of(0x22, 0xed, 0xa0, 0xbd, 0x22)), '1:2 The body is not UTF-8')
})

test('faults are told by line and column and what was expected', () => {
  const faults: [string, string][] = [
    ['', '1:1 Expected a JSON value, found an empty body'],
    ['  ', '1:3 Expected a JSON value, found the end of the body'],
    ['{', '1:2 Expected a member name in double quotes, found the end of the body'],
    ["{'a':1}", '1:2 Expected a member name in double quotes'],
    ['{"a":1,}', '1:8 Expected a member name in double quotes'],
    ['{"a" 1}', "1:6 Expected ':' after the member name"],
    ['{"a":\n  tru}', '2:3 Expected a JSON value'],
    ['{"a":1 "b":2}', "1:8 Expected ',' or '}'"],
    ['[1 2]', "1:4 Expected ',' or ']'"],
    ['[1,]', '1:4 Expected a JSON value'],
    ['[1', "1:3 Expected ',' or ']', found the end of the body"],
    ['"a', "1:3 Expected '\"' to end the string, found the end of the body"],
    ['"a\nb"', '1:3 A control character in a string must be escaped'],
    ['"\\x"', '1:2 A backslash begins no escape that JSON knows'],
    ['"\\u12g4"', '1:2 A backslash begins no escape that JSON knows'],
    ['01', '1:2 Expected the end of the body after the value'],
    ['+1', '1:1 Expected a JSON value'],
    ['NaN', '1:1 Expected a JSON value'],
    ['{} {}', '1:4 Expected the end of the body after the value'],
    ['[1e999]', '1:2 A number is too large for a double'],
    ['"\\ud83d"', '1:1 A string has half of a surrogate pair'],
  ]
  for (const [text, expected] of faults) assert.equal(problem(text), expected)
})

test('a name twice in one object is refused, however it is escaped', () => {
  assert.equal(problem('{"a":1,\n"a":2}'), '2:1 A member of this name is in the object already')
  assert.equal(problem('[{"b":{"a":1,"\\u0061":2}}]'), '1:14 A member of this name is in the object already')
  assert.deepEqual(read('{"a":{"a":1},"b":[{"a":1},{"a":1}],"1":0,"01":0}'), {
    value: { a: { a: 1 }, b: [{ a: 1 }, { a: 1 }], 1: 0, '01': 0 },
  })
})

test('names that reach into prototypes are refused', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']) {
    assert.match(problem(`{"a":[{"${name}":{}}]}`), /^1:8 A member may not be called [_a-z]+$/)
  }
  assert.deepEqual(read('{"a":"__proto__"}'), { value: { a: '__proto__' } })
})

test('whole surrogate pairs may be escaped', () => {
  assert.deepEqual(read('"\\ud83d\\ude82"'), { value: '🚂' })
})

test('64 arrays and objects in each other are read, 65 are refused, and a million before they are built', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  assert.ok('value' in read(nested(64)))
  assert.equal(problem(nested(65)), '1:65 More than 64 arrays and objects in each other')
  assert.equal(problem('{"a":'.repeat(1e6)), '1:321 More than 64 arrays and objects in each other')
  assert.ok('value' in read('["[[[[","\\"[[","\\\\"]', 1))
})

test('a problem never repeats the body', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{8}$/), word => {
      for (const body of [
        `{"${word}":1,"${word}":2}`,
        word,
        `["${word}"`,
        `{"${word}" 1}`,
        `["${word}\\x"]`,
      ]) {
        assert.ok(!problem(body).includes(word))
      }
    }),
    { numRuns: 50 },
  )
})

test('it reads what JSON.parse reads, and refuses what that refuses', () => {
  const json = fc.json({ maxDepth: 6 }).filter(text => !/__proto__|constructor|prototype/.test(text))
  fc.assert(
    fc.property(
      json,
      fc.nat(),
      fc.constantFrom('', '"', '\\', ',', ':', '{', '}', '[', ']', '1', ' '),
      (text, at, put) => {
        const unique = JSON.stringify(JSON.parse(text))
        assert.deepEqual(read(unique), { value: JSON.parse(unique) })
        const cut = at % (unique.length + 1)
        const broken = unique.slice(0, cut) + put + unique.slice(cut + 1)
        const reading = read(broken)
        const parsed = parse(broken)
        if (parsed === undefined) assert.ok('problem' in reading)
        else if ('value' in reading) assert.deepEqual(reading.value, parsed.value)
        else assert.match(reading.problem.detail, /of this name|surrogate|called|too large/)
      },
    ),
    { numRuns: 1000 },
  )
})

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
