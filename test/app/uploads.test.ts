import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { folder } from '../../src/files/folder/index.ts'
import { SinkFull } from '../../src/files/index.ts'
import { type Fixture, startFixture } from './fixture.ts'
import { gallery } from './gallery.ts'

// What callers do to an upload over a socket, and disks to a sink.

const MANY = 10 ** 9

function begin({ serving, key }: Fixture, length = MANY, path = '/v1/vault'): Socket {
  const { hostname, port } = new URL(serving.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(
    `PUT ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: application/x-a\r\nContent-Length: ${length}\r\n\r\n`,
  )
  return socket
}

async function statusOf(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1')
  })
  await once(socket, 'close')
  return text.slice(9, 12)
}

async function emptied({ files }: Fixture): Promise<void> {
  while ((await readdir(files)).length > 0) await wait(10)
}

async function begun({ files }: Fixture, count = 1): Promise<void> {
  while ((await readdir(files)).length < count) await wait(10)
}

describe('an upload', () => {
  test('whose caller goes away leaves nothing, and is nobody’s fault', async () => {
    await using fixture = await startFixture(gallery)
    const socket = begin(fixture)
    socket.write(Buffer.alloc(300_000))
    await begun(fixture)
    socket.destroy()
    await emptied(fixture)
    assert.deepEqual(fixture.faults, [])
  })

  test('that makes progress may take longer than a request may; one that does not is a 408 (fault 24)', async () => {
    await using fixture = await startFixture(gallery, { limits: { patienceMs: 1_500 } })
    // In place of 30 s, and looked at each second.
    fixture.serving.server.requestTimeout = 500
    const steady = begin(fixture, 10 * 500)
    const stalled = begin(fixture)
    const small = begin(fixture, 10, '/v1/pictures/none')
    stalled.write('x')
    const statuses = [steady, stalled].map(statusOf)
    for (let i = 0; i < 10; i++) {
      steady.write(Buffer.alloc(500))
      await wait(300)
    }
    assert.equal(await statuses[1], '408')
    steady.end()
    assert.equal(await statuses[0], '200')
    small.destroy()
    assert.equal((await readdir(fixture.files)).length, 1)
  })

  test('is answered before its end where it is too large, and the answer arrives', async () => {
    await using fixture = await startFixture(gallery)
    const form = new FormData()
    form.append('caption', 'x')
    form.append('image', new File([new Uint8Array(30 * 2 ** 20)], 'p.png', { type: 'image/png' }))
    const { status } = await fixture.send('POST', '/v1/pictures', form)
    assert.equal(status, 413)
    assert.deepEqual(await readdir(fixture.files), [])
  })

  test('for which there is no room is a 503, is reported, and leaves nothing; what is there can be read', async () => {
    let full = false
    await using fixture = await startFixture(gallery)
    // A sink that is full once it has taken some, as a disk is.
    const inFolder = await folder(fixture.files)()
    await using tight = await startFixture(gallery, {
      files: async () => ({
        ...inFolder,
        async write(id, bytes) {
          async function* limited(): AsyncGenerator<Uint8Array> {
            let left = full ? 100_000 : MANY
            for await (const piece of bytes) {
              left -= piece.length
              if (left < 0) throw new SinkFull(new Error('ENOSPC'))
              yield piece
            }
          }
          await inFolder.write(id, limited())
        },
      }),
    })
    const send = async (size: number) => {
      const form = new FormData()
      form.append('file', new File([new Uint8Array(size)], 'a'))
      return tight.send('PUT', '/v1/vault', form)
    }
    const { body } = await send(1000)
    full = true
    const refused = await send(1_000_000)
    assert.deepEqual([refused.status, refused.body.code], [503, 'unavailable'])
    assert.ok(tight.faults[0] instanceof SinkFull)
    assert.deepEqual(await readdir(fixture.files), [body.id])
    assert.equal((await tight.send('GET', `/v1/files/${body.id}/content`)).body.length, 1000)
  })
})
