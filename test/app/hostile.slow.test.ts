import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { received, statusesIn } from '../runtimes/raw.ts'

const CHILD = new URL('children/hostile.ts', import.meta.url).pathname

interface Measured {
  readonly rss: number
  readonly held: number
  readonly stallMs: number
  readonly busyMs: number
}

/** The library in a process of its own. */
async function startHostile() {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  const child = spawn(process.execPath, ['--expose-gc', CHILD, join(folder, 'test.db')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => JSON.parse((await lines.next()).value ?? 'null')
  const { url, key } = (await line()) as { url: string; key: string }
  return {
    url,
    key,
    async measure(): Promise<Measured> {
      child.stdin.write('\n')
      return await line()
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const MiB = 1024 * 1024
const bomb = Buffer.alloc(64 * MiB, '[')
const packed = (text: string): Uint8Array<ArrayBuffer> => gzipSync(text.slice(0, MiB))
const BODIES: readonly (readonly [
  type: string,
  coding: string | undefined,
  body: string | Uint8Array<ArrayBuffer>,
])[] = [
  ['application/json', 'gzip', gzipSync(bomb)],
  ['application/json', 'br', brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } })],
  ['application/json', 'zstd', zstdCompressSync(bomb)],
  ['application/json', undefined, '['.repeat(100_000)],
  ['application/json', undefined, `"${'\\u0061'.repeat(150_000)}`],
  ['application/json', undefined, `{${'"a":1,'.repeat(100_000)}`],
  ['application/json', 'gzip', packed(`{"title":"a","pages":1,"tags":[${'1,'.repeat(MiB / 2 - 20)}`)],
  ['application/xml', undefined, '<a>'.repeat(300_000)],
  ['application/xml', undefined, `<book ${'a="" '.repeat(150_000)}/>`],
  ['application/xml', 'gzip', packed(`<book><pages>1${' '.repeat(MiB - 50)}1</pages></book>`)],
  ['application/xml', undefined, `<!DOCTYPE a [${'<!ENTITY a "b">'.repeat(50_000)}]><a/>`],
  ['application/xml', undefined, `<book>${'<a/>'.repeat(200_000)}</book>`],
  ['application/xml', undefined, `<book>${'&amp;'.repeat(200_000)}</book>`],
  ['application/xml', undefined, `<book>${'&#65;'.repeat(200_000)}</book>`],
  ['application/xml', undefined, `<book><${'_x0041_'.repeat(140_000)}/></book>`],
  ['application/json', undefined, `{"title":"a","pages":1,"tags":[${'{},'.repeat(300_000)}1]}`],
  ['application/json', undefined, `{"title":"a","pages":1,"tags":[${'1,'.repeat(9_900)}1]}`],
  [
    'application/json',
    undefined,
    `{"title":"a","pages":1,"tags":[${`1,${' '.repeat(100)}`.repeat(9_900)}1]}`,
  ],
  [
    'application/json',
    undefined,
    `{${Array.from({ length: 9_900 }, (_, i) => `"k${i}":1,`).join('')}"k0":1}`,
  ],
  ['application/json', undefined, `{"pages":1,"title":"${'\\ud800'.repeat(170_000)}"}`],
  ['application/json', undefined, `[${'\n'.repeat(1_000_000)}`],
  [
    'application/x-www-form-urlencoded',
    undefined,
    Buffer.concat([Buffer.alloc(1_000_000, '\n'), Buffer.of(0xff)]),
  ],
  ['application/x-www-form-urlencoded', undefined, '&'.repeat(1_000_000)],
  ['application/x-www-form-urlencoded', undefined, 'a=&'.repeat(300_000)],
  ['application/x-www-form-urlencoded', undefined, `a${'[a]'.repeat(300_000)}=`],
  ['application/x-www-form-urlencoded', undefined, `${'+'.repeat(900_000)}=%`],
]

test('hostile bodies answer 4xx, and nothing of them is held (faults 26 to 30)', async context => {
  await using hostile = await startHostile()
  const { url, key } = hostile
  const send = async ([type, coding, body]: (typeof BODIES)[number]): Promise<string> => {
    const answer = await fetch(new URL('/v1/books', url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': type,
        ...(coding && { 'content-encoding': coding }),
      },
      body,
    })
    const what = `${answer.status} ${type} ${coding ?? ''} ${String(body.slice(0, 40))}`
    assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${await answer.text()}`)
    return what
  }
  const round = async (): Promise<void> => {
    for (const body of BODIES) await send(body)
  }
  await round()
  const before = await hostile.measure()
  await round()
  const costs: (readonly [ms: number, what: string])[] = []
  for (const body of BODIES) {
    await hostile.measure()
    const what = await send(body)
    costs.push([(await hostile.measure()).busyMs, what])
  }
  await round()
  const after = await hostile.measure()
  context.diagnostic(
    `RSS ${(before.rss / 1e6).toFixed(0)} → ${(after.rss / 1e6).toFixed(0)} MB, longest turn ${after.stallMs.toFixed(0)} ms`,
  )
  // Of the whole request, which is more than its longest turn, and does not depend on who else wants the processor.
  for (const [ms, what] of costs.toSorted(([a], [b]) => b - a).slice(0, 8)) {
    context.diagnostic(`${ms.toFixed(0)} ms of the processor: ${what.replaceAll('\n', ' ')}`)
  }
  // What the allocator keeps for the next bodies levels off later; what is held must not grow at all.
  assert.ok(after.held - before.held < 10e6, `${before.held} → ${after.held}`)
  assert.ok(after.rss - before.rss < 250e6, `${before.rss} → ${after.rss}`)
})

test('a slow header section is a 408 after 10 s, and 500 of them cost others nothing (fault 24)', async context => {
  await using hostile = await startHostile()
  const { url, key } = hostile
  const { hostname, port } = new URL(url)
  const before = await hostile.measure()
  const started = performance.now()
  const slow = Array.from({ length: 500 }, () => {
    const socket = connect(Number(port), hostname)
    const answer = received(socket)
    socket.write('GET /v1/places HTTP/1.1\r\nHost: a\r\nX: ')
    const drip = setInterval(() => socket.write('a'), 1000)
    return once(socket, 'close').then(() => {
      clearInterval(drip)
      return { text: answer(), ms: performance.now() - started }
    })
  })
  await new Promise(resolve => setTimeout(resolve, 1000))
  const ok = await fetch(new URL('/v1/books', url), { headers: { authorization: `Bearer ${key}` } })
  assert.equal(ok.status, 200)
  const during = await hostile.measure()
  const ended = await Promise.all(slow)
  for (const { text, ms } of ended) {
    assert.deepEqual(statusesIn(text), [408], text)
    assert.match(text, /"code":"request-timeout"/)
    assert.ok(ms > 9000 && ms < 15_000, `${ms} ms`)
  }
  context.diagnostic(
    `RSS ${(before.rss / 1e6).toFixed(0)} → ${(during.rss / 1e6).toFixed(0)} MB with 500 connections`,
  )
  assert.ok(during.rss - before.rss < 50e6)
})
