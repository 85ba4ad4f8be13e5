import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { describeSink } from '../../src/files/conformance.ts'
import { folder } from '../../src/files/folder/index.ts'
import { SinkFull } from '../../src/files/index.ts'
import { tempFolder } from '../store/temp.ts'

describeSink('the sink in a folder', async () => {
  const temp = await tempFolder()
  return { sink: await folder(temp.path)(), cleanup: async () => await temp[Symbol.asyncDispose]() }
})

test('a disk that is full leaves nothing of the file that it was full for', async t => {
  await using temp = await tempFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', temp.path])
  if (mounted.status !== 0) return t.skip('only root may mount a small disk')
  try {
    const sink = await folder(temp.path)()
    async function* bytes(kib: number): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < kib; i++) yield new Uint8Array(1024)
    }
    await sink.write(`fil_${'a'.repeat(26)}`, bytes(100))
    await assert.rejects(sink.write(`fil_${'b'.repeat(26)}`, bytes(200)), SinkFull)
    assert.deepEqual(await readdir(temp.path), [`fil_${'a'.repeat(26)}`])
    await sink.write(`fil_${'c'.repeat(26)}`, bytes(100))
  } finally {
    spawnSync('umount', [temp.path])
  }
})
