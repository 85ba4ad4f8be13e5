import type { UnixMs } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import type { Sink } from './port.ts'

// Bytes without a row are of requests that came to nothing. A request that is refused takes its own away; of those whose
// process died, the sweep does. It looks at nothing that may still get its row: between the last byte of a file and the
// commit of its row lies `prepare`, and a unit of work refuses a file that has waited for longer than an hour.

/** How long a file may wait for its commit. */
export const COMMIT_WITHIN_MS = 60 * 60 * 1000
/** What is older and has no row will never get one, a wall clock that was an odd 23 hours wrong included. */
const ORPHANED_MS = 24 * COMMIT_WITHIN_MS

const IS_KEPT = 'select id from signalbox_files where id = $1'

/** Removes what crashes have left in the sink. Answers how many. */
export async function sweepOrphans(store: Store, sink: Sink, now: UnixMs): Promise<number> {
  let removed = 0
  for await (const id of sink.list(now - ORPHANED_MS)) {
    if ((await store.read.get(IS_KEPT, id)) !== undefined) continue
    await sink.remove(id)
    removed++
  }
  return removed
}

const SOME_DELETED = 'select id from signalbox_deleted_files order by id limit 100'
const FORGET = 'delete from signalbox_deleted_files where id = $1'

/** Removes the bytes of some of the files that were deleted. Answers how many. */
export async function removeDeleted(store: Store, sink: Sink): Promise<number> {
  const rows = await store.read.all(SOME_DELETED)
  const ids = rows.map(({ id }) => String(id))
  for (const id of ids) await sink.remove(id)
  if (ids.length > 0) {
    await store.unit(async tx => {
      for (const id of ids) await tx.run(FORGET, id)
    })
  }
  return ids.length
}
