import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import { newSecret, sign, signatureHeaders } from '../../src/webhooks/signing.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const at = () => Math.floor(systemClock.now() / 1000)

test('a signature is the one in the Standard Webhooks specification', () => {
  const body = Buffer.from('{"test": 2432232314}')
  assert.equal(
    sign({ secret, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1614265330, body }),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

test('the Standard Webhooks library accepts what is signed, non-ASCII bytes and a new secret included', () => {
  const own = newSecret(systemRandom)
  const text = '{"title":"Zoë, 東京 🎉","line":"\\u2028"}'
  const headers = signatureHeaders({ secret: own, id: 'evt_1', at: at(), body: Buffer.from(text) })
  assert.deepEqual(new Webhook(own).verify(text, headers), JSON.parse(text))
})

test('the Standard Webhooks library refuses a changed byte, a changed id and another secret', () => {
  const text = '{"n":1}'
  const headers = signatureHeaders({ secret, id: 'evt_1', at: at(), body: Buffer.from(text) })
  const refused = { name: 'WebhookVerificationError' }
  assert.throws(() => new Webhook(secret).verify('{"n":2}', headers), refused)
  assert.throws(() => new Webhook(secret).verify(text, { ...headers, 'webhook-id': 'evt_2' }), refused)
  assert.throws(() => new Webhook(newSecret(systemRandom)).verify(text, headers), refused)
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
    `${secret}\n`,
  ]
  for (const wrong of malformed) {
    assert.throws(
      () => sign({ secret: wrong, id: 'evt_1', at: 0, body: new Uint8Array() }),
      (error: Error) =>
        error.name === 'MalformedSecret' && (wrong.length < 7 || !error.message.includes(wrong.slice(6))),
      wrong,
    )
  }
})
