import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ByteRange } from '../../http/index.ts'
import { type OpenSink, type Sink, SinkFull } from '../port.ts'

/** Of a file that is being written. */
const PARTIAL = '.part'
const PIECE = 64 * 1024

/**
 * Keeps files in a folder of this machine: `folder('data/files')`. It is made where it is missing, for this user alone. Many
 * processes may share it.
 */
export function folder(path: string): OpenSink {
  return async () => {
    const root = resolve(path)
    try {
      await mkdir(root, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw new Error(`files cannot be kept in ${root}: name a folder that this program may make and write`, {
        cause: error,
      })
    }
    return folderSink(root)
  }
}

function folderSink(root: string): Sink {
  const pathOf = (id: string): string => join(root, checked(id))
  return {
    async write(id, bytes) {
      const path = pathOf(id)
      const partial = path + PARTIAL
      try {
        await writeWhole(partial, bytes)
        await rename(partial, path)
        await flushFolder(root)
      } catch (error) {
        await Promise.all([rm(partial, { force: true }), rm(path, { force: true })])
        throw isFull(error) ? new SinkFull(error) : error
      }
    },
    read: (id, range) => readRange(pathOf(id), range),
    async remove(id) {
      const path = pathOf(id)
      await Promise.all([rm(path, { force: true }), rm(path + PARTIAL, { force: true })])
    },
    async *list(before) {
      for await (const { name } of await opendir(root)) {
        const id = name.endsWith(PARTIAL) ? name.slice(0, -PARTIAL.length) : name
        if (!ID.test(id)) continue
        const at = await stat(join(root, name)).catch(() => undefined)
        if (at !== undefined && at.mtimeMs < before) yield id
      }
    },
  }
}

const ID = /^[a-z]+_[0-9a-z]{26}$/

/** Ids are ours, and what is none must not lead out of the folder. */
function checked(id: string): string {
  if (ID.test(id)) return id
  throw new Error(`'${id}' is no id of a file`)
}

async function writeWhole(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const piece of bytes) await writePiece(file, piece)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A disk that is nearly full takes a part of it, and says that it is full when it is asked again. */
async function writePiece(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
}

/** A name in a folder is on disk once the folder is. */
async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function* readRange(path: string, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  try {
    for (let at = first; at <= last; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, last - at + 1))
      const { bytesRead } = await file.read(piece, 0, piece.length, at)
      if (bytesRead === 0) throw new Error(`${path} ends at byte ${at}, before ${last}`)
      yield piece.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await file.close()
  }
}

const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG'])

const isFull = (error: unknown): boolean =>
  error instanceof Error && FULL.has((error as NodeJS.ErrnoException).code)
