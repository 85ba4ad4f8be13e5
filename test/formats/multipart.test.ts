import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { Busboy } from '@fastify/busboy'
import fc from 'fast-check'
import { MalformedMultipart, partsOf } from '../../src/formats/index.ts'

type ReadPart = readonly [name: string, filename: string | undefined, bytes: string]

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Buffer, boundary: string, size: number): Promise<ReadPart[]> {
  const parts: ReadPart[] = []
  for await (const part of partsOf(inPieces(bytes, size), boundary)) {
    const pieces: Uint8Array[] = []
    for await (const piece of part.bytes) pieces.push(piece)
    parts.push([part.name, part.filename, Buffer.concat(pieces).toString('latin1')])
  }
  return parts
}

/** What a library of others reads. */
async function readByBusboy(bytes: Buffer, boundary: string): Promise<ReadPart[]> {
  const parts: ReadPart[] = []
  const type = `multipart/form-data; boundary="${boundary}"`
  const parser = new Busboy({ headers: { 'content-type': type }, defCharset: 'latin1', preservePath: true })
  parser.on('field', (name, value) => parts.push([name, undefined, value]))
  parser.on('file', (name, stream, filename) => {
    const pieces: Buffer[] = []
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.on('end', () => parts.push([name, filename, Buffer.concat(pieces).toString('latin1')]))
  })
  Readable.from([bytes]).pipe(parser)
  await once(parser, 'finish')
  return parts
}

const BOUNDARY = '-b'
/** Bytes that like to look like a boundary. */
const content = fc
  .array(
    fc.constantFrom('\r', '\n', '\r\n', '-', '--', '-b', '\r\n--', '\r\n--b', '\r\n---', 'x', '\0', '\xff'),
    { maxLength: 30 },
  )
  .map(parts => parts.join(''))
  .filter(text => !`\r\n${text}\r\n`.includes(`\r\n--${BOUNDARY}`))
const sent = fc.array(
  fc.record({
    name: fc.stringMatching(/^[a-z]{1,5}$/),
    filename: fc.option(fc.stringMatching(/^[a-z]{1,5}\.png$/), { nil: undefined }),
    content,
  }),
  { minLength: 1, maxLength: 6 },
)

test('what is sent in parts is read, however it comes cut, as another library reads it', async () => {
  await fc.assert(
    fc.asyncProperty(sent, fc.integer({ min: 1, max: 90 }), async (parts, size) => {
      const text = parts.map(({ name, filename, content }) => {
        const file = filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: image/png`
        return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`
      })
      const bytes = Buffer.from(`${text.join('')}--${BOUNDARY}--\r\n`, 'latin1')
      const expected = parts.map(({ name, filename, content }): ReadPart => [name, filename, content])
      assert.deepEqual(await read(bytes, BOUNDARY, size), expected)
      const sorted = (all: readonly ReadPart[]) => all.map(each => JSON.stringify(each)).toSorted()
      assert.deepEqual(sorted(await readByBusboy(bytes, BOUNDARY)), sorted(expected))
    }),
    { numRuns: 200 },
  )
})

test('a body that is cut off anywhere before its last boundary is malformed, and never waited for', async () => {
  const whole = Buffer.from('--b\r\nContent-Disposition: form-data; name="a"\r\n\r\ntext\r\n--b--')
  assert.deepEqual(await read(whole, 'b', 7), [['a', undefined, 'text']])
  for (let end = 0; end < whole.length; end++) {
    await assert.rejects(read(whole.subarray(0, end), 'b', 5), MalformedMultipart, String(end))
  }
})

test('bytes of any kind are read or refused as malformed', async () => {
  const pieces = fc.constantFrom(
    '--b',
    '--b\r\n',
    '--',
    '\r\n',
    'Content-Disposition: form-data; name=a',
    ':',
    ' ',
    '\t',
    '\xff',
    'x',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(pieces, { maxLength: 20 }),
      fc.integer({ min: 1, max: 20 }),
      async (parts, size) => {
        await read(Buffer.from(parts.join(''), 'latin1'), 'b', size).catch((error: unknown) => {
          assert.ok(error instanceof MalformedMultipart, String(error))
        })
      },
    ),
  )
})
