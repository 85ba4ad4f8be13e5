import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyJsonPatch } from '../../src/http/index.ts'
import { threadMs } from '../thread-ms.ts'

interface Vector {
  readonly comment?: string
  readonly doc?: unknown
  readonly patch?: unknown
  readonly expected?: unknown
  readonly error?: string
  readonly disabled?: boolean
}

const suite = (file: string): readonly Vector[] =>
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`json-patch-test-suite/${file}`), 'utf8'))

for (const file of ['spec_tests.json', 'tests.json']) {
  test(`every vector of json-patch-test-suite holds: ${file}`, () => {
    let judged = 0
    for (const { comment = '', doc, patch, expected, error } of suite(file)) {
      // JSON.parse has kept one of the two members `op`; the reader of bodies refuses both.
      if (patch === undefined || comment === 'duplicate ops') continue
      const result = applyJsonPatch(doc, patch)
      const what = `${comment}: ${JSON.stringify(patch)} gave ${JSON.stringify(result)}`
      if (error !== undefined) assert.ok('fault' in result, what)
      else if (expected === undefined) assert.ok('value' in result, what)
      else assert.deepEqual(result, { value: expected }, what)
      judged++
    }
    assert.ok(judged > 15, `${judged} vectors`)
  })
}

const faultOf = (doc: unknown, patch: unknown) => {
  const result = applyJsonPatch(doc, patch)
  return 'fault' in result ? result.fault : assert.fail(JSON.stringify(result))
}

test('a fault says where in the patch it is, and whether a test has failed', () => {
  const doc = { a: [1, 2], b: { c: 'd' } }
  const cases: readonly [unknown, readonly (string | number)[], boolean?][] = [
    [{}, []],
    ['[]', []],
    [[1], [0]],
    [
      [
        { op: 'add', path: '/x', value: 1 },
        { op: 'spin', path: '/x' },
      ],
      [1, 'op'],
    ],
    [[{ op: 'remove', path: 'a' }], [0, 'path']],
    [[{ op: 'remove', path: '/a~2' }], [0, 'path']],
    [[{ op: 'remove', path: '/z' }], [0, 'path']],
    [[{ op: 'remove', path: '/a/2' }], [0, 'path']],
    [[{ op: 'replace', path: '/a/-', value: 1 }], [0, 'path']],
    [[{ op: 'add', path: '/b/c/d', value: 1 }], [0, 'path']],
    [[{ op: 'add', path: '/a/length', value: 1 }], [0, 'path']],
    [[{ op: 'add', path: '/x' }], [0, 'value']],
    [[{ op: 'copy', path: '/x' }], [0, 'from']],
    [[{ op: 'copy', path: '/x', from: '/z' }], [0, 'from']],
    [[{ op: 'move', path: '/b/c', from: '/b' }], [0, 'path']],
    [[{ op: 'remove', path: '' }], [0, 'path']],
    [[{ op: 'test', path: '/z', value: null }], [0, 'path']],
    [[{ op: 'test', path: '/a', value: [2, 1] }], [0, 'value'], true],
  ]
  for (const [patch, path, isTest = false] of cases) {
    const fault = faultOf(doc, patch)
    assert.deepEqual([fault.path, fault.isTest], [path, isTest], JSON.stringify(patch))
    assert.match(fault.detail, /\.$/)
  }
})

test('names that JavaScript takes for its own are refused, wherever they stand (fault 27)', () => {
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    for (const path of [`/${name}`, `/${name}/polluted`, `/a/${name}`]) {
      assert.deepEqual(faultOf({ a: {} }, [{ op: 'add', path, value: true }]).path, [0, 'path'])
      assert.deepEqual(faultOf({ a: {} }, [{ op: 'copy', from: path, path: '/b' }]).path, [0, 'from'])
    }
  }
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
  // As a member of a row, where another program has stored it, one stays what it is.
  const row = JSON.parse('{"a":{"__proto__":{"b":1}}}')
  const copied = applyJsonPatch(row, [{ op: 'copy', from: '/a', path: '/c' }])
  assert.equal(JSON.stringify(copied), '{"value":{"a":{"__proto__":{"b":1}},"c":{"__proto__":{"b":1}}}}')
})

test('neither argument is changed, and no operation reaches back into the patch', () => {
  const doc = { list: [1] }
  const patch = [
    { op: 'add', path: '/made', value: { inner: [] } },
    { op: 'add', path: '/made/inner/-', value: 1 },
    { op: 'copy', from: '/made', path: '/copy' },
    { op: 'add', path: '/copy/inner/-', value: 2 },
    { op: 'add', path: '/list/0', value: 0 },
  ]
  const before = JSON.stringify([doc, patch])
  for (let again = 0; again < 2; again++) {
    const expected = { list: [0, 1], made: { inner: [1] }, copy: { inner: [1, 2] } }
    assert.deepEqual(applyJsonPatch(doc, patch), { value: expected })
  }
  assert.equal(JSON.stringify([doc, patch]), before)
})

test('copies of copies, deep nesting and many operations are refused before they cost anything', () => {
  const doubling = Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/x${i}` }))
  const deeper = Array.from({ length: 100 }, () => [
    { op: 'add', path: '/b', value: {} },
    { op: 'move', from: '/a', path: '/b/a' },
    { op: 'move', from: '/b', path: '/a' },
  ]).flat()
  const list = { a: Array.from({ length: 100_000 }, () => 0) }
  const shifting = Array.from({ length: 1000 }, () => ({ op: 'add', path: '/a/0', value: 1 }))
  const took = threadMs(() => {
    assert.match(faultOf({ text: 'x'.repeat(1000) }, doubling).detail, /more than a body may hold/)
    assert.match(faultOf({ a: {} }, deeper).detail, /nested deeper than 64/)
    assert.ok('value' in applyJsonPatch(list, shifting))
    assert.match(faultOf(list, [...shifting, ...shifting]).detail, /1000 at most/)
  })
  assert.ok(took < 1000, `${took} ms`)
})

test('no patch makes it throw, and what a patch tests and adds is there', () => {
  const pointer = fc.constantFrom('', '/', '/a', '/a/0', '/a/-', '/a/b', '/b', '/~0', '/~', 'a')
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: pointer,
      from: pointer,
      value: fc.jsonValue(),
    },
    { requiredKeys: ['op'] },
  )
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(operation), (doc, patch) => {
      const result = applyJsonPatch(doc, JSON.parse(JSON.stringify(patch)))
      if ('value' in result) JSON.stringify(result.value)
    }),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (doc, value) => {
      const put = { op: 'add', path: '/made', value }
      const result = applyJsonPatch(doc, [put, { ...put, op: 'test' }])
      assert.ok('value' in result && Object.hasOwn(Object(result.value), 'made'))
    }),
  )
})
