import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { Stripe } from 'stripe'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import { newPrivateKey, newSecret, publicKeyOf } from '../../src/webhooks/secret.ts'
import { SIGNATURES, sign, type Unsigned } from '../../src/webhooks/signing.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const at = () => Math.floor(systemClock.now() / 1000)

const unsigned = (text: string, rest: Partial<Unsigned> = {}): Unsigned => ({
  secret,
  previous: null,
  id: 'evt_1',
  at: at(),
  url: 'https://example.com/hook',
  body: Buffer.from(text),
  isForm: false,
  ...rest,
})

test('a signature is the one in the Standard Webhooks specification', () => {
  const given = unsigned('{"test": 2432232314}', { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1614265330 })
  assert.equal(
    sign('standard', given).headers['webhook-signature'],
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

test("a signature is the one in Twilio's documentation", () => {
  const form = new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  })
  const { headers, url } = sign(
    'twilio',
    unsigned(form.toString(), {
      secret: '12345',
      url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
      isForm: true,
    }),
  )
  assert.equal(url, 'https://mycompany.com/myapp.php?foo=1&bar=2')
  assert.equal(headers['x-twilio-signature'], 'RSOYDt4T1cUTdK1PDd93/VVr8B8=')
})

test("a signature is the one in GitHub's documentation", () => {
  assert.equal(
    sign('github', unsigned('Hello, World!', { secret: "It's a Secret to Everybody" })).headers[
      'x-hub-signature-256'
    ],
    'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  )
})

test('the Standard Webhooks library accepts what is signed, non-ASCII bytes and a new secret included', () => {
  const own = newSecret(systemRandom)
  const text = '{"title":"Zoë, 東京 🎉","line":"\\u2028"}'
  const { headers } = sign('standard', unsigned(text, { secret: own }))
  assert.deepEqual(new Webhook(own).verify(text, headers), JSON.parse(text))
})

test('the Standard Webhooks library refuses a changed byte, a changed id and another secret', () => {
  const text = '{"n":1}'
  const { headers } = sign('standard', unsigned(text))
  const refused = { name: 'WebhookVerificationError' }
  assert.throws(() => new Webhook(secret).verify('{"n":2}', headers), refused)
  assert.throws(() => new Webhook(secret).verify(text, { ...headers, 'webhook-id': 'evt_2' }), refused)
  assert.throws(() => new Webhook(newSecret(systemRandom)).verify(text, headers), refused)
})

test('whatever the signature, the id of the event and the time of the attempt are sent', () => {
  for (const signature of SIGNATURES) {
    const own = signature === 'ed25519' ? newPrivateKey(systemRandom) : secret
    const { headers } = sign(signature, unsigned('{}', { at: 1614265330, secret: own }))
    assert.equal(headers['webhook-id'], 'evt_1', signature)
    assert.equal(headers['webhook-timestamp'], '1614265330', signature)
    assert.equal(Object.keys(headers).length, 3, signature)
  }
})

test('the public key of a private one is that of RFC 8032, and verifies the v1a signature by it', () => {
  const [seed, point] = [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  ].map(hex => Buffer.from(hex, 'hex').toString('base64'))
  assert.equal(publicKeyOf(`whsk_${seed}`), `whpk_${point}`)
  assert.equal(publicKeyOf(secret), null)

  const { headers } = sign('ed25519', unsigned('{"n":1}', { secret: `whsk_${seed}` }))
  const [version, signature = ''] = String(headers['webhook-signature']).split(',')
  const signed = (text: string) => Buffer.from(`evt_1.${headers['webhook-timestamp']}.${text}`)
  assert.equal(version, 'v1a')
  assert.ok(verifies(`whpk_${point}`, signed('{"n":1}'), signature))
  assert.ok(!verifies(`whpk_${point}`, signed('{"n":2}'), signature))
  assert.ok(!verifies(publicKeyOf(newPrivateKey(systemRandom)) ?? '', signed('{"n":1}'), signature))
})

/** As a receiver does it that has the public key alone. */
function verifies(publicKey: string, signed: Buffer, signature: string): boolean {
  const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url')
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
  return verify(null, signed, key, Buffer.from(signature, 'base64'))
}

test('while two secrets sign, a receiver that knows either accepts, by Standard Webhooks and by Stripe', () => {
  const [next, before] = [newSecret(systemRandom), newSecret(systemRandom)]
  const both = unsigned('{"n":1}', { secret: next, previous: before })
  const standard = sign('standard', both).headers
  const stripe = String(sign('stripe', both).headers['stripe-signature'])
  for (const known of [next, before]) {
    assert.deepEqual(new Webhook(known).verify('{"n":1}', standard), { n: 1 })
    assert.deepEqual(Stripe.webhooks.constructEvent('{"n":1}', stripe, known), { n: 1 })
  }
  assert.throws(() => new Webhook(secret).verify('{"n":1}', standard))
})

test('where there is room for one signature, it is that of the secret before, until that no longer signs', () => {
  const [next, before] = [newSecret(systemRandom), newSecret(systemRandom)]
  for (const signature of ['twilio', 'github'] as const) {
    const given = unsigned('{"n":1}', { at: 1614265330 })
    const by = (one: string, previous: string | null) =>
      sign(signature, { ...given, secret: one, previous }).headers
    assert.deepEqual(by(next, before), by(before, null))
    assert.notDeepEqual(by(next, before), by(next, null))
    // No receiver has a private key: what went over to a shared secret is signed by that.
    assert.deepEqual(by(next, newPrivateKey(systemRandom)), by(next, null))
  }
})

test('going over to a pair of keys, both are in the one field', () => {
  const pair = newPrivateKey(systemRandom)
  const { headers } = sign('ed25519', unsigned('{"n":1}', { secret: pair, previous: secret }))
  assert.match(String(headers['webhook-signature']), /^v1a,\S{88} v1,\S{44}$/)
  assert.deepEqual(new Webhook(secret).verify('{"n":1}', headers), { n: 1 })
})

test('a new secret is whsec_ and 32 bytes, never the same twice', () => {
  assert.match(newSecret(systemRandom), /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.notEqual(newSecret(systemRandom), newSecret(systemRandom))
})

test('a malformed secret is a clear error that does not repeat it', () => {
  const malformed = [
    '',
    'whsec_',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_not base64 at all, is it now?',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `whsk_${Buffer.alloc(31).toString('base64')}`,
    `whsk_${Buffer.alloc(64).toString('base64')}`,
    `${secret}\n`,
  ]
  for (const wrong of malformed) {
    assert.throws(
      () => sign('standard', unsigned('', { secret: wrong })),
      (error: Error) =>
        error.name === 'MalformedSecret' && (wrong.length < 7 || !error.message.includes(wrong.slice(6))),
      wrong,
    )
  }
})
