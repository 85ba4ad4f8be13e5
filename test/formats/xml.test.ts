import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { DefinitionError, pageOf, resource, type Schema, wireOf } from '../../src/contract/index.ts'
import {
  AnswerMismatch,
  compileXmlReader,
  compileXmlWriter,
  writeProblemXml,
} from '../../src/formats/index.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
const XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

function both(schema: Schema, root = 'thing') {
  const options = { root, place: 'here' }
  const write = compileXmlWriter(wireOf(schema, 'output', 'here'), options)
  const reader = compileXmlReader(wireOf(schema, 'output', 'here'), options)
  const read = (xml: string) => reader(new TextEncoder().encode(xml))
  return {
    write,
    read,
    value: (xml: string) => {
      const reading = read(xml)
      return 'value' in reading ? reading.value : assert.fail(reading.problem.detail)
    },
    /** That a value has this document, and that it is read back. */
    is(value: unknown, xml: string) {
      assert.equal(write(value), `${DECLARATION}${xml}`)
      assert.deepEqual(read(xml), { value })
    },
  }
}
const refuses = (schema: Schema, message: RegExp) =>
  assert.throws(
    () => both(schema),
    error => error instanceof DefinitionError && message.test(error.message),
  )

const Article = z.object({
  id: z.string(),
  tags: z.array(z.string()),
  score: z.number(),
  live: z.boolean().optional(),
  source: z.string().nullable().optional(),
})

test('an article reads as one expects: a list is its items, and null is xsi:nil', () => {
  const { is, value } = both(Article, 'article')
  is(
    { id: 'a1', tags: ['a', 'b'], score: 12.5 },
    `<article${XSI}><id>a1</id><tags>a</tags><tags>b</tags><score>12.5</score></article>`,
  )
  is(
    { id: '', tags: ['one'], score: -1e21, live: true, source: null },
    `<article${XSI}><id></id><tags>one</tags><score>-1e+21</score><live>true</live><source xsi:nil="true"/></article>`,
  )
  is(
    { id: '<&>"\r\n\t]]>', tags: [], score: 0 },
    `<article${XSI}><id>&lt;&amp;&gt;"&#13;\n\t]]&gt;</id><score>0</score></article>`,
  )
  const loosely =
    '<article>\n  <score> 7 </score><!-- . --><tags>a</tags>\r\n <id>x<![CDATA[<]]>y</id><tags>b</tags></article>'
  assert.deepEqual(value(loosely), { id: 'x<y', tags: ['a', 'b'], score: 7 })
})

const articles = resource('article', {
  path: '/articles',
  schema: z.object({ id: z.string() }),
  owner: 'shared',
})

test('a page has its rows in data, each called as the resource is', () => {
  const { is } = both(pageOf(articles), 'articles')
  is(
    { data: [{ id: '1' }, { id: '2' }], next: null },
    `<articles${XSI}><data><article><id>1</id></article><article><id>2</id></article></data><next xsi:nil="true"/></articles>`,
  )
  const named = resource('article', {
    path: '/articles',
    schema: z.object({ id: z.string() }).meta({ xml: { name: 'Artikel' } }),
    owner: 'shared',
  })
  both(pageOf(named), 'articles').is(
    { data: [{ id: '1' }], next: 'c' },
    `<articles${XSI}><data><Artikel><id>1</id></Artikel></data><next>c</next></articles>`,
  )
  is({ data: [], next: 'c' }, `<articles${XSI}><data></data><next>c</next></articles>`)
})

test('what the elements alone do not say is said by an attribute', () => {
  both(z.object({ tags: z.array(z.string()).optional() })).is(
    { tags: [] },
    '<thing><tags empty="true"/></thing>',
  )
  both(z.object({ tags: z.array(z.string()).optional() })).is({}, '<thing></thing>')
  const nullable = both(z.object({ tags: z.array(z.string().nullable()).nullable() }))
  nullable.is({ tags: null }, `<thing${XSI}><tags empty="true" xsi:nil="true"/></thing>`)
  nullable.is({ tags: [null] }, `<thing${XSI}><tags xsi:nil="true"/></thing>`)
  both(z.object({ grid: z.array(z.array(z.int())) })).is(
    { grid: [[1, 2], []] },
    '<thing><grid><item>1</item><item>2</item></grid><grid></grid></thing>',
  )
  const either = both(
    z.object({ v: z.union([z.string(), z.number(), z.array(z.string()), Article.pick({ id: true })]) }),
  )
  either.is({ v: 'x' }, '<thing><v>x</v></thing>')
  either.is({ v: 5 }, '<thing><v>5</v></thing>')
  either.is({ v: '5' }, '<thing><v type="string">5</v></thing>')
  either.is({ v: ['x'] }, '<thing><v type="array"><item>x</item></v></thing>')
  either.is({ v: { id: 'a' } }, '<thing><v><id>a</id></v></thing>')
  const forms = both(z.object({ v: z.union([z.object({ a: z.number() }), z.object({ a: z.string() })]) }))
  forms.is({ v: { a: 5 } }, '<thing><v><a>5</a></v></thing>')
  forms.is({ v: { a: '5' } }, '<thing><v form="2"><a>5</a></v></thing>')
  assert.deepEqual(forms.value('<thing><v><a>x</a></v></thing>'), { v: { a: 'x' } })
})

test('a listed field tells the members of a union apart', () => {
  const kind = (name: string) => z.literal(name).meta({ xml: { nodeType: 'attribute' } })
  both(
    z.object({
      v: z.discriminatedUnion('kind', [
        z.object({ kind: kind('a'), x: z.number() }),
        z.object({ kind: kind('b'), x: z.string() }),
      ]),
    }),
  ).is({ v: { kind: 'b', x: '5' } }, '<thing><v kind="b"><x>5</x></v></thing>')
})

test('any value says what it is where it is no string', () => {
  both(z.object({ any: z.unknown() })).is(
    { any: { s: 'x', n: 1, b: false, z: null, l: [1, ['']], o: {}, 'a b': '' } },
    `<thing${XSI}><any><s>x</s><n type="number">1</n><b type="boolean">false</b><z xsi:nil="true"/><l type="array"><item type="number">1</item><item type="array"><item></item></item></l><o type="object"></o><a_x0020_b></a_x0020_b></any></thing>`,
  )
  const { value } = both(z.object({ any: z.unknown() }))
  assert.deepEqual(value('<thing><any><a>1</a><a>2</a><b/></any></thing>'), { any: { a: ['1', '2'], b: '' } })
})

test('records have their members as elements, whatever they are called', () => {
  const { is, value } = both(z.record(z.string(), z.number()))
  is(
    JSON.parse('{"a b":1,"1":2,"":3,"_x0041_":4,"x:y":5}'),
    '<thing><_x0031_>2</_x0031_><a_x0020_b>1</a_x0020_b><_x_>3</_x_><_x005F_x0041_>4</_x005F_x0041_><x_x003A_y>5</x_x003A_y></thing>',
  )
  assert.deepEqual(value('<thing><a>1</a><b>x</b></thing>'), { a: 1, b: 'x' })
  const renamed = z.object({ a: z.string().meta({ xml: { name: 'b' } }) }).catchall(z.string())
  both(renamed).is({ a: '1', b: '2' }, '<thing><b>1</b><_x0062_>2</_x0062_></thing>')
})

test('the xml metadata of OpenAPI 3.2 is followed', () => {
  const xml = (hints: object) => ({ xml: hints })
  both(
    z.object({
      id: z.int().meta(xml({ attribute: true })),
      lang: z
        .string()
        .optional()
        .meta(xml({ nodeType: 'attribute', name: 'language' })),
      animals: z.array(z.string().meta(xml({ name: 'animal' }))).meta(xml({ wrapped: true, name: 'zoo' })),
      plants: z.array(z.string().meta(xml({ name: 'plant' }))),
      name: z.string().meta(xml({ namespace: 'https://example.com/s', prefix: 's' })),
      inner: z.object({ a: z.string() }).meta(xml({ namespace: 'urn:inner' })),
    }),
  ).is(
    { id: 7, animals: ['cat'], plants: ['oak', 'elm'], name: 'n', inner: { a: 'x' } },
    '<thing xmlns:s="https://example.com/s" id="7"><zoo><animal>cat</animal></zoo><plant>oak</plant><plant>elm</plant><s:name>n</s:name><inner xmlns="urn:inner"><a>x</a></inner></thing>',
  )
  const textual = both(
    z.object({
      kind: z.string().meta(xml({ nodeType: 'attribute' })),
      name: z.string().meta(xml({ nodeType: 'text' })),
    }),
    'animal',
  )
  textual.is({ kind: 'C"\n', name: ' Fluffy ' }, '<animal kind="C&quot;&#10;"> Fluffy </animal>')
  both(z.object({ html: z.string().meta(xml({ nodeType: 'cdata' })) })).is(
    { html: '<b>]]></b>' },
    '<thing><![CDATA[<b>]]]]><![CDATA[></b>]]></thing>',
  )
  const optional = both(
    z.object({
      id: z
        .string()
        .nullable()
        .optional()
        .meta(xml({ attribute: true })),
    }),
  )
  optional.is({ id: null }, `<thing${XSI}><id xsi:nil="true"/></thing>`)
  optional.is({}, `<thing${XSI}></thing>`)
  const required = both(
    z.object({
      id: z
        .string()
        .nullable()
        .meta(xml({ attribute: true })),
    }),
  )
  required.is({ id: null }, '<thing></thing>')
})

test('another prefix for the same namespace is the same name', () => {
  const { value, read } = both(z.object({ a: z.string() }).meta({ xml: { namespace: 'urn:x', prefix: 'p' } }))
  assert.deepEqual(value('<q:thing xmlns:q="urn:x"><a>1</a></q:thing>'), { a: '1' })
  assert.ok('problem' in read('<thing><a>1</a></thing>'))
  assert.ok('problem' in read('<p:thing xmlns:p="urn:y"><a>1</a></p:thing>'))
})

test('a schema whose XML would not say what it means is refused, with the field and a mend', () => {
  const attribute = { xml: { attribute: true } }
  refuses(
    z.object({ a: z.string().meta({ xml: { name: 'b' } }), b: z.string() }),
    /^here: 'a' and 'b' are both the element 'b'\. Give/,
  )
  refuses(z.object({ a: z.object({}).meta(attribute) }), /'a' cannot be an attribute: it is no string/)
  refuses(
    z.object({ a: z.union([z.string(), z.number()]).meta(attribute) }),
    /'a' cannot be an attribute: one text could/,
  )
  refuses(z.object({ a: z.string().meta({ xml: { name: '1 a' } }) }), /'1 a' of 'a' is no XML name/)
  refuses(z.object({ a: z.string().meta({ xml: { prefix: 'p' } }) }), /'p' of 'a' has no namespace/)
  refuses(z.object({ a: z.string().meta({ xml: { nodeType: 'none' } }) }), /'a' has the nodeType 'none'/)
  refuses(
    z.object({ a: z.string().meta({ xml: { nodeType: 'text' } }), b: z.string() }),
    /'a' is the text of an element that has 'b'/,
  )
  refuses(
    z.object({ a: z.array(z.object({ empty: z.string().meta(attribute) })).optional() }),
    /'empty' is an attribute 'empty' where/,
  )
  refuses(
    z.object({ a: z.string().meta({ xml: { nodeType: 'node' } }) }),
    /\/a has an `xml` that OpenAPI 3\.2 does not know/,
  )
  const twice = (namespace: string) => z.string().meta({ xml: { namespace, prefix: 'p' } })
  refuses(z.object({ a: twice('urn:a'), b: twice('urn:b') }), /'p' stands for 'urn:a' and for 'urn:b'/)
})

test('what does not fit is a mismatch with its pointer, and so is what XML cannot carry', () => {
  const { write } = both(
    z.object({ list: z.array(z.object({ a: z.string(), n: z.number().optional() })), any: z.unknown() }),
  )
  const pointer = (value: unknown) => {
    try {
      return write(value)
    } catch (error) {
      return error instanceof AnswerMismatch
        ? `${error.pointer} ${error.expected}`
        : assert.fail(String(error))
    }
  }
  assert.equal(pointer({ list: [{ a: 'x' }, { a: 1 }], any: 1 }), '/list/1/a a string')
  for (const bad of ['\0', `${'x'.repeat(40)}\u001b`, '\ufffe', '\ud83d', '\ude82 '.repeat(20)]) {
    assert.equal(
      pointer({ list: [{ a: bad }], any: 1 }),
      '/list/0/a a string of characters that XML can carry',
    )
    assert.equal(
      pointer({ list: [], any: { b: [bad] } }),
      '/any/b/0 a string of characters that XML can carry',
    )
  }
  const circle: unknown[] = []
  circle.push(circle)
  assert.match(pointer({ list: [], any: circle }), /at most 64 levels/)
})

test('what does not fit is passed on for the schema to name', () => {
  const { value } = both(
    z.object({ score: z.number(), tags: z.array(z.string()), inner: z.object({ a: z.string() }).optional() }),
  )
  assert.deepEqual(value('<thing><score>abc</score><more a="1"><x>y</x></more></thing>'), {
    score: 'abc',
    more: { x: 'y' },
    tags: [],
  })
  assert.deepEqual(value('<thing lang="en"><score><b/></score><inner>text</inner></thing>'), {
    score: { b: '' },
    inner: 'text',
    tags: [],
    '@lang': 'en',
  })
  assert.deepEqual(value('<thing>text</thing>'), 'text')
  assert.deepEqual(
    value(`<thing${XSI} xsi:schemaLocation="a b" xml:lang="en"><score>1e999</score><tags/></thing>`),
    { score: '1e999', tags: [''] },
  )
})

test('a problem is elements in the namespace of RFC 7807, items are i', () => {
  assert.equal(
    writeProblemXml({
      title: 'A & B\0',
      status: 422,
      errors: [{ pointer: '#/a', detail: null }, 'x'],
      gone: undefined,
    }),
    `${DECLARATION}<problem xmlns="urn:ietf:rfc:7807"><title>A &amp; B\ufffd</title><status>422</status><errors><i><pointer>#/a</pointer></i><i>x</i></errors></problem>`,
  )
})
