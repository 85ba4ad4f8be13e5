import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { attachmentValue, cleanFilename, parsePartDisposition } from '../../src/http/index.ts'

test('a part tells its name, and that of its file, as browsers and as others write them', () => {
  for (const [field, name, filename] of [
    ['form-data; name="a"', 'a', undefined],
    ['Form-Data; NAME=a; filename=b.png', 'a', 'b.png'],
    ['form-data; name="a%22b"; filename="c%0D%0Ad"', 'a"b', 'c\r\nd'],
    ['form-data; name="a\\"b"; filename="C:\\dir\\e.png"', 'a"b', 'C:\\dir\\e.png'],
    ['form-data; name=""; filename=""', '', ''],
    ['form-data; name="é"', 'é', undefined],
  ] as const) {
    assert.deepEqual(parsePartDisposition(field), { name, filename }, field)
  }
})

test('a part without a name, of another disposition or malformed tells nothing', () => {
  for (const field of [
    '',
    'form-data',
    'attachment; name=a',
    'form-data; name="a',
    'form-data name=a',
    'form-data; name=a; name=b',
  ]) {
    assert.equal(parsePartDisposition(field), undefined, field)
  }
})

test('any name of a file becomes a field of visible ASCII, which says the same again when it is read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), given => {
      const name = cleanFilename(given)
      assert.ok(Array.from(name).length <= 120)
      assert.doesNotMatch(name, /[/\\]|^\.|\p{C}/u)
      const value = attachmentValue(name)
      assert.match(value, /^attachment; filename="[ !#-[\]-~]*"(; filename\*=UTF-8''[\w%.!#$&+^`|~-]+)?$/)
      const [, extended] = /UTF-8''(.*)$/.exec(value) ?? []
      if (extended !== undefined) assert.equal(decodeURIComponent(extended), name)
    }),
  )
})
