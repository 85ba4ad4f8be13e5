import { rmSync } from 'node:fs'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const IN_MEMORY = new Set([0x01021994, 0x858458f6]) // tmpfs and ramfs, statfs(2)

export interface Folder extends AsyncDisposable {
  readonly path: string
}

const open = new Set<string>()
process.on('exit', () => {
  for (const path of open) rmSync(path, { recursive: true, force: true })
})

/**
 * A folder on a disk, gone when disposed of. Throws where the temporary folder is kept in memory: nothing is durable
 * there.
 */
export async function temporaryFolder(): Promise<Folder> {
  if (IN_MEMORY.has((await statfs(tmpdir())).type)) {
    throw new Error(`${tmpdir()} is in memory, where a flush costs nothing: set TMPDIR to a folder on a disk`)
  }
  const path = await mkdtemp(join(tmpdir(), 'signalbox-bench-'))
  open.add(path)
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
      open.delete(path)
    },
  }
}
