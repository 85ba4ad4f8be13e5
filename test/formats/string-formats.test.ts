import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { formatNames, plainFormats, stringFormats } from '../../src/formats/string-formats.ts'

const examples: { readonly [format: string]: { readonly good: string[]; readonly bad: string[] } } = {
  'date-time': {
    good: [
      '2026-11-23T08:00:00Z',
      '2024-02-29t23:59:60.123456z',
      '2026-11-23T08:00:00+05:30',
      '2000-02-29T00:00:00-00:00',
    ],
    bad: [
      '',
      '2026-11-23',
      '2026-11-23 08:00:00Z',
      '2026-11-23T08:00Z',
      '2026-02-29T08:00:00Z',
      '1900-02-29T08:00:00Z',
    ]
      .concat([
        '2026-13-01T08:00:00Z',
        '2026-11-31T08:00:00Z',
        '2026-11-00T08:00:00Z',
        '2026-11-23T24:00:00Z',
      ])
      .concat([
        '2026-11-23T08:00:00',
        '2026-11-23T08:00:00.Z',
        '2026-11-23T08:00:00+0530',
        '2026-11-23T08:00:00Zx',
      ])
      .concat([
        '2026-11-23T08:60:00Z',
        '2026-11-23T08:00:61Z',
        '2026/11/23T08:00:00Z',
        '+2026-11-23T08:00:00Z',
      ]),
  },
  date: {
    good: ['2026-11-23', '2024-02-29'],
    bad: ['2023-02-29', '2026-1-1', '2026-11-23T', '20261123', '2026-04-31'],
  },
  time: {
    good: ['08:00:00Z', '23:59:60.5+01:00'],
    bad: ['08:00:00', '8:00:00Z', '24:00:00Z', '08:00:00+1:00'],
  },
  duration: { good: ['PT15M', 'P1Y2M3DT4H5M6.5S', 'P2W'], bad: ['P', 'PT', '15M', 'P1D2W', 'PT1D'] },
  uuid: {
    good: ['018f3d1c-7b3a-7c1e-9f3a-0123456789AB'],
    bad: ['018f3d1c7b3a7c1e9f3a0123456789ab', 'x', ''],
  },
  email: {
    good: ['a@b', 'a.b+c@example.com', 'ü@bücher.example', '"a b"@example.com'],
    bad: ['a', '@b', 'a@', 'a b@c', 'a@b..c', 'a@b@c'],
  },
  uri: {
    // And what the WHATWG's rules accept, as schemas' libraries do.
    good: [
      ...['https://example.com/a?b=c#d', 'mailto:a@b', 'urn:isbn:1', 'http://[::1]/'],
      ...['https://a.example/b c', 'https://a/"<>\\', ' https://a.example/\n'],
    ],
    bad: ['example.com', '/a', 'http://a b', '1x:a', 'nonsense'],
  },
  'uri-reference': { good: ['', '/a', '../b?c', 'https://example.com'], bad: ['a b', '<'] },
  hostname: {
    good: ['example.com', 'localhost', 'a-b.c.'],
    bad: ['', '-a', 'a-', 'a..b', 'a_b', `${'a'.repeat(64)}.b`],
  },
  ipv4: {
    good: ['127.0.0.1', '255.255.255.255'],
    bad: ['1.2.3', '256.1.1.1', '01.2.3.4', '1.2.3.4.5', '1.2.3.4 '],
  },
  ipv6: {
    good: [
      '::',
      '::1',
      '1::',
      '2001:db8::8a2e:370:7334',
      '1:2:3:4:5:6:7:8',
      '::ffff:1.2.3.4',
      '1:2:3:4:5:6:1.2.3.4',
    ],
    bad: [
      '',
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '1.2.3.4::',
      'g::',
      'fe80::1%eth0',
      ':1::',
    ],
  },
}

test('every format has examples and a name', () => {
  assert.deepEqual([...stringFormats.keys()], Object.keys(examples))
  assert.deepEqual([...formatNames.keys()], Object.keys(examples))
})

for (const [format, { good, bad }] of Object.entries(examples)) {
  test(`${format} accepts what its RFC accepts, and nothing else`, () => {
    const is = stringFormats.get(format)
    assert.ok(is)
    assert.deepEqual(
      good.filter(text => !is(text)),
      [],
    )
    assert.deepEqual(bad.filter(is), [])
  })
}

test('every time that JavaScript writes is a date-time', () => {
  const isDateTime = stringFormats.get('date-time')
  assert.ok(isDateTime)
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }), date =>
      isDateTime(date.toISOString()),
    ),
  )
})

test('what has a plain format needs no escape in JSON', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...plainFormats),
      fc.nat(),
      fc.string({ unit: 'binary', minLength: 1 }),
      (format, at, put) => {
        const [text = ''] = examples[format]?.good ?? []
        const cut = at % (text.length + 1)
        const changed = text.slice(0, cut) + put + text.slice(cut)
        if (stringFormats.get(format)?.(changed)) assert.equal(JSON.stringify(changed), `"${changed}"`)
      },
    ),
    { numRuns: 500 },
  )
})

test('what zod takes as a URL is never an answer that breaks its schema', () => {
  const text = fc.tuple(
    fc.constantFrom('https://a.example/', 'http://', 'x:', ''),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(text, ([start, rest]) => {
      const url = start + rest
      assert.ok(!z.url().safeParse(url).success || stringFormats.get('uri')?.(url) === true)
    }),
    { numRuns: 2_000 },
  )
})
