import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAuthorization } from '../../src/http/index.ts'
import { anyText, wellFormedText } from './text.ts'

const basic = (text: string | Uint8Array): string => `Basic ${Buffer.from(text).toString('base64')}`

test('a bearer token is read whatever the case of its scheme (RFC 6750 §2.1)', () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
    assert.deepEqual(parseAuthorization(`${scheme} mF_9.B5f-4.1JqM`), {
      scheme: 'bearer',
      token: 'mF_9.B5f-4.1JqM',
    })
  }
  assert.deepEqual(parseAuthorization('Bearer a~+/b=='), { scheme: 'bearer', token: 'a~+/b==' })
})

test('the examples of RFC 7617 are read, the one in UTF-8 too', () => {
  assert.deepEqual(parseAuthorization('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='), {
    scheme: 'basic',
    user: 'Aladdin',
    password: 'open sesame',
  })
  assert.deepEqual(parseAuthorization('Basic dGVzdDoxMjPCow=='), {
    scheme: 'basic',
    user: 'test',
    password: '123£',
  })
})

test('the first colon ends the user; either side can be empty', () => {
  assert.deepEqual(parseAuthorization(basic('a:b:c')), { scheme: 'basic', user: 'a', password: 'b:c' })
  assert.deepEqual(parseAuthorization(basic('sk_1:')), { scheme: 'basic', user: 'sk_1', password: '' })
  assert.deepEqual(parseAuthorization(basic(':')), { scheme: 'basic', user: '', password: '' })
})

test('everything else is no credentials', () => {
  const refused = [
    ...[
      undefined,
      '',
      ' ',
      'Bearer',
      'Bearer ',
      'Bearer =',
      'Bearer a b',
      'Bearer a,b',
      'Bearer a=b',
      'Bearer ä',
    ],
    ...[' Bearer a', 'Bearera', 'Bearer\ta', 'Token a', 'Digest a', 'Bearer a, Bearer b', 'Bearer "a"'],
    ...[
      'Basic',
      'Basic ',
      'Basic ====',
      'Basic !!!!',
      'Basic YTpi YTpi',
      'Basic YTpiYQ',
      'Basic YTpiYR==',
      'Basic YTpi\n',
    ],
    ...[
      basic('no colon'),
      basic(Uint8Array.of(0x61, 0x3a, 0xff)),
      basic('a:\0'),
      basic('a\n:b'),
      basic('a:\x7f'),
    ],
  ]
  for (const header of refused) assert.equal(parseAuthorization(header), undefined, JSON.stringify(header))
})

test('every user without a colon and every password come back', () => {
  const text = wellFormedText.map(value => value.replace(/\p{Cc}/gu, ''))
  fc.assert(
    fc.property(
      text.map(value => value.replaceAll(':', '')),
      text,
      (user, password) => {
        assert.deepEqual(parseAuthorization(basic(`${user}:${password}`)), {
          scheme: 'basic',
          user,
          password,
        })
      },
    ),
  )
})

test('no field makes it throw', () => {
  const schemes = fc.constantFrom('', 'Bearer ', 'Basic ')
  fc.assert(
    fc.property(schemes, anyText, (scheme, rest) => {
      const parsed = parseAuthorization(scheme + rest)
      assert.ok(parsed === undefined || scheme !== '' || /^(bearer|basic) /i.test(rest))
    }),
  )
})
