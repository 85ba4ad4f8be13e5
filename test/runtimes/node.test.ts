import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import * as z from 'zod'
import { api, endpoint } from '../../src/contract/index.ts'
import { startFixture } from '../app/any-store.ts'
import { library } from '../app/library.ts'
import { raw } from './raw.ts'

test('bytes that are not HTTP are answered with a problem that has a request id', async () => {
  await using fixture = await startFixture(library)
  const answer = await raw(fixture.url, 'NONSENSE\r\n\r\n')
  assert.match(answer, /^HTTP\/1\.1 400 /)
  const problem = JSON.parse(answer.slice(answer.indexOf('{')))
  assert.equal(problem.code, 'bad-request')
  assert.ok(answer.includes(`request-id: ${problem.request_id}`))
})

test('fields beyond 16 KiB are a 431', async () => {
  await using fixture = await startFixture(library)
  const answer = await raw(
    fixture.url,
    `GET /v1/books HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`,
  )
  assert.match(answer, /^HTTP\/1\.1 431 /)
  assert.match(answer, /"code":"headers-too-large"/)
})

test('a body that is too long is refused before it is read, and the connection is closed', async () => {
  await using fixture = await startFixture(library)
  const head = `POST /v1/books HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${fixture.key}\r\nContent-Type: application/json\r\n`
  const declared = await raw(fixture.url, `${head}Content-Length: 10000000000\r\n\r\n{`)
  assert.match(declared, /^HTTP\/1\.1 413 /)
  assert.match(declared, /connection: close/i)
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const chunked = await raw(fixture.url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}`)
  assert.match(chunked, /^HTTP\/1\.1 413 /)
})

test('a target in absolute form must be for this host', async () => {
  await using fixture = await startFixture(library)
  const ask = (target: string): Promise<string> =>
    raw(
      fixture.url,
      `GET ${target} HTTP/1.1\r\nHost: here.example\r\nAuthorization: Bearer ${fixture.key}\r\nConnection: close\r\n\r\n`,
    )
  assert.match(await ask('http://here.example/v1/books'), /^HTTP\/1\.1 200 /)
  assert.match(await ask('http://elsewhere.example/v1/books'), /^HTTP\/1\.1 400 /)
  assert.match(await ask('/v1/books/%FF'), /^HTTP\/1\.1 400 /)
  assert.match(await ask('/v1/books/..%2f'), /^HTTP\/1\.1 404 /)
})

test('a page of the application that throws is a 500, and the api goes on', async () => {
  const application = (incoming: IncomingMessage): boolean => {
    if (incoming.url === '/page') throw new Error('a bad day')
    return false
  }
  await using fixture = await startFixture(library, { application })
  assert.equal((await fetch(new URL('/page', fixture.url))).status, 500)
  assert.equal((await fixture.send('GET', '/v1/books')).status, 200)
  assert.match(String(fixture.faults[0]), /a bad day/)
})

test('an expectation that cannot be met is a 417 with a problem', async () => {
  await using fixture = await startFixture(library)
  const answer = await raw(
    fixture.url,
    'GET /v1/books HTTP/1.1\r\nHost: x\r\nExpect: 999\r\nConnection: close\r\n\r\n',
  )
  assert.match(answer, /^HTTP\/1\.1 417 /)
  assert.match(answer, /"code":"expectation-failed"/)
})

test('closing ends the requests under way, answers /readyz with 503 meanwhile, and takes no new ones', async () => {
  let enter: (() => void) | undefined
  let leave: (() => void) | undefined
  const entered = new Promise<void>(resolve => {
    enter = resolve
  })
  const held = new Promise<void>(resolve => {
    leave = resolve
  })
  const slow = endpoint({
    method: 'POST',
    path: '/slow',
    output: z.object({ done: z.boolean() }),
    prepare: async () => {
      enter?.()
      await held
    },
    handle: () => ({ done: true }),
  })
  await using fixture = await startFixture(api({ title: 'Slow', version: '1', endpoints: { slow } }))
  const answer = fixture.send('POST', '/slow')
  await entered
  const ready = await fixture.serving.app.answer({
    method: 'GET',
    target: '/readyz',
    header: () => undefined,
    body: () => Promise.resolve(new Uint8Array()),
    stream: () => assert.fail('nobody asks for it'),
    signal: new AbortController().signal,
  })
  assert.equal(ready.status, 200)
  const closed = fixture.serving.close()
  await assert.rejects(fetch(new URL('/healthz', fixture.url)), TypeError)
  leave?.()
  assert.deepEqual((await answer).body, { done: true })
  await closed
})
