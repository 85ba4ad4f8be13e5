import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FingerprintParts, fingerprint, parseIdempotencyKey } from '../../src/http/index.ts'
import { anyText } from './text.ts'

const keyOf = (value: string): string | undefined => parseIdempotencyKey(value)?.key
const detailOf = (value: string): string => {
  const parsed = parseIdempotencyKey(value)
  return parsed !== undefined && 'detail' in parsed ? parsed.detail : ''
}

test('no field is no key, which is not the same as a refused one', () => {
  assert.equal(parseIdempotencyKey(undefined), undefined)
})

test('the quoted string of the draft and the bare text of most clients are the same key', () => {
  assert.equal(keyOf('"8e03978e-40d5-43e8-bc93-6894a57f9324"'), '8e03978e-40d5-43e8-bc93-6894a57f9324')
  assert.equal(keyOf('8e03978e-40d5-43e8-bc93-6894a57f9324'), '8e03978e-40d5-43e8-bc93-6894a57f9324')
  assert.equal(keyOf('"a\\"b\\\\c"'), 'a"b\\c')
  assert.equal(keyOf('"a b, c"'), 'a b, c')
  assert.equal(keyOf("!#$%&'()*+-./:;<=>?@[\\]^_`{|}~"), "!#$%&'()*+-./:;<=>?@[\\]^_`{|}~")
})

test('what is neither is refused with a reason', () => {
  for (const value of [
    'a b',
    'a,b',
    'a, a',
    '"a", "a"',
    '"a"b',
    '"a',
    'a"',
    '"',
    '"\\a"',
    '"a\\"',
    'ä',
    '"ä"',
    'a\tb',
    '"\0"',
  ]) {
    assert.match(detailOf(value), /neither one quoted string nor/, JSON.stringify(value))
  }
})

test('a key has 1 to 255 characters, counted without quotes and escapes', () => {
  for (const value of ['', '""']) assert.match(detailOf(value), /is empty/)
  assert.equal(keyOf('a'.repeat(255))?.length, 255)
  assert.equal(keyOf(`"${'\\\\'.repeat(255)}"`)?.length, 255)
  assert.match(detailOf('a'.repeat(256)), /has 256 characters/)
  assert.match(detailOf(`"${'a'.repeat(256)}"`), /has 256 characters/)
})

test('no field makes it throw, and every key is printable ASCII', () => {
  const pieces = fc.constantFrom('a', '"', '\\', ',', ' ', '\0', 'ä')
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: pieces })), value => {
      const parsed = parseIdempotencyKey(value)
      assert.ok(parsed !== undefined)
      if (parsed.key === undefined) assert.match(parsed.detail, /\.$/)
      else assert.match(parsed.key, /^[ -~]{1,255}$/)
    }),
  )
})

const body = (text: string): Uint8Array => new TextEncoder().encode(text)
const request: FingerprintParts = {
  method: 'POST',
  target: '/v1/articles?a=b',
  contentType: 'application/json',
  accept: 'application/json',
  version: '2026-11-22',
  body: body('{}'),
}

test('the same request has the same fingerprint, 43 characters of base64url', () => {
  assert.equal(fingerprint({ ...request, body: body('{}') }), fingerprint(request))
  assert.match(fingerprint(request), /^[A-Za-z0-9_-]{43}$/)
})

test('each part of a request changes its fingerprint; absent is not empty', () => {
  const variants: readonly Partial<FingerprintParts>[] = [
    {},
    { method: 'PUT' },
    { target: '/v1/articles?a=c' },
    { contentType: 'application/xml' },
    { contentType: undefined },
    { contentType: '' },
    { accept: 'application/xml' },
    { accept: undefined },
    { version: '2026-11-23' },
    { body: body('{ }') },
    { body: body('') },
  ]
  const prints = variants.map(variant => fingerprint({ ...request, ...variant }))
  assert.equal(new Set(prints).size, variants.length)
})

test('moving text across the border of two parts gives another fingerprint', () => {
  const text = fc.string({ unit: fc.constantFrom(':', '1', '-', 'é'), minLength: 1, maxLength: 6 })
  const parts = ['method', 'target', 'contentType', 'accept', 'version', 'body'] as const
  const printCut = (whole: string, at: number, border: number): string => {
    const cut = { [parts[border] ?? '']: whole.slice(0, at), [parts[border + 1] ?? '']: whole.slice(at) }
    return fingerprint({ ...request, ...cut, body: body(cut['body'] ?? '') })
  }
  fc.assert(
    fc.property(text, fc.nat(parts.length - 2), (whole, border) => {
      const prints = Array.from({ length: whole.length + 1 }, (_, at) => printCut(whole, at, border))
      assert.equal(new Set(prints).size, prints.length)
    }),
  )
})
