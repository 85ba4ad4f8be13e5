import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registerSchema, validate } from '@hyperjump/json-schema/draft-2020-12'
import fc from 'fast-check'
import {
  declaredProblem,
  type ProblemCode,
  type ProblemEntry,
  pointerOf,
  problem,
  problemBody,
  problemSchema,
  problems,
} from '../../src/http/index.ts'
import { anyText, wellFormedText } from './text.ts'

const codes = Object.keys(problems) as ProblemCode[]
const entries: readonly [string, ProblemEntry][] = Object.entries(problems)

test('every code is lower case with hyphens, and every status is an error', () => {
  for (const [code, { status }] of entries) {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/)
    assert.ok(status >= 400 && status <= 599, code)
  }
})

test('every problem has its own title, and a meaning and a mend of one or more whole sentences', () => {
  assert.equal(new Set(entries.map(([, { title }]) => title)).size, entries.length)
  for (const [code, { meaning, mend }] of entries) {
    assert.match(meaning, /^[A-Z].*\.$/, code)
    assert.match(mend, /^[A-Z].*\.$/, code)
  }
})

test('every 401 challenges the caller (RFC 9110 §15.5.2)', () => {
  const unauthorized = codes.filter(code => problems[code].status === 401)
  assert.deepEqual(unauthorized, ['key-missing', 'key-refused', 'signed-out', 'sign-in-link-spent'])
  for (const code of unauthorized)
    assert.match(problem(code).headers?.['www-authenticate'] ?? '', /^Bearer \S/)
})

test('a problem keeps the headers of its entry beside those of the case', () => {
  assert.deepEqual(problem('key-missing', { headers: { 'retry-after': '1' } }).headers, {
    'www-authenticate': 'Bearer realm="api"',
    'retry-after': '1',
  })
})

test('a code that is not in the table does not compile', () => {
  // @ts-expect-error
  assert.throws(() => problem('no-such-code'))
})

test('a declared problem has its code in words as its title', () => {
  assert.deepEqual(declaredProblem('already-featured', 409), {
    code: 'already-featured',
    status: 409,
    title: 'Already featured',
  })
})

test('the body has the members of RFC 9457 and the extensions, and no header', () => {
  const errors = [{ pointer: '#/headline', detail: 'is longer than 200 characters' }]
  const value = problem('invalid-input', { detail: '1 member is wrong.', errors, headers: { 'x-a': 'b' } })
  assert.deepEqual(problemBody(value, 'req_1'), {
    type: '/docs/problems#invalid-input',
    title: 'Invalid input',
    status: 422,
    code: 'invalid-input',
    detail: '1 member is wrong.',
    errors,
    request_id: 'req_1',
  })
})

test('every body is valid under the schema, and the schema refuses one without its code', async () => {
  const id = 'https://example.com/problem'
  // As it is published: through JSON.
  const schema = JSON.parse(JSON.stringify(problemSchema))
  registerSchema({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema }, id)
  const isValid = await validate(id)
  const errors = [
    { pointer: '#/a', detail: 'is missing' },
    { parameter: 'limit', detail: 'is above 100' },
  ]
  for (const code of codes) {
    for (const options of [{}, { detail: 'd', errors }]) {
      const body = JSON.parse(JSON.stringify(problemBody(problem(code, options), 'req_1')))
      assert.equal(isValid(body).valid, true, code)
      delete body.code
      assert.equal(isValid(body).valid, false, code)
    }
  }
})

test('a pointer is a JSON Pointer in fragment form (RFC 6901 §6)', () => {
  const table: readonly [readonly PropertyKey[], string][] = [
    [[], '#'],
    [['foo'], '#/foo'],
    [['foo', 0], '#/foo/0'],
    [[''], '#/'],
    [['a/b'], '#/a~1b'],
    [['c%d'], '#/c%25d'],
    [['e^f'], '#/e%5Ef'],
    [['g|h'], '#/g%7Ch'],
    [['i\\j'], '#/i%5Cj'],
    [['k"l'], '#/k%22l'],
    [[' '], '#/%20'],
    [['m~n'], '#/m~0n'],
  ]
  for (const [path, pointer] of table) assert.equal(pointerOf(path), pointer)
})

test('a pointer gives its path back', () => {
  fc.assert(
    fc.property(fc.array(wellFormedText), path => {
      const [, ...keys] = pointerOf(path).slice(1).split('/')
      const back = keys.map(key => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
      assert.deepEqual(back, path)
    }),
  )
})

test('a pointer can be made of any text, lone surrogates included', () => {
  fc.assert(fc.property(fc.array(anyText), path => pointerOf(path).startsWith('#')))
  assert.equal(pointerOf(['\ud800']), '#/%EF%BF%BD')
})
