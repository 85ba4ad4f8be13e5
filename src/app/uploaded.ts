import type { Clock } from '../base/index.ts'
import type { StoredFile } from '../contract/index.ts'
import { COMMIT_WITHIN_MS, keepFile, type Sink } from '../files/index.ts'
import type { Tx } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { refuse } from './refusal.ts'

/** The files of one request, between their arrival and the commit of its unit of work. */
export interface Upload {
  /** By the names of their parts. */
  readonly files: ReadonlyMap<string, StoredFile>
  /** What tells this request from one with other files: it is the same when it is sent again. */
  contents(): readonly (readonly string[])[]
  /** Something may be in the sink under this id, from now on. */
  begin(id: string): void
  received(name: string, file: StoredFile): void
  /** Keeps the files with the unit's commit. */
  keep(tx: Tx, account: string): Promise<void>
  /** The unit that keeps them has committed. */
  committed(): void
  /** Takes away what was not committed. Never rejects: what cannot be taken away now is for the sweep. */
  discard(): Promise<void>
}

export function createUpload(sink: Sink, clock: Clock, failed: Failed): Upload {
  let begun: string[] = []
  const files = new Map<string, StoredFile>()
  let lastAt = clock.elapsed()
  return {
    files,
    contents: () => [...files].map(([part, { name, type, sha256 }]) => [part, name, type, sha256]),
    begin(id) {
      begun.push(id)
    },
    received(name, file) {
      files.set(name, file)
      lastAt = clock.elapsed()
    },
    async keep(tx, account) {
      // The sweep might come before the commit.
      if (clock.elapsed() - lastAt > COMMIT_WITHIN_MS) refuse('unavailable')
      for (const file of files.values()) await keepFile(tx, account, file)
    },
    committed() {
      const kept = new Set([...files.values()].map(({ id }) => id))
      begun = begun.filter(id => !kept.has(id))
    },
    async discard() {
      for (const id of begun.splice(0)) {
        await sink.remove(id).catch((error: unknown) => failed(error, `removing the bytes of ${id}`))
      }
    },
  }
}
