import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSeal, SealedByOther, systemRandom } from '../../src/base/index.ts'

const key = (as: 'base64' | 'base64url' | 'hex' = 'base64'): string => randomBytes(32).toString(as)
const sealOf = (...keys: string[]) => createSeal(keys, systemRandom)

test('what is sealed comes back, is not to be seen, and is never the same twice', () => {
  const seal = sealOf(key())
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 4 }), text => {
      const [one, two] = [seal.close(text), seal.close(text)]
      assert.equal(seal.open(one), text)
      assert.equal(seal.open(two), text)
      assert.notEqual(one, two)
      assert.ok(!one.includes(text))
    }),
  )
})

test('without a key, texts are stored as they are, and are opened once there is one', () => {
  const none = sealOf()
  assert.equal(none.close('whsec_a'), 'whsec_a')
  assert.equal(none.keyId, '')
  assert.equal(sealOf(key()).open('whsec_a'), 'whsec_a')
})

test('a key that was replaced still opens what it sealed, and seals no more', () => {
  const [old, next] = [key(), key()]
  const stored = sealOf(old).close('whsec_a')
  const both = sealOf(next, old)
  assert.equal(both.open(stored), 'whsec_a')
  assert.equal(sealOf(next).open(both.close('whsec_b')), 'whsec_b')
  assert.ok(both.has(sealOf(old).keyId) && both.has('') && !both.has(sealOf(key()).keyId))
  assert.throws(() => sealOf(next).open(stored), SealedByOther)
  assert.throws(() => sealOf().open(stored), SealedByOther)
})

test('whatever is changed of what is stored, it is not opened', () => {
  const seal = sealOf(key())
  const stored = seal.close('whsec_a secret')
  const [head, id, sealed = ''] = stored.split('.')
  const bytes = Buffer.from(sealed, 'base64url')
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes)
    changed[i] = (changed[i] ?? 0) ^ 1
    assert.throws(() => seal.open([head, id, changed.toString('base64url')].join('.')), `byte ${i}`)
  }
  for (const cut of [0, 1, 12, 27, bytes.length - 1]) {
    assert.throws(() => seal.open([head, id, bytes.subarray(0, cut).toString('base64url')].join('.')))
  }
})

test('keys are 32 bytes in base64, base64url or hex; another is refused with the way to make one, and not repeated', () => {
  for (const as of ['base64', 'base64url', 'hex'] as const) {
    const seal = sealOf(key(as))
    assert.equal(seal.open(seal.close('a')), 'a')
  }
  for (const wrong of [
    '',
    'a password of some length, not bytes',
    randomBytes(31).toString('base64'),
    `${key()}\n`,
  ]) {
    assert.throws(
      () => sealOf(key(), wrong),
      ({ message }: Error) =>
        message.startsWith('secretKeys[1] ') &&
        message.includes('openssl rand -base64 32') &&
        (wrong === '' || !message.includes(wrong)),
    )
  }
})
