import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { systemClock, systemRandom } from '../../src/base/index.ts'
import { newSecret, SIGNATURES, sign, type Unsigned } from '../../src/webhooks/signing.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const at = () => Math.floor(systemClock.now() / 1000)

const unsigned = (text: string, rest: Partial<Unsigned> = {}): Unsigned => ({
  secret,
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
    const { headers } = sign(signature, unsigned('{}', { at: 1614265330 }))
    assert.equal(headers['webhook-id'], 'evt_1', signature)
    assert.equal(headers['webhook-timestamp'], '1614265330', signature)
    assert.equal(Object.keys(headers).length, 3, signature)
  }
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
      () => sign('standard', unsigned('', { secret: wrong })),
      (error: Error) =>
        error.name === 'MalformedSecret' && (wrong.length < 7 || !error.message.includes(wrong.slice(6))),
      wrong,
    )
  }
})
