import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { guardedFetch } from '../../src/webhooks/fetch.ts'
import { answering, OK, receive, testAgent } from './receivers.ts'

/** As an app has it: one agent, asked for with each connection. */
function agentOf(t: TestContext) {
  const agent = testAgent(t)
  return () => agent
}

const refused = (error: Error) => error.cause instanceof Error && error.cause.name === 'EgressRefused'

test('fetch reaches what is open', async t => {
  const receiver = await receive(t, answering(OK))
  const fetch = guardedFetch(agentOf(t))
  const response = await fetch(receiver.url, { method: 'POST', body: 'hello', headers: { 'x-test': '1' } })
  assert.equal(await response.text(), 'ok')
  assert.match(receiver.received(), /x-test: 1\r\n[\s\S]*content-length: 5\r\n\r\nhello$/)
})

test('fetch does not reach what is closed', async t => {
  const closed = await receive(t, answering(OK), { host: '127.0.0.2' })
  await assert.rejects(guardedFetch(agentOf(t))(closed.url), refused)
  assert.equal(closed.connects(), 0)
})

test('a redirect from an open to a closed address is not connected to', async t => {
  const closed = await receive(t, answering(OK), { host: '127.0.0.2' })
  for (const status of [301, 302, 303, 307, 308]) {
    const open = await receive(
      t,
      answering(`HTTP/1.1 ${status} Moved\r\nlocation: ${closed.url}\r\ncontent-length: 0\r\n\r\n`),
    )
    await assert.rejects(guardedFetch(agentOf(t))(open.url), refused)
    assert.equal(open.connects(), 1)
  }
  assert.equal(closed.connects(), 0)
})

test('a dispatcher of the caller does not replace the guard', async t => {
  const closed = await receive(t, answering(OK), { host: '127.0.0.2' })
  const { Agent } = await import('undici')
  const own = new Agent()
  t.after(() => own.destroy())
  const init: object = { dispatcher: own }
  await assert.rejects(guardedFetch(agentOf(t))(closed.url, init), refused)
  assert.equal(closed.connects(), 0)
})

test("fetch takes the runtime's own Request and FormData", async t => {
  const fetch = guardedFetch(agentOf(t))
  const first = await receive(t, answering(OK))
  const request = new Request(first.url, { method: 'PUT', body: 'whole', headers: { 'x-test': '2' } })
  assert.equal((await fetch(request)).status, 200)
  assert.match(first.received(), /^PUT \/hook HTTP\/1\.1\r\n[\s\S]*x-test: 2\r\n[\s\S]*whole/)

  const second = await receive(t, answering(OK))
  const body = new FormData()
  body.set('field', 'value')
  assert.equal((await fetch(second.url, { method: 'POST', body })).status, 200)
  assert.match(
    second.received(),
    /content-type: multipart\/form-data; boundary=[\s\S]*name="field"\r\n\r\nvalue\r\n/,
  )
})
