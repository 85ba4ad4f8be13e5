import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { charsetOf, parseMediaType } from '../../src/http/index.ts'
import { anyText } from './text.ts'

const plain = (text: string): unknown => {
  const parsed = parseMediaType(text)
  return parsed && { essence: parsed.essence, ...Object.fromEntries(parsed.parameters) }
}

test('the four spellings of RFC 9110 §8.3.1 are the same media type', () => {
  const spellings = [
    'text/html;charset=utf-8',
    'Text/HTML;Charset="utf-8"',
    'text/html; charset="utf-8"',
    'text/html;charset=UTF-8',
  ]
  for (const text of spellings) {
    const parsed = parseMediaType(text)
    assert.equal(parsed?.essence, 'text/html')
    assert.equal(parsed && charsetOf(parsed), 'utf-8')
  }
})

test('parameters are read as RFC 9110 §5.6.6 writes them', () => {
  assert.deepEqual(plain('application/json'), { essence: 'application/json' })
  assert.deepEqual(plain('application/json;'), { essence: 'application/json' })
  assert.deepEqual(plain('application/json \t;; ;a=b ; '), { essence: 'application/json', a: 'b' })
  assert.deepEqual(plain('application/vnd.x+json;A=B'), { essence: 'application/vnd.x+json', a: 'B' })
  assert.deepEqual(plain('multipart/form-data; boundary="a;b, \\"c\\\\"'), {
    essence: 'multipart/form-data',
    boundary: 'a;b, "c\\',
  })
  assert.deepEqual(plain('a/b;c=""'), { essence: 'a/b', c: '' })
  assert.equal(parseMediaType('a/b;__proto__=c')?.parameters.get('__proto__'), 'c')
})

test('what is malformed is undefined', () => {
  const malformed = [
    ...[
      '',
      ' ',
      '/',
      'json',
      'application',
      'application/',
      '/json',
      'a/b/c',
      'a /b',
      'a/ b',
      'a/b c',
      'ä/b',
    ],
    ...['a/b, c/d', 'a/b;c', 'a/b;c=', 'a/b;=d', 'a/b;c =d', 'a/b;c= d', 'a/b;c=d e', 'a/b;c=d,e'],
    ...[
      'a/b;c="',
      'a/b;c="d',
      'a/b;c="d\\',
      'a/b;c="d\\"',
      'a/b;c="d"e',
      'a/b;c="\n"',
      'a/b;c="\\\0"',
      'a/b;c="\x7f"',
    ],
  ]
  for (const text of malformed) assert.equal(parseMediaType(text), undefined, JSON.stringify(text))
})

test('a doubled parameter is malformed, even with one value', () => {
  assert.equal(parseMediaType('text/xml;charset=utf-8;Charset=utf-8'), undefined)
})

test('a quoted value gives back any text that HTTP can quote', () => {
  const character = fc
    .integer({ min: 0x20, max: 0xff })
    .filter(code => code !== 0x7f)
    .map(code => String.fromCharCode(code))
  fc.assert(
    fc.property(fc.string({ unit: character }), value => {
      const quoted = `"${value.replace(/["\\]/g, '\\$&')}"`
      assert.equal(parseMediaType(`a/b; c=${quoted} ;d=e`)?.parameters.get('c'), value)
    }),
  )
})

test('no text makes it throw', () => {
  const pieces = fc.constantFrom('a', '/', ';', '=', '"', '\\', ' ', ',', '*', '\0', 'ä', 'charset=')
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: pieces })), text => {
      const essence = parseMediaType(text)?.essence
      assert.ok(essence === undefined || /^[^/\s;]+\/[^/\s;]+$/.test(essence))
    }),
  )
})
