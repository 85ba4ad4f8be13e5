import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { folder } from '../../src/files/folder/index.ts'
import { sweepOrphans } from '../../src/files/index.ts'
import { bundled } from '../bundled.ts'
import { tempFolder } from '../store/temp.ts'
import { storeAt } from '../store-at.ts'

const KILLS = 6
const TWO_DAYS_MS = 48 * 60 * 60 * 1000

/** Uploads until it is killed, so many milliseconds after the first answer. Answers what was told to be kept: digests by id. */
async function uploadUntilKilled(args: readonly string[], afterMs: number): Promise<Map<string, string>> {
  const program = await bundled(new URL('./children/upload.ts', import.meta.url))
  const uploading = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  uploading.stdout.on('data', (piece: Buffer) => {
    output += piece.toString()
  })
  await once(uploading.stdout, 'data')
  await wait(afterMs)
  uploading.kill('SIGKILL')
  await once(uploading, 'close')
  return new Map([...output.matchAll(/^kept (\S+) (\S+)$/gm)].map(([, id = '', sha256 = '']) => [id, sha256]))
}

test(`after ${KILLS} kills within uploads, every file that was kept is whole, and the sweep takes away all else`, async () => {
  await using temp = await tempFolder()
  const database = join(temp.path, 'test.db')
  const files = join(temp.path, 'files')
  const told = new Map<string, string>()
  const seed = Math.floor(Math.random() * 1e6)
  console.log(`seed ${seed}`)
  for (let i = 0; i < KILLS; i++) {
    const afterMs = (seed * (i + 1)) % 97
    for (const [id, sha256] of await uploadUntilKilled([database, files, '2000000'], afterMs))
      told.set(id, sha256)
  }
  const store = await storeAt(database)()
  const sink = await folder(files)()
  const rows = await store.read.all('select id, sha256 from signalbox_files')
  const kept = new Map(rows.map(row => [String(row['id']), String(row['sha256'])]))
  for (const [id, sha256] of told) assert.equal(kept.get(id), sha256, `${id} was told to be kept`)
  const names = await readdir(files)
  const orphans = names.filter(name => !kept.has(name))
  assert.ok(orphans.length > 0, 'no kill came within an upload')

  // All of it is younger than a day, and may still be under way.
  const now = Date.now()
  assert.equal(await sweepOrphans(store, sink, now), 0)
  for (const name of names) await utimes(join(files, name), 0, (now - TWO_DAYS_MS) / 1000)
  assert.equal(await sweepOrphans(store, sink, now), orphans.length)
  assert.deepEqual((await readdir(files)).toSorted(), [...kept.keys()].toSorted())
  for (const [id, sha256] of kept) {
    assert.equal(
      createHash('sha256')
        .update(await readFile(join(files, id)))
        .digest('hex'),
      sha256,
    )
  }
  console.log(`${kept.size} kept, ${told.size} told, ${orphans.length} orphans`)
  await store.close()
})
