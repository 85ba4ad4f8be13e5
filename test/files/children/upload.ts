/**
 * Uploads files for as long as it lives, eight at a time, and says `kept <id> <sha256>` for each that was answered.
 * Arguments: the database, the folder of files, how many bytes a file has.
 */
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { folder } from '../../../src/files/folder/index.ts'
import { serve } from '../../../src/runtimes/node/index.ts'
import { gallery } from '../../app/gallery.ts'
import { storeAt } from '../../store-at.ts'

const [database = '', files = '', size = ''] = process.argv.slice(2)
const { app, url } = await serve(gallery, {
  store: storeAt(database),
  files: folder(files),
  port: 0,
  signals: false,
})
const { key } = await app.accounts.issueKey(await app.accounts.named('one'), 'test')

async function upload(): Promise<void> {
  for (;;) {
    const answer = await fetch(new URL('/v1/vault', url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-random' },
      body: randomBytes(Number(size)),
    })
    const { id, sha256 } = (await answer.json()) as { id: string; sha256: string }
    writeSync(1, `kept ${id} ${sha256}\n`)
  }
}
await Promise.all(Array.from({ length: 8 }, upload))
