import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm'
/** The type of such a file system (statfs(2)). Elsewhere the name may stand for a disk. */
const TMPFS = 0x01_02_19_94
/** In bytes: several times what all tests were seen to hold at once. A container has 64 MiB, unless it is given more. */
const ROOM = 3 * 1024 ** 3

export interface Scratch extends AsyncDisposable {
  readonly folder: string
}

/**
 * A folder for the databases and files of tests: in memory where there is room for it, else where temporary files are; there too where
 * `TMPDIR` says so. On a disk, making and removing databases by the hundred takes a quarter of what all tests take.
 */
export async function openScratch(): Promise<Scratch> {
  const parent = process.env['TMPDIR'] === undefined && (await hasRoom()) ? MEMORY : tmpdir()
  const folder = await mkdtemp(join(parent, 'signalbox-tests-'))
  // PostgreSQL runs as another user, and goes through it.
  await chmod(folder, 0o711)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

async function hasRoom(): Promise<boolean> {
  // What limits the memory of a container counts what lies there too.
  if (process.availableMemory() < 2 * ROOM) return false
  const found = await statfs(MEMORY).catch(() => undefined)
  return found !== undefined && found.type === TMPFS && found.bavail * found.bsize >= ROOM
}
