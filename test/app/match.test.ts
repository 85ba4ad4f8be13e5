import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMatcher } from '../../src/app/match.ts'
import { endpoint, type Route, routesOf } from '../../src/contract/index.ts'

const matcherOf = (...templates: readonly string[]) => {
  const endpoints = Object.fromEntries(
    templates.map((template, i) => {
      const [method = 'GET', path = '/'] = template.split(' ')
      return [`e${i}`, endpoint({ method: method as 'GET', path: path as '/' })]
    }),
  )
  const match = createMatcher(routesOf({ base: '', resources: [], endpoints }).map(route => ({ route })))
  return (method: string, path: string): unknown => {
    const matched = match(method, path)
    if (typeof matched === 'string') return matched
    return 'allow' in matched ? matched.allow : [shown(matched.found.route), { ...matched.params }]
  }
}

const shown = ({ method, path }: Route): string => `${method} ${path}`

const match = matcherOf(
  'GET /',
  'GET /a',
  'GET /a/{id}',
  'GET /a/new',
  'PATCH /a/{name}',
  'GET /a/{id}/b',
  'GET /x/{p}/y/{q}',
)

test('a word goes before a parameter, and a parameter is tried where the word leads nowhere', () => {
  assert.deepEqual(match('GET', '/a/new'), ['GET /a/new', {}])
  assert.deepEqual(match('GET', '/a/old'), ['GET /a/{id}', { id: 'old' }])
  assert.deepEqual(match('GET', '/a/new/b'), ['GET /a/{id}/b', { id: 'new' }])
  assert.deepEqual(match('GET', '/x/1/y/2'), ['GET /x/{p}/y/{q}', { p: '1', q: '2' }])
})

test('one slash at the end means nothing, and an empty segment is no parameter', () => {
  for (const path of ['/a', '/a/']) assert.deepEqual(match('GET', path), ['GET /a', {}])
  assert.deepEqual(match('GET', '/a/1/'), ['GET /a/{id}', { id: '1' }])
  assert.deepEqual(match('GET', '/'), ['GET /', {}])
  for (const path of ['//', '/a//', '/a//b', '//a', '/a/1//', '/x//y/2', '/x/1/y/'])
    assert.equal(match('GET', path), 'no-such-path', path)
})

test('two methods of a path name its parameters each in its own way', () => {
  assert.deepEqual(match('PATCH', '/a/1'), ['PATCH /a/{name}', { name: '1' }])
  assert.deepEqual(match('HEAD', '/a/1'), ['GET /a/{id}', { id: '1' }])
  assert.equal(match('PUT', '/a/1'), 'GET, HEAD, PATCH, OPTIONS')
})

test('parameters are decoded after the path is split, and words are taken as they are sent', () => {
  assert.deepEqual(match('GET', '/a/b%2Fc'), ['GET /a/{id}', { id: 'b/c' }])
  assert.equal(match('GET', '/%61'), 'no-such-path')
  for (const path of ['/a/..', '/a/%2e', '/a/%ff', '/a/%00'])
    assert.equal(match('GET', path), 'bad-path', path)
})

test('names that every object inherits are neither words nor methods', () => {
  assert.equal(match('GET', '/constructor'), 'no-such-path')
  assert.deepEqual(match('GET', '/a/__proto__'), ['GET /a/{id}', { id: '__proto__' }])
  assert.equal(match('constructor', '/a'), 'GET, HEAD, OPTIONS')
})

test('of any routes, each is found by a path of its own', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '{p}')
  const paths = fc.uniqueArray(fc.array(segment, { maxLength: 4 }), {
    minLength: 1,
    maxLength: 12,
    selector: segments => segments.join('/'),
  })
  fc.assert(
    fc.property(paths, all => {
      const named = all.map(segments => `/${segments.map((s, i) => (s === '{p}' ? `{p${i}}` : s)).join('/')}`)
      const find = matcherOf(...named.map(path => `GET ${path}`))
      for (const [i, path] of named.entries()) {
        const asked = `/${(all[i] ?? []).map(s => (s === '{p}' ? 'z' : s)).join('/')}`
        const [found] = find('GET', asked) as [string]
        assert.equal(found, `GET ${path}`)
      }
    }),
  )
})
