import type { Clock, UnixMs } from '../base/index.ts'
import type { Reader, Row, Store, Tx } from '../store/index.ts'

// The invariants of the queue of operations and tasks. Deliveries have a queue of their own (src/webhooks/lanes.ts), with the
// same leases and fences:
//
// - A row whose `due_at` is null is settled: no claim sees it again.
// - A claim moves `due_at` to the end of its lease and raises `fence`, in one statement. Until then no other claim
//   sees the row; afterwards any may, so the work of a process that died is taken up by another.
// - Whoever settles, renews or releases names the fence of its claim. If the lease ran out and somebody else claimed
//   the row, that fence is gone, 0 rows change, and the late one knows that it lost.
//
// So work is done at least once, and what it writes through its fence is written once.

/** How long a claim holds without being renewed. A crash delays work by no more than this. */
export const LEASE_MS = 30_000

/** A row that is ours until its lease ends. */
export interface Claim {
  readonly id: string
  /**
   * Changes where this process claims a row again that it is at work on, as it does when the clock jumps past the lease:
   * the work goes on under the new fence, rather than being done twice.
   */
  fence: number
}

export interface Queue {
  /**
   * Takes up to `max` due rows, the longest due first, in one unit; `take` finds in the same unit what else their work
   * needs. Where nothing is due no unit is begun: looking costs a read, a unit for nothing would cost a commit.
   */
  claim<T>(store: Store, clock: Clock, max: number, take: (row: Row, tx: Tx) => T | Promise<T>): Promise<T[]>
  /** False where the claim was lost. */
  renew(tx: Tx, claim: Claim, now: UnixMs): Promise<boolean>
  /** Gives a row back unsettled, as if it had not been begun. False where the claim was lost. */
  release(tx: Tx, claim: Claim, dueAt: UnixMs): Promise<boolean>
  /** When the next row is due; undefined where none waits. */
  nextDue(reader: Reader): Promise<UnixMs | undefined>
}

/** Of the units that claim work and give it back: they are short. */
export const QUEUE_SCOPE = 'work'

export interface QueueOptions {
  /** What else a claim sets, as SQL: `state = 'running'`. */
  readonly onClaim: string
  /** What else giving a row back sets. */
  readonly onRelease: string
  /** Which rows this process knows what to do with, as SQL. */
  readonly only: string
}

export function queue({ onClaim, onRelease, only }: QueueOptions): Queue {
  const table = 'signalbox_operations'
  const claimSql = (
    lock: string,
  ): string => `update ${table} set due_at = $1, fence = fence + 1, ${onClaim} where id in
    (select id from ${table} where due_at <= $2 and ${only} order by due_at limit $3${lock}) returning *`
  const [claimSome, claimFree] = [claimSql(''), claimSql(' for update skip locked')]
  const held = 'where id = $2 and fence = $3 and due_at is not null'
  const renewSql = `update ${table} set due_at = $1 ${held}`
  const releaseSql = `update ${table} set due_at = $1, ${onRelease} ${held}`
  const nextSql = `select due_at from ${table} where due_at is not null and ${only} order by due_at limit 1`
  const nextDue = async (reader: Reader): Promise<UnixMs | undefined> => {
    const due = (await reader.get(nextSql))?.['due_at']
    return due == null ? undefined : Number(due)
  }
  return {
    nextDue,
    async claim(store, clock, max, take) {
      const due = await nextDue(store.peek)
      const now = clock.now()
      if (due === undefined || due > now) return []
      return store.unit(async tx => {
        const taken = []
        const sql = tx.concurrent ? claimFree : claimSome
        for (const row of await tx.all(sql, now + LEASE_MS, now, max)) taken.push(await take(row, tx))
        return taken
      }, QUEUE_SCOPE)
    },
    renew: async (tx, { id, fence }, now) => (await tx.run(renewSql, now + LEASE_MS, id, fence)) > 0,
    release: async (tx, { id, fence }, dueAt) => (await tx.run(releaseSql, dueAt, id, fence)) > 0,
  }
}
