import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { systemClock } from '../../src/base/index.ts'
import { api, endpoint } from '../../src/contract/index.ts'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

const book = { title: 'Emma', pages: 474 }
const key = (value: string): Record<string, string> => ({ 'idempotency-key': value })

test('the same request with the same key has one effect, and the same answer byte for byte', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const first = await send('POST', '/v1/books', book, key('a'))
  const again = await send('POST', '/v1/books', book, key('"a"'))
  assert.equal(first.status, 201)
  assert.equal(again.status, 201)
  assert.deepEqual(again.body, first.body)
  assert.equal(again.headers.get('location'), first.headers.get('location'))
  assert.equal(first.headers.get('idempotent-replayed'), null)
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  assert.equal((await send('GET', '/v1/books')).body.data.length, 1)
  assert.equal((await send('GET', '/v1/events')).body.data.length, 1)
})

test('100 at once with one key have one effect; who comes while it runs is told to come again', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const tryUntilDone = async () => {
    for (;;) {
      const answer = await send('POST', '/v1/books', book, key('a'))
      if (answer.body.code !== 'request-in-progress') return answer
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [409, '1'])
    }
  }
  const answers = await Promise.all(Array.from({ length: 100 }, tryUntilDone))
  assert.deepEqual(new Set(answers.map(a => a.body.id)).size, 1)
  assert.equal(answers.filter(a => a.headers.get('idempotent-replayed') === null).length, 1)
  assert.equal((await send('GET', '/v1/books')).body.data.length, 1)
})

test('a key that was used for another request is a 422, and changes nothing', async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  await send('POST', '/v1/books', book, key('a'))
  const other = await send('POST', '/v1/books', { ...book, pages: 1 }, key('a'))
  assert.equal(other.status, 422)
  assert.equal(other.body.code, 'idempotency-key-reused')
  assert.equal((await send('GET', '/v1/books')).body.data.length, 1)
})

test('two accounts may use the same key', async () => {
  await using fixture = await startFixture(library)
  const other = await fixture.another()
  const mine = await fixture.send('POST', '/v1/books', book, key('a'))
  const theirs = await other('POST', '/v1/books', book, key('a'))
  assert.notEqual(mine.body.id, theirs.body.id)
})

test("a handler's refusal is kept: its changes are undone, its answer is replayed", async () => {
  await using fixture = await startFixture(library)
  const { send } = fixture
  const { body } = await send('POST', '/v1/books', book)
  assert.equal((await send('POST', `/v1/books/${body.id}/lend`, { to: 'Ann' }, key('a'))).status, 200)
  const refused = await send('POST', `/v1/books/${body.id}/lend`, { to: 'Bob' }, key('b'))
  assert.equal(refused.status, 409)
  assert.equal(refused.body.code, 'already-lent')
  assert.equal(refused.body.detail, 'It is out.')
  const again = await send('POST', `/v1/books/${body.id}/lend`, { to: 'Bob' }, key('b'))
  assert.equal(again.headers.get('idempotent-replayed'), 'true')
  assert.deepEqual(again.body, refused.body)
  const { body: events } = await send('GET', '/v1/events')
  assert.deepEqual(
    events.data.map((e: { type: string }) => e.type),
    ['book.lent', 'book.updated', 'book.created'],
  )
})

test('our own faults are not kept: the same key may be tried again', async () => {
  await using fixture = await startFixture(library)
  const first = await fixture.send('POST', '/v1/faults/answer', undefined, key('a'))
  const again = await fixture.send('POST', '/v1/faults/answer', undefined, key('a'))
  assert.deepEqual([first.status, again.status], [500, 500])
  assert.equal(again.headers.get('idempotent-replayed'), null)
})

test('a retry prepares nothing', async () => {
  await using fixture = await startFixture(library)
  const first = await fixture.send('POST', '/v1/prepares', undefined, key('a'))
  const again = await fixture.send('POST', '/v1/prepares', undefined, key('a'))
  const next = await fixture.send('POST', '/v1/prepares', undefined, key('b'))
  assert.equal(again.body.prepared, first.body.prepared)
  assert.equal(next.body.prepared, first.body.prepared + 1)
})

test('what is still being prepared is not prepared again: 409, and 422 for another request', async () => {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  let count = 0
  const slow = endpoint({
    method: 'POST',
    path: '/slow',
    output: z.object({ count: z.int() }),
    prepare: async () => {
      begun.resolve()
      await end.promise
      return ++count
    },
    handle: ({ prepared }) => ({ count: prepared }),
  })
  await using fixture = await startFixture(api({ title: 'Slow', version: '1', endpoints: { slow } }))
  const ask = (path = '/slow') => fixture.send('POST', path, undefined, key('a'))
  const first = ask()
  await begun.promise
  assert.deepEqual((await ask()).body.code, 'request-in-progress')
  assert.deepEqual((await ask('/slow?other')).body.code, 'idempotency-key-reused')
  end.resolve()
  const made = await first
  const again = await ask()
  assert.deepEqual([again.headers.get('idempotent-replayed'), again.body], ['true', made.body])
  assert.equal(count, 1)
})

test('an answer is kept for 24 hours, and then forgotten', async () => {
  let now = Date.parse('2026-11-23T09:00:00Z')
  await using fixture = await startFixture(library, {
    clock: { ...systemClock, now: () => now },
    work: false,
  })
  const post = () => fixture.send('POST', '/v1/books', book, key('a'))
  const { body: first } = await post()
  now += 24 * 60 * 60 * 1000 - 1
  assert.equal((await post()).body.id, first.id)
  now += 1
  const next = await post()
  assert.notEqual(next.body.id, first.id)
  assert.equal((await post()).body.id, next.body.id)
})
