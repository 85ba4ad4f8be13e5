import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { answering, OK, receive } from '../webhooks/receivers.ts'

/** Each with the text by which its files are told from others. */
const LIBRARIES = {
  undici: '/node_modules/undici/',
  cel: '/node_modules/@marcbachmann/cel-js/',
  re2: '/node_modules/re2js/',
  croner: '/node_modules/croner/',
  opentelemetry: '/node_modules/@opentelemetry/',
  fetch: 'node:http',
}

type Library = keyof typeof LIBRARIES

/** The library, served by a process of its own. */
async function serveLibrary(file: string) {
  const program = join(import.meta.dirname, 'children', 'loads.ts')
  const child = spawn(process.execPath, [program, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value))
  const loaded = async (): Promise<Library[]> => {
    child.stdin.write('\n')
    const modules = (await nextLine()) as string[]
    assert.ok(
      modules.some(module => module.includes('/zod/')),
      'what is loaded is seen',
    )
    return (Object.keys(LIBRARIES) as Library[]).filter(name =>
      modules.some(module => module.includes(LIBRARIES[name])),
    )
  }
  const { url, key } = (await nextLine()) as { url: string; key: string }
  const send = async (method: string, path: string, body?: object): Promise<number> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    return (await fetch(`${url}${path}`, { method, headers, ...init })).status
  }
  const close = async (): Promise<void> => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
  return { loaded, send, close }
}

test('a start loads no library that it does not need; a webhook with a condition brings its own, and the next start has them ready', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  const closing: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closing) await close()
    await rm(folder, { recursive: true })
  })
  const file = join(folder, 'test.db')
  const { loaded, send, close } = await serveLibrary(file)
  closing.push(close)
  assert.equal(await send('GET', '/v1/books'), 200)
  assert.equal(await send('POST', '/v1/books', { title: 'Dune', pages: 600 }), 201)
  assert.equal(await send('GET', '/openapi.json'), 200)
  assert.deepEqual(await loaded(), [])

  const told = Promise.withResolvers<void>()
  const receiver = await receive(t, socket => {
    answering(OK)(socket)
    told.resolve()
  })
  const webhook = { url: receiver.url, events: ['book.created'], when: 'data.title.matches("^E")' }
  assert.equal(await send('POST', '/v1/webhooks', webhook), 201)
  assert.deepEqual(await loaded(), ['cel', 're2'])
  assert.equal(await send('POST', '/v1/books', { title: 'Emma', pages: 400 }), 201)
  await told.promise
  assert.ok((await loaded()).includes('undici'))
  await close()

  const next = await serveLibrary(file)
  closing.push(next.close)
  assert.ok((await next.loaded()).includes('undici'))
})
