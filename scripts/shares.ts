import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

// A process for each file of tests reads, strips and compiles the same modules again, some hundred times. So files that need no
// process of their own share some, each of which is a file that imports them.

/** Rooms of which many tests take no longer than the start of a process. */
const SHARED_ROOMS = ['access', 'app', 'base', 'contract', 'formats', 'http', 'openapi', 'store', 'webhooks']
/** Fewer would leave a core idle at the end: a share is one after another. */
const FILES = 8

export interface Share {
  readonly name: string
  readonly files: readonly string[]
}

/** The folder of `test/` that a file is in. */
export const roomOf = (file: string): string => file.split('/')[1] ?? ''

export const isLong = (file: string): boolean => file.endsWith('.long.test.ts')

/** By its name. */
export const isSlow = (file: string): boolean => file.endsWith('.slow.test.ts') || isLong(file)

/** Those that share, and those that run alone: slow ones, and those of other rooms. */
export function planShares(files: readonly string[]): {
  readonly shares: readonly Share[]
  readonly alone: readonly string[]
} {
  const shared = (file: string): boolean => SHARED_ROOMS.includes(roomOf(file)) && !isSlow(file)
  const rooms = Map.groupBy(files.filter(shared), roomOf)
  const shares = [...rooms].flatMap(([room, inRoom]) =>
    Array.from({ length: Math.ceil(inRoom.length / FILES) }, (_, i) => ({
      name: `${room}-${i + 1}`,
      files: inRoom.slice(i * FILES, (i + 1) * FILES),
    })),
  )
  return { shares, alone: files.filter(file => !shared(file)) }
}

/** Writes them into the folder, and leaves alone what a run beside this one has there. Gives their paths. */
export async function writeShares(folder: string, shares: readonly Share[]): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true })
  return Promise.all(
    shares.map(async ({ name, files }) => {
      // Not below node_modules, where Node finds no tests.
      const path = join(folder, `${name}.test.mjs`)
      const imports = files.map(file => `import '${relative(folder, file)}'\n`)
      await writeFile(path, imports.join(''))
      return path
    }),
  )
}
