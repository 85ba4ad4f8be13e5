import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newKey } from '../../src/access/key.ts'
import { systemRandom } from '../../src/base/index.ts'
import { describeError, textsIn, withoutSecrets } from '../../src/telemetry/index.ts'
import { threadMs } from '../thread-ms.ts'

test('an error does not quote what was brought, however deep it lay or it was thrown', () => {
  const brought = [{ card: { number: 'tiger tail', pin: 123456 }, names: ['Ann "the" Boss'] }]
  const cause = new Error('no card 123456')
  const error = new Error(
    `cannot charge 'tiger tail' of ${JSON.stringify('Ann "the" Boss')}\n    at tiger tail`,
    {
      cause,
    },
  )
  const text = JSON.stringify(describeError(error, brought))
  for (const secret of ['tiger tail', '123456', 'Ann', 'Boss']) assert.ok(!text.includes(secret), text)
  assert.match(text, /cannot charge/)
  assert.match(text, /redact\.test\.ts/, 'where it was thrown stays')
})

test('an error that quotes a piece of what could not be parsed shows none of it', () => {
  for (const body of ['{"pin": hunter2 and more', 'hunter2']) {
    try {
      JSON.parse(body)
      assert.fail('it was parsed')
    } catch (error) {
      assert.doesNotMatch(JSON.stringify(describeError(error)), /hunter/)
    }
  }
})

test('what looks like a secret is cut out of any text', () => {
  const { key } = newKey('news', 'live', systemRandom)
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc'
  for (const each of [key, secret, token]) {
    const shown = withoutSecrets(`program/1.0 (${each})`)
    assert.ok(!shown.includes(each), shown)
    assert.match(shown, /^program\/1\.0 \(/)
  }
  assert.equal(withoutSecrets('https://ann:pw@example.com/'), 'https://…example.com/')
  assert.equal(withoutSecrets('sent Authorization: Basic YTpi here'), 'sent Authorization: Basic … here')
  const browser =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Safari/605.1.15'
  assert.equal(withoutSecrets(browser), browser)
})

test('whatever stands in a body is found in it, in each format', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9 ]{4,20}$/), text => {
      for (const body of [JSON.stringify({ a: [text] }), `<a><b>${text}</b></a>`, `a=1&b=${text}`])
        assert.ok(textsIn(body)?.includes(text), body)
    }),
  )
})

test('of more than is looked through an error quotes nothing, and still says what it is and where', () => {
  const texts = Array.from({ length: 10_000 }, (_, i) => `text ${i}`)
  let deep: unknown = 'tiger tail'
  for (let i = 0; i < 40; i++) deep = [deep]
  const body = `${'a&'.repeat(60_000)}tiger tail`
  assert.equal(textsIn(body), undefined)
  for (const brought of [[...texts, 'tiger tail'], [texts, ['tiger tail']], [deep], 'too much'] as const) {
    const error = new RangeError("cannot charge 'tiger tail'", { cause: new Error('tiger tail') })
    error.name = 'tiger tail'
    const described = describeError(error, brought)
    assert.doesNotMatch(JSON.stringify(described), /tiger/)
    assert.deepEqual([described.name, described.message], ['RangeError', '…'])
    assert.match(described.stack ?? '', /redact\.test\.ts/)
    assert.doesNotMatch(JSON.stringify(describeError('tiger tail', brought)), /tiger/)
  }
})

test('redaction takes linear time', () => {
  for (const text of ['a_'.repeat(50_000), `://${'a'.repeat(100_000)}`, `bearer${' '.repeat(100_000)}`])
    assert.ok(threadMs(() => withoutSecrets(text)) < 200, text.slice(0, 10))
})
