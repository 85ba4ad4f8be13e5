import type { Reader } from '../store/index.ts'
import { type Loop, startLoop } from './loop.ts'

/** What was settled here is told at once. Other processes settle without telling: look this often. */
const LOOK_MS = 500
/** Operations in one look: one text, prepared once. */
const BATCH = 64
const SETTLED = `select id from signalbox_operations
  where settled_at is not null and id in (${Array.from({ length: BATCH }, (_, i) => `$${i + 1}`).join(', ')})`

/** Watches operations for their end, all that anybody in this process waits for in one look. */
export interface Settlements {
  /** Calls `told` once, when the operation is settled, in whichever process. Answers what ends the watch. */
  watch(id: string, told: () => void): () => void
  /** These were settled here. */
  tell(ids: readonly string[]): void
  stop(): Promise<void>
}

export function watchSettlements(reader: Reader, failed: (error: unknown) => void): Settlements {
  const watched = new Map<string, Set<() => void>>()

  const tell = (ids: readonly string[]): void => {
    for (const id of ids) {
      const waiting = watched.get(id)
      watched.delete(id)
      for (const told of waiting ?? []) told()
    }
  }

  const look = async (): Promise<number> => {
    const ids = [...watched.keys()]
    for (let at = 0; at < ids.length; at += BATCH) {
      const some = ids.slice(at, at + BATCH)
      const padded = [...some, ...Array<string>(BATCH - some.length).fill('')]
      tell((await reader.all(SETTLED, ...padded)).map(row => String(row['id'])))
    }
    return LOOK_MS
  }
  let loop: Loop | undefined

  return {
    tell,
    watch(id, told) {
      loop ??= startLoop(look, failed, LOOK_MS)
      const waiting = watched.get(id) ?? new Set()
      watched.set(id, waiting.add(told))
      return () => {
        waiting.delete(told)
        if (waiting.size === 0 && watched.get(id) === waiting) watched.delete(id)
      }
    },
    async stop() {
      await loop?.stop()
    },
  }
}
