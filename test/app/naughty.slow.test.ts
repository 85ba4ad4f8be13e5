import assert from 'node:assert/strict'
import { test } from 'node:test'
import naughty from 'big-list-of-naughty-strings' with { type: 'json' }
import { newsroom } from '../../examples/newsroom/newsroom.ts'
import { type Fixture, startFixture } from './fixture.ts'

// The strings that others have come to grief over, in every field of the newsroom that takes a text, in every format.

type Fields = Readonly<Record<string, string | readonly string[]>>

const strings: readonly string[] = naughty.filter((text: string) => text.isWellFormed() && text !== '')
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot carry them (XML 1.0 §2.2)
const inXml = (text: string): boolean => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;')

const FORMATS: { readonly [type: string]: (root: string, fields: Fields) => string } = {
  'application/json': (_root, fields) => JSON.stringify(fields),
  'application/xml': (root, fields) =>
    `<${root}>${Object.entries(fields).map(inElements).join('')}</${root}>`,
  'application/x-www-form-urlencoded': (_root, fields) =>
    new URLSearchParams(
      Object.entries(fields).flatMap(([name, value]) =>
        [value].flat().map((text): [string, string] => [name, text]),
      ),
    ).toString(),
}

const inElements = ([name, value]: readonly [string, string | readonly string[]]): string =>
  [value]
    .flat()
    .map(text => `<${name}>${escaped(text)}</${name}>`)
    .join('')

/** Without sockets: thousands of requests are made, and none of them has to do with how it came. */
async function send(
  { serving, key }: Fixture,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
) {
  const fields: Readonly<Record<string, string>> = { authorization: `Bearer ${key}`, ...headers }
  const answer = await serving.app.answer({
    method,
    target,
    header: name => fields[name],
    body: async () => Buffer.from(body),
    stream: () => assert.fail('it is asked for as a whole'),
    signal: AbortSignal.any([]),
  })
  return {
    status: answer.status,
    body: JSON.parse(answer.body as string) as { [name: string]: unknown; id: string },
  }
}

const post = (fixture: Fixture, path: string, body: unknown) =>
  send(fixture, 'POST', path, { 'content-type': 'application/json' }, JSON.stringify(body))

/** Created in each format and read back. Answers the id of the last. */
async function holds(
  fixture: Fixture,
  path: string,
  root: string,
  whole: Fields,
  sent: Fields,
): Promise<string> {
  const texts = Object.values(sent).flat()
  let id = ''
  for (const [type, write] of Object.entries(FORMATS)) {
    const made = await send(
      fixture,
      'POST',
      path,
      { 'content-type': type },
      write(root, { ...whole, ...sent }),
    )
    const what = `${type} ${path} ${JSON.stringify(sent)} ${JSON.stringify(made.body)}`
    if (type.endsWith('xml') && !texts.every(inXml)) {
      assert.deepEqual([made.status, made.body['code']], [400, 'malformed-body'], what)
      continue
    }
    assert.equal(made.status, 201, what)
    const read = await send(fixture, 'GET', `${path}/${made.body.id}`)
    for (const [name, value] of Object.entries(sent)) assert.deepEqual(read.body[name], value, what)
    id = made.body.id
  }
  return id
}

/** Many at a time, as callers come: one after another each would wait for its own flush. */
async function each(texts: readonly string[], hold: (text: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < texts.length; at += 64) await Promise.all(texts.slice(at, at + 64).map(hold))
}

const short = (most: number) => strings.filter(text => text.length <= most)

test('naughty strings in articles come back as they were sent', async () => {
  await using fixture = await startFixture(newsroom, { work: false })
  const whole = { link: 'https://example.com/', text: 'x' }
  await each(strings, async text => {
    const headline = text.length <= 500 ? text : 'long'
    const tags = text.length <= 60 ? { tags: [text, 'last'] } : {}
    const id = await holds(fixture, '/v1/articles', 'article', whole, { headline, text, ...tags })
    const change = JSON.stringify({ text: `x${text}` })
    const json = { 'content-type': 'application/json' }
    const changed = await send(fixture, 'PATCH', `/v1/articles/${id}`, json, change)
    assert.deepEqual([changed.status, changed.body['text']], [200, `x${text}`])
  })
  assert.deepEqual(fixture.faults, [])
})

test('naughty strings in keys and webhooks come back as they were sent', async () => {
  // Of which there are many.
  const roomy = { ...newsroom, webhooks: { ...newsroom.webhooks, max: 10_000 } }
  await using fixture = await startFixture(roomy, { work: false })
  const whole = { url: 'https://example.com/hooks', events: ['article.created'] }
  await each(short(100), async text => {
    await holds(fixture, '/v1/keys', 'key', {}, { name: text })
    await holds(fixture, '/v1/webhooks', 'webhook', whole, { description: text })
  })
  assert.deepEqual(fixture.faults, [])
})

test('naughty strings where something else is meant are refused, and break nothing', async () => {
  await using fixture = await startFixture(newsroom, { work: false })
  await each(strings, async text => {
    const asked = encodeURIComponent(text)
    for (const path of [`/${asked}`, `?limit=${asked}`, `?${asked}=1`, `?cursor=${asked}`]) {
      const { status } = await send(fixture, 'GET', `/v1/articles${path}`)
      assert.ok(status < 500, `${status} ${path}`)
    }
    const bodies = [
      ['/v1/articles', { headline: 'x', link: text, text: 'x' }],
      ['/v1/webhooks', { url: text, events: [text], when: text }],
      ['/v1/webhooks/try', { events: ['article.created'], when: text }],
      ['/v1/imports', { url: text }],
    ] as const
    for (const [path, body] of bodies) {
      const answer = await post(fixture, path, body)
      assert.ok(answer.status < 500, `${answer.status} ${path} ${JSON.stringify(body)}`)
    }
    if (!/^[\x20-\x7e]+$/.test(text)) return
    for (const name of ['accept', 'authorization', 'content-type', 'idempotency-key', 'content-encoding']) {
      const { status } = await send(fixture, 'POST', '/v1/articles', { [name]: text }, '{}')
      assert.ok(status >= 400 && status < 500, `${status} ${name}: ${text}`)
    }
  })
  assert.deepEqual(fixture.faults, [])
})
