import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }

test('every way a request can end early is a problem with a stable code, and has a request id', async () => {
  await using fixture = await startFixture(library)
  const { send, url, key } = fixture
  const raw = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${key}`, ...headers },
      ...(body === undefined ? {} : { body }),
    })
  const json = { 'content-type': 'application/json' }
  const cases: [string, Promise<Response>, number, string][] = [
    ['a body that is not JSON', raw('POST', '/v1/books', json, '{"title": Emma}'), 400, 'malformed-body'],
    ['no body', raw('POST', '/v1/books', json), 400, 'malformed-body'],
    [
      'a name that JavaScript would mistake (fault 27)',
      raw('POST', '/v1/books', json, '{"__proto__":{}}'),
      400,
      'malformed-body',
    ],
    [
      'a member twice (fault 27)',
      raw('POST', '/v1/books', json, '{"title":"a","title":"b"}'),
      400,
      'malformed-body',
    ],
    ['100,000 levels (fault 26)', raw('POST', '/v1/books', json, '['.repeat(1e5)), 400, 'malformed-body'],
    ['an unknown parameter', raw('GET', '/v1/books?colour=red', {}), 400, 'invalid-query'],
    ['a parameter of another type', raw('GET', '/v1/books?limit=many', {}), 400, 'invalid-query'],
    ['a parameter out of range', raw('GET', '/v1/books?limit=1000', {}), 400, 'invalid-query'],
    ['a cursor of somebody else', raw('GET', '/v1/books?cursor=abc', {}), 400, 'invalid-cursor'],
    [
      'an idempotency key that is too long',
      raw('POST', '/v1/books', { ...json, 'idempotency-key': 'k'.repeat(256) }, JSON.stringify(book)),
      400,
      'invalid-idempotency-key',
    ],
    ['no key', fetch(new URL('/v1/books', url)), 401, 'key-missing'],
    ['a wrong key', raw('GET', '/v1/books', { authorization: 'Bearer sb_nonsense' }), 401, 'key-refused'],
    ['a path that is not there', raw('GET', '/v1/nothing', {}), 404, 'no-such-path'],
    ['a row that is not there', raw('GET', '/v1/books/boo_nothing', {}), 404, 'not-found'],
    ['a method that the path does not have', raw('PUT', '/v1/books', {}), 405, 'method-not-allowed'],
    ['a format that nobody writes', raw('GET', '/v1/books', { accept: 'image/png' }), 406, 'not-acceptable'],
    [
      'JSON that is refused by weight',
      raw('GET', '/v1/books', { accept: 'application/json;q=0' }),
      406,
      'not-acceptable',
    ],
    [
      'a body that is too long',
      raw('POST', '/v1/books', json, JSON.stringify({ ...book, title: 'x'.repeat(2 ** 20) })),
      413,
      'body-too-large',
    ],
    [
      'a body of another type',
      raw('POST', '/v1/books', { 'content-type': 'text/plain' }, 'x'),
      415,
      'unsupported-media-type',
    ],
    [
      'a body packed in a way that nobody unpacks',
      raw('POST', '/v1/books', { ...json, 'content-encoding': 'compress' }, 'x'),
      415,
      'unsupported-encoding',
    ],
    ['input that does not fit', raw('POST', '/v1/books', json, '{"title":""}'), 422, 'invalid-input'],
  ]
  for (const [what, asked, status, code] of cases) {
    const answer = await asked
    const problem = (await answer.json()) as Record<string, unknown>
    assert.deepEqual([what, answer.status, problem['code'], problem['status']], [what, status, code, status])
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    assert.match(answer.headers.get('request-id') ?? '', /^req_/)
    assert.equal(problem['request_id'], answer.headers.get('request-id'))
    assert.equal(problem['type'], `/docs/problems#${code}`)
  }
  assert.deepEqual(fixture.faults, [])
  assert.equal((await send('GET', '/v1/books')).body.data.length, 0)
})

test('who comes without a key, without the base, or by a browser is told how to go on', async () => {
  await using fixture = await startFixture(library)
  const ask = async (path: string, accept = '*/*') => {
    const answer = await fetch(new URL(path, fixture.url), { headers: { accept } })
    const { detail } = (await answer.json()) as { detail?: string }
    return { media: answer.headers.get('content-type'), detail }
  }
  assert.match((await ask('/v1/books')).detail ?? '', /Authorization: Bearer/)
  assert.equal((await ask('/books')).detail, 'Paths begin with /v1/ here.')
  assert.equal((await ask('/v1/nothing')).detail, 'There is nothing at this path.')
  const page = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  assert.equal((await ask('/v1/books', page)).media, 'application/json')
})

test('a 422 points at each wrong member', async () => {
  await using fixture = await startFixture(library)
  const { body } = await fixture.send('POST', '/v1/books', { title: '', pages: 1.5, tags: ['a', 1, 'b', {}] })
  assert.deepEqual(
    body.errors.map((e: { pointer: string }) => e.pointer),
    ['#/title', '#/pages', '#/tags/1', '#/tags/3'],
  )
  const many = await fixture.send('POST', '/v1/books', { title: 'A', pages: 1, tags: Array(5_000).fill(1) })
  assert.equal(many.body.errors.length, 100)
  const changed = await fixture.send('PATCH', `/v1/books/${await create(fixture)}`, { pages: 0 })
  assert.equal(changed.status, 422)
  assert.equal(changed.body.errors[0].pointer, '#/pages')
})

test('a 401 says how to authenticate, a 405 what is allowed, a 415 what is taken', async () => {
  await using fixture = await startFixture(library)
  const { url, send } = fixture
  const missing = await fetch(new URL('/v1/books', url))
  assert.match(missing.headers.get('www-authenticate') ?? '', /^Bearer /)
  const wrong = await send('DELETE', '/v1/books')
  assert.equal(wrong.headers.get('allow'), 'GET, HEAD, POST, OPTIONS')
  const unsupported = await send('PATCH', '/v1/books/x', undefined, { 'content-type': 'text/csv' })
  assert.equal(
    unsupported.headers.get('accept'),
    'application/merge-patch+json, application/json, application/xml, text/xml, application/x-www-form-urlencoded',
  )
})

test('our own faults answer 500 without telling why, undo the unit, and are reported', async () => {
  await using fixture = await startFixture(library)
  const { send, faults } = fixture
  const named = [
    ['/v1/faults/foreign-await', 'POST', 'ForeignAwait'],
    ['/v1/faults/answer', 'POST', 'AnswerMismatch'],
    ['/v1/faults/write-in-get', 'GET', 'Error'],
  ] as const
  for (const [path, method, name] of named) {
    const { status, body } = await send(method, path)
    assert.equal(status, 500)
    assert.equal(body.code, 'internal-error')
    assert.ok(!JSON.stringify(body).includes('secret'))
    assert.equal((faults.at(-1) as Error).name, name)
  }
  assert.equal((await send('GET', '/v1/books')).body.data.length, 0)
  assert.equal((await send('GET', '/v1/events')).body.data.length, 0)
})

test('HEAD answers the fields of GET, OPTIONS the methods', async () => {
  await using fixture = await startFixture(library)
  const head = await fixture.send('HEAD', '/v1/books')
  const got = await fixture.send('GET', '/v1/books')
  assert.equal(head.status, 200)
  assert.equal(head.body, '')
  assert.equal(head.headers.get('content-length'), got.headers.get('content-length'))
  const options = await fixture.send('OPTIONS', '/v1/books')
  assert.equal(options.status, 204)
  assert.equal(options.headers.get('allow'), 'GET, HEAD, POST, OPTIONS')
})

async function create({ send }: { send: Awaited<ReturnType<typeof startFixture>>['send'] }): Promise<string> {
  return (await send('POST', '/v1/books', book)).body.id
}
