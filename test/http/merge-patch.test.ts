import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergePatch } from '../../src/http/index.ts'

test('the table of RFC 7396 Appendix A', () => {
  const table: readonly [string, string, string][] = [
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ]
  for (const [target, patch, result] of table) {
    assert.equal(
      JSON.stringify(mergePatch(JSON.parse(target), JSON.parse(patch))),
      result,
      `${target} + ${patch}`,
    )
  }
})

test('neither argument is changed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
      const before = JSON.stringify([target, patch])
      mergePatch(target, patch)
      assert.equal(JSON.stringify([target, patch]), before)
    }),
  )
})

test('a patch that was applied changes nothing when it is applied again', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
      const once = mergePatch(target, patch)
      assert.deepEqual(mergePatch(once, patch), once)
    }),
  )
})

test('a member called __proto__ is a member like any other', () => {
  const patched = mergePatch({ a: 1 }, JSON.parse('{"__proto__":{"polluted":true},"constructor":{"b":1}}'))
  assert.equal(JSON.stringify(patched), '{"a":1,"__proto__":{"polluted":true},"constructor":{"b":1}}')
  assert.equal(Object.getPrototypeOf(patched), Object.prototype)
  assert.equal('polluted' in {}, false)
})

test('inherited members are no members', () => {
  const inherited = Object.create({ b: 2 }, { a: { value: 1, enumerable: true } })
  assert.deepEqual(mergePatch(inherited, {}), { a: 1 })
  assert.deepEqual(mergePatch({}, inherited), { a: 1 })
})
