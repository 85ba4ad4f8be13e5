import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '../store/temp.ts'

const MIB = 2 ** 20
const SIZE = 256 * MIB
const child = fileURLToPath(new URL('./children/serve.ts', import.meta.url))

/** The resident set of a process, in bytes. */
async function rssOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

async function* multipart(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="large"\r\n\r\n')
  const piece = new Uint8Array(MIB)
  for (let at = 0; at < SIZE; at += MIB) yield piece
  yield Buffer.from('\r\n--b--\r\n')
}

test('256 MiB go up and down again through less than 128 MiB of memory', async () => {
  await using temp = await tempFolder()
  const args = [child, join(temp.path, 'test.db'), join(temp.path, 'files')]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer]
    const [url = '', key = ''] = line.toString().trim().split(' ')
    const headers = { authorization: `Bearer ${key}` }
    const before = await rssOf(server.pid)
    let most = before
    const watching = setInterval(() => {
      rssOf(server.pid).then(
        rss => {
          most = Math.max(most, rss)
        },
        () => undefined,
      )
    }, 50)
    const started = performance.now()
    const sent = await fetch(new URL('/v1/vault', url), {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
      body: ReadableStream.from(multipart()),
      duplex: 'half',
    })
    const up = performance.now()
    const { id, size } = (await sent.json()) as { id: string; size: number }
    assert.equal(size, SIZE)
    let received = 0
    const { body } = await fetch(new URL(`/v1/files/${id}/content`, url), { headers })
    for await (const piece of body ?? []) received += piece.byteLength
    clearInterval(watching)
    const down = performance.now()
    assert.equal(received, SIZE)
    const figures = [up - started, down - up].map(ms => `${Math.round(SIZE / MIB / (ms / 1000))} MiB/s`)
    console.log(`up ${figures[0]}, down ${figures[1]}, ${Math.round((most - before) / MIB)} MiB of memory`)
    assert.ok(most - before < 128 * MIB, `${most - before} bytes more`)
  } finally {
    server.kill()
    await once(server, 'close')
  }
})
