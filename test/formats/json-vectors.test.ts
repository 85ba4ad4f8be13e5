import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson } from '../../src/formats/index.ts'

// The cases of the parsing minefield, by the rules that they were made by: what every reader must take (RFC 8259), what
// none may, and what is left to the reader, where ours is strict.

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')

const scalars = [
  ...[
    'null',
    'true',
    'false',
    '""',
    '"a"',
    '" "',
    '"\\u0000"',
    '"\\""',
    '"\\\\"',
    '"\\/"',
    '"\\b\\f\\n\\r\\t"',
  ],
  ...[
    '"\\u0061"',
    '"\\u00e9"',
    '"\\uD834\\uDD1E"',
    '"\u20ac"',
    '"\u{1d11e}"',
    '"\u2028\u2029"',
    '"\ufeff"',
    '"\u007f"',
  ],
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '123',
    '1.5',
    '-1.5',
    '0.5',
    '1e1',
    '1E1',
    '1e+1',
    '1e-1',
    '1.5e300',
    '123.456e78',
  ],
  ...['0e1', '0e+1', '0.0', '1e-400', '9007199254740993', '0.1000000000000000055', '1.7976931348623157e308'],
]
const refusedScalars = [
  ...[
    '01',
    '-01',
    '00',
    '-',
    '+1',
    '.5',
    '1.',
    '-.5',
    '1.e1',
    '1e',
    '1e+',
    '1E-',
    '1ea',
    '0x1',
    '0b1',
    '1_000',
  ],
  ...[
    'NaN',
    '-NaN',
    'Infinity',
    '-Infinity',
    'inf',
    '1 000',
    '--1',
    '++1',
    '1+2',
    '1e1.5',
    '- 1',
    '1,',
    ',1',
    '\uff11',
  ],
  ...[
    'nul',
    'tru',
    'fals',
    'True',
    'NULL',
    'nulll',
    'truefalse',
    'undefined',
    'a',
    'a1',
    '&',
    '#',
    '@',
    '*',
    '\\',
    '\\n',
  ],
  ...[
    '"',
    '"a',
    "'a'",
    '`a`',
    'a"',
    '"a""',
    '"a"b',
    '"\\',
    '"\\"',
    '"\\a"',
    '"\\x41"',
    '"\\0"',
    '"\\\'"',
    '"\\u"',
  ],
  ...[
    '"\\u1"',
    '"\\u12"',
    '"\\u123"',
    '"\\u12g4"',
    '"\\U0041"',
    '"\\u{41}"',
    '"\\u 041"',
    '"\\\u00e9"',
    '"\\\u{1f600}"',
  ],
]
/** JSON names no limits here: ours are those of what a handler can be given. */
const beyond = [
  '1e309',
  '-1e309',
  '1e400',
  '"\\ud800"',
  '"\\udc00"',
  '"\\ud800\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud800a"',
]
const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code))
const blank = ['', ' ', '\t', '\n', '\r', ' \t\r\n ']
const notBlank = [
  '\u000b',
  '\f',
  '\0',
  '\u0001',
  '\u00a0',
  '\u2028',
  '\u2060',
  '\u200b',
  '\u3000',
  '/**/',
  '//\n',
  '#\n',
  '<!---->',
]

const around: ((text: string) => string)[] = [
  text => text,
  text => `[${text}]`,
  text => `[1,${text},2]`,
  text => `{"a":${text}}`,
  text => `{"a":1,"b":${text}}`,
  text => `[[{"a":[${text}]}]]`,
]
const inside = around.slice(1)

const taken = [
  ...scalars.flatMap(text => around.map(make => make(text))),
  ...blank.flatMap(space =>
    ['1', '[1,2]', '{"a":1,"b":[]}'].map(
      text => space + text.replaceAll(/[,:[\]{}]/g, mark => space + mark + space) + space,
    ),
  ),
  ...[
    '[]',
    '{}',
    '[[]]',
    '[{}]',
    '{"":0}',
    '{"a":{}}',
    '[[],[]]',
    '{"a":[]}',
    '{"\\u0000":1}',
    '{" ":1}',
    '{"a b":1}',
  ],
  ...['{"a":1,"A":2}', '{"a":1,"a\\u0000":2}', '{"a":{"a":1}}', '[1,1]', '\ufeff[1]'],
  `[${'1,'.repeat(10_000)}1]`,
  `"${'a'.repeat(100_000)}"`,
  `${'['.repeat(64)}${']'.repeat(64)}`,
  `1${'0'.repeat(300)}`,
]

const refused = [
  ...refusedScalars.flatMap(text => around.map(make => make(text))).filter(text => text !== '[1,1,2]'),
  ...beyond.flatMap(text => around.map(make => make(text))),
  ...controls.flatMap(control => [`"${control}"`, `["a${control}"]`, `{"a${control}":1}`]),
  ...notBlank.flatMap(space => [
    `${space}1`,
    `1${space}`,
    `[${space}]`,
    `[1${space},2]`,
    `{${space}"a":1}`,
    `{"a"${space}:1}`,
  ]),
  ...['', ' ', '\ufeff', '\ufeff\ufeff1'],
  ...[
    '[',
    ']',
    '[1',
    '1]',
    '[,',
    '[,]',
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[1 2]',
    '[1:2]',
    '[1;2]',
    '[1]]',
    '[1]1',
    '[1][2]',
    '[1],',
  ],
  ...['[}', '{]', '[1}', '{"a":1]', '[[1]', '[{]', '[{"a":1]', '["a":1]', '["a",\n1,\n1', '[...]', '[1,...]'],
  ...[
    '{',
    '}',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a"}',
    '{"a",1}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a":1,,"b":2}',
    '{"a":1 "b":2}',
  ],
  ...[
    '{a:1}',
    "{'a':1}",
    '{1:1}',
    '{null:1}',
    '{[]:1}',
    '{"a"::1}',
    '{"a":1:2}',
    '{:1}',
    '{"a" 1}',
    '{"a"=1}',
    '{"a":1}}',
  ],
  ...[
    '{"a":1}{"b":2}',
    '{"a":1},',
    '{"a":1;}',
    '{"a":1}#',
    '{"a":1}//',
    '{"a":1}/**/',
    '{"a":/**/1}',
    '{...a}',
    '{"a":a}',
  ],
  ...[
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"a":{"b":1,"b":1}}]',
    '{"":1,"":2}',
    '{"__proto__":1}',
    '[{"constructor":1}]',
  ],
  ...['<a/>', 'a=1', '--', '%7B%7D', '\u{1f600}', '\ufffe1'],
  ...inside.map(make => make('')).filter(text => text !== '[]' && text !== '[[{"a":[]}]]'),
  '['.repeat(100_000),
  '{"a":'.repeat(100_000),
  '[{"":'.repeat(50_000),
  `${'['.repeat(65)}${']'.repeat(65)}`,
  '"'.repeat(99_999),
  '\\'.repeat(100_000),
]

/** What is not UTF-8 (RFC 3629 §3): stray and missing bytes, overlong forms, surrogates, what is beyond U+10FFFF. */
const sequences = [
  ...['\x80', '\xbf', '\xff', '\xfe', '\xc3', '\xe2\x82', '\xf0\x9d\x84', '\xc0\x80', '\xc0\xaf', '\xc1\xbf'],
  ...['\xe0\x80\xaf', '\xe0\x9f\xbf', '\xf0\x80\x80\xaf', '\xf0\x8f\xbf\xbf', '\xed\xa0\x80', '\xed\xbf\xbf'],
  ...[
    '\xed\xa0\x81\xed\xb0\x80',
    '\xf4\x90\x80\x80',
    '\xf5\x80\x80\x80',
    '\xf8\x88\x80\x80\x80',
    '\xfc\x84\x80\x80\x80\x80',
    '\xe9',
  ],
]

test(`${taken.length} texts that are JSON are read as JSON.parse reads them`, () => {
  for (const text of taken) {
    const reading = readJson(bytes(text), { values: Number.POSITIVE_INFINITY })
    assert.ok('value' in reading, JSON.stringify([text.slice(0, 60), reading]))
    assert.deepEqual(reading.value, JSON.parse(text.replace(/^\ufeff/, '')))
  }
})

test(`${refused.length} texts that are not JSON, or say what nobody can hold, are refused with a place`, () => {
  for (const text of refused) {
    const reading = readJson(bytes(text))
    assert.ok('problem' in reading, JSON.stringify(text.slice(0, 60)))
    assert.ok(reading.problem.detail.length < 120 && reading.problem.position.column > 0, text.slice(0, 60))
  }
})

test('bytes that are not UTF-8 are refused wherever they stand, and so are other encodings', () => {
  const bodies = sequences.flatMap(sequence =>
    [`"${sequence}"`, `["a${sequence}b"]`, `{"${sequence}":1}`, `[${sequence}]`, `[1]${sequence}`].map(latin),
  )
  for (const text of ['{"a":1}', '"a"']) {
    for (const mark of ['', '\ufeff'])
      bodies.push(Buffer.from(mark + text, 'utf16le'), Buffer.from(mark + text, 'utf16le').swap16())
  }
  for (const body of bodies) assert.ok('problem' in readJson(body), Buffer.from(body).toString('hex'))
})
