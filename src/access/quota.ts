import { isoTime, type UnixMs } from '../base/index.ts'
import type { Quota } from '../contract/index.ts'
import type { Standing } from '../http/index.ts'
import type { Store } from '../store/index.ts'

// Requests of an account in a calendar day or month, counted in the store. So that not every request writes, a process takes
// a block of them at once and serves them from memory; what it did not need it gives back when it closes. Of all processes
// together never more than the quota is served; one that is killed loses the rest of its block, a thousandth of the quota
// or what was waiting for it.

/** A request that was counted, or refused. */
export interface Counted {
  /** 0 where it may go on, else until the quota begins anew. */
  readonly waitMs: number
  readonly standing: Standing
}

export interface QuotaCounter {
  /** Counts a request. */
  take(account: string, now: UnixMs): Promise<Counted>
  /** Gives back what was taken and not used. */
  close(): Promise<void>
}

interface Block {
  free: number
  /** Requests that wait for the next block. */
  waiting: number
  /** What nobody had taken when this block was. */
  untaken: number
  taking: Promise<void> | undefined
  /** Nothing was left: until then the store is not asked again. */
  spentUntil: UnixMs
}

const READ = 'select period, used from signalbox_quotas where account_id = $1'
const WRITE = `insert into signalbox_quotas (account_id, period, used) values ($1, $2, $3)
  on conflict (account_id) do update set period = excluded.period, used = excluded.used`
const GIVE_BACK = 'update signalbox_quotas set used = used - $3 where account_id = $1 and period = $2'

const SCOPE = 'quotas'

/** Another process may give back what it took. */
const ASK_AGAIN_MS = 10_000

export function createQuotaCounter(store: Store, { requests, per }: Quota): QuotaCounter {
  const most = Math.max(1, Math.floor(requests / 1000))
  let period = ''
  let blocks = new Map<string, Block>()

  const takeBlock = (account: string, block: Block, of: string, now: UnixMs): Promise<void> =>
    store
      .unit(async tx => {
        const row = await tx.get(READ, account)
        const used = row !== undefined && row['period'] === of ? Number(row['used']) : 0
        // Enough for all who wait, or each of them would wake for every block of a burst.
        const size = Math.min(Math.max(most, block.waiting), requests - used)
        if (size > 0) await tx.run(WRITE, account, of, used + size)
        return { size, used }
      }, SCOPE)
      .then(({ size, used }) => {
        block.free = Math.max(0, size)
        block.untaken = Math.max(0, requests - used - size)
        if (size <= 0) block.spentUntil = now + ASK_AGAIN_MS
      })

  return {
    async take(account, now) {
      const current = isoTime(now).slice(0, per === 'day' ? 'YYYY-MM-DD'.length : 'YYYY-MM'.length)
      if (current !== period) {
        period = current
        blocks = new Map()
      }
      const block = blocks.get(account) ?? {
        free: 0,
        waiting: 0,
        untaken: 0,
        taking: undefined,
        spentUntil: 0,
      }
      blocks.set(account, block)
      // Of many at once, one takes the next block, and some may find it used up again.
      while (block.free === 0 && block.spentUntil <= now) {
        block.taking ??= takeBlock(account, block, current, now).finally(() => {
          block.taking = undefined
        })
        block.waiting++
        await block.taking.finally(() => block.waiting--)
      }
      const isSpent = block.free === 0
      if (!isSpent) block.free--
      const [start, end] = spanOf(current)
      const resetMs = end - now
      const left = isSpent ? 0 : block.free + block.untaken
      const standing = { name: 'quota', rate: { requests, perMs: end - start }, left, resetMs }
      return { waitMs: isSpent ? resetMs : 0, standing }
    },
    async close() {
      const unused = [...blocks].filter(([, { free }]) => free > 0)
      blocks = new Map()
      if (unused.length === 0) return
      await store.unit(async tx => {
        for (const [account, { free }] of unused) await tx.run(GIVE_BACK, account, period, free)
      }, SCOPE)
    },
  }
}

/** From when until when `2026-11-23` is, or `2026-11`, in UTC. */
function spanOf(period: string): readonly [from: UnixMs, until: UnixMs] {
  const [year = 0, month = 1, day] = period.split('-').map(Number)
  return day === undefined
    ? [Date.UTC(year, month - 1), Date.UTC(year, month)]
    : [Date.UTC(year, month - 1, day), Date.UTC(year, month - 1, day + 1)]
}
