import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Clock, systemClock } from '../../src/base/index.ts'
import { createTokens, type Grant, tokenIn, usableMs } from '../../src/webhooks/tokens.ts'
import { testAgent } from './receivers.ts'
import { giving, saying, startTokenServer } from './token-server.ts'

async function start(t: TestContext) {
  const server = await startTokenServer()
  t.after(() => server.close())
  let elapsed = 0
  const clock: Clock = { ...systemClock, elapsed: () => elapsed }
  const agent = testAgent(t)
  const tokens = createTokens({ agent: () => agent, clock, userAgent: 'Signalbox (Test)' })
  const grant: Grant = {
    tokenUrl: server.url,
    clientId: 'a client:1',
    clientSecret: 'open sesame/+é'.replace('é', ''),
    clientAuthentication: 'basic',
    scope: 'hooks write',
    audience: undefined,
  }
  return {
    server,
    grant,
    pass: (ms: number) => {
      elapsed += ms
    },
    get: (other: Partial<Grant> = {}) => tokens.of({ ...grant, ...other }, 5_000),
    refuse: (token: string) => tokens.refused(grant, token),
  }
}

test('a token is asked for as RFC 6749 §4.4 has it, with the client in a header field or in the body', async t => {
  const { server, get, grant } = await start(t)
  await get()
  const [first] = server.received
  const user = Buffer.from((first?.authorization ?? '').replace('Basic ', ''), 'base64').toString()
  // RFC 6749 §2.3.1: form-encoded, then Basic.
  assert.equal(user, 'a+client%3A1:open+sesame%2F%2B')
  assert.deepEqual(first?.form, { grant_type: 'client_credentials', scope: 'hooks write' })

  await get({ clientAuthentication: 'body', scope: undefined, audience: 'https://hooks.example.com' })
  assert.deepEqual(server.received[1], {
    authorization: undefined,
    form: {
      grant_type: 'client_credentials',
      audience: 'https://hooks.example.com',
      client_id: grant.clientId,
      client_secret: grant.clientSecret,
    },
  })
})

test('a token is fetched once for all who want it at once, and kept until shortly before it expires', async t => {
  const { server, get, pass } = await start(t)
  const all = await Promise.all(Array.from({ length: 50 }, () => get()))
  assert.deepEqual(new Set(all.map(token => JSON.stringify(token))).size, 1)
  assert.equal(server.received.length, 1)
  pass(3_539_000)
  assert.deepEqual(await get(), { token: 'token-1' })
  pass(1_000)
  assert.deepEqual(await get(), { token: 'token-2' })
  assert.equal(server.received.length, 2)
})

test('grants that differ in anything have tokens of their own', async t => {
  const { server, get } = await start(t)
  await get()
  for (const other of [
    { clientId: 'b' },
    { clientSecret: 'b' },
    { scope: 'other' },
    { audience: 'b' },
    { clientAuthentication: 'body' as const },
  ])
    await get(other)
  assert.equal(server.received.length, 6)
})

test('a token that the receiver refuses is fetched anew once, however many were refused it', async t => {
  const { server, get, refuse } = await start(t)
  await get()
  const again = () => {
    refuse('token-1')
    return get()
  }
  const fresh = { token: 'token-2' }
  assert.deepEqual(await Promise.all([again(), again(), again()]), [fresh, fresh, fresh])
  // Whoever is late has another one already.
  refuse('token-1')
  assert.deepEqual(await get(), { token: 'token-2' })
  assert.equal(server.received.length, 2)
})

test('a failure is shared by those who come within a second, and asked again after it', async t => {
  const { server, get, pass } = await start(t)
  server.answer(saying(500, {}))
  const failed = { error: 'the token endpoint answered 500' }
  assert.deepEqual([await get(), await get()], [failed, failed])
  assert.equal(server.received.length, 1)
  pass(1_001)
  server.answer(giving('fresh'))
  assert.deepEqual(await get(), { token: 'fresh' })
})

test('what a token endpoint says is not handed on, but for its error code', async t => {
  const { server, get, grant } = await start(t)
  const quoting = { error: 'invalid_client', error_description: `wrong: ${grant.clientSecret}` }
  server.answer(saying(401, quoting))
  assert.deepEqual(await get(), { error: 'the token endpoint answered 401: invalid_client' })
  server.answer(saying(400, { error: grant.clientSecret }))
  assert.deepEqual(await get({ scope: 'b' }), { error: 'the token endpoint answered 400' })
})

test('a token endpoint that hangs, redirects, sends too much or says nothing is a failure in time', async t => {
  const { server, get } = await start(t)
  const reasons: string[] = []
  for (const [i, answer] of [
    (outgoing: import('node:http').ServerResponse) => {
      outgoing.end('x'.repeat(70_000))
    },
    (outgoing: import('node:http').ServerResponse) => {
      outgoing.writeHead(302, { location: 'http://127.0.0.1/' }).end()
    },
    (outgoing: import('node:http').ServerResponse) => {
      outgoing.socket?.destroy()
    },
    saying(200, { access_token: 'a\r\nb', token_type: 'bearer' }),
    saying(200, { access_token: 'a'.repeat(8_193) }),
    saying(200, { access_token: 'abc', token_type: 'mac' }),
    saying(200, null),
    saying(200, []),
  ].entries()) {
    server.answer(answer)
    const token = await get({ scope: String(i) })
    reasons.push('error' in token ? token.error : token.token)
  }
  assert.match(reasons[0] ?? '', /did not come whole, or is too long/)
  assert.match(reasons[1] ?? '', /answered 302/)
  assert.match(reasons[2] ?? '', /could not be asked: unreachable/)
  for (const reason of [3, 4, 6, 7]) assert.match(reasons[reason] ?? '', /without a token that can be sent/)
  assert.match(reasons[5] ?? '', /another type than bearer/)
})

test('who waits for a token waits no longer than it can', async t => {
  const { server, grant } = await start(t)
  server.answer(() => undefined)
  const agent = testAgent(t)
  const tokens = createTokens({ agent: () => agent, clock: systemClock, userAgent: '' })
  const started = performance.now()
  const token = await tokens.of(grant, 50)
  assert.deepEqual(token, { error: 'the token endpoint did not answer in time' })
  assert.ok(performance.now() - started < 5_000)
})

test('a token endpoint on a closed network is not connected to', async t => {
  const { server, get } = await start(t)
  const token = await get({ tokenUrl: server.url.replace('127.0.0.1', '127.0.0.2') })
  assert.match('error' in token ? token.error : '', /could not be asked: blocked/)
  assert.equal(server.received.length, 0)
})

test('how long a token is good for is taken as it is given, within reason', () => {
  const seconds = (expires_in: unknown) =>
    tokenIn({
      kind: 'delivered',
      status: 200,
      error: null,
      body: Buffer.from(JSON.stringify({ access_token: 'a', expires_in })),
    }).seconds
  assert.deepEqual([60, '60', 1e9, -1, 'soon', null, 0].map(seconds), [60, 60, 86_400, 300, 300, 300, 0])
  assert.deepEqual([3600, 60, 0].map(usableMs), [3_540_000, 54_000, 0])
})
