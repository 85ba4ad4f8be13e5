import { parsePrefer } from '../http/index.ts'
import type { Settlements } from '../work/index.ts'
import type { Answer, WholeAnswer } from './exchange.ts'

// Who starts an operation, or reads one, may wait for its end: `Prefer: wait=5` (RFC 7240 §4.3). Nothing is held meanwhile
// but the request itself. That a preference is not heeded is no error (§2): who finds no room is answered at once.

/** No caller waits longer. */
const LONGEST_WAIT_S = 30
/** Of all callers of a process, and of one account. */
const MAX_WAITS = 256
const MAX_ACCOUNT_WAITS = 32

/** The callers of this process that wait for the end of operations. */
export interface Waits {
  /**
   * Resolves when the operation is settled, the time is over, the caller has left or the process is told to stop; undefined
   * where there is no room for one more.
   */
  wait(waiting: Waiting, seconds: number): Promise<void> | undefined
  /** Answers who waits, and lets nobody wait any more. */
  end(): void
}

/** Whom an operation's end is told. */
export interface Waiting {
  readonly id: string
  readonly account: string
  /** Aborted when the caller leaves. */
  readonly signal: AbortSignal
  readonly read: () => Promise<Shown | undefined>
}

/** An operation as it is read. */
interface Shown {
  readonly settled_at: string | null
}

export function createWaits(settlements: Settlements): Waits {
  const waiting = new Set<() => void>()
  const byAccount = new Map<string, number>()
  let ended = false
  return {
    wait({ id, account, signal, read }, seconds) {
      const own = byAccount.get(account) ?? 0
      if (ended || waiting.size >= MAX_WAITS || own >= MAX_ACCOUNT_WAITS) return undefined
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const over = (): void => resolve()
      waiting.add(over)
      byAccount.set(account, own + 1)
      const unwatch = settlements.watch(id, over)
      const timer = setTimeout(over, seconds * 1000)
      signal.addEventListener('abort', over)
      if (signal.aborted) over()
      // Once the watch has begun, so that no end falls between.
      read().then(shown => {
        if (shown?.settled_at !== null) over()
      }, reject)
      return promise.finally(() => {
        waiting.delete(over)
        const left = (byAccount.get(account) ?? 1) - 1
        if (left === 0) byAccount.delete(account)
        else byAccount.set(account, left)
        unwatch()
        clearTimeout(timer)
        signal.removeEventListener('abort', over)
      })
    },
    end() {
      ended = true
      for (const over of waiting) over()
    },
  }
}

/**
 * The answer to a caller with preferences.
 *
 * @param field its `Prefer`.
 * @param made what it is answered without.
 */
export async function heedPreferences(
  waits: Waits,
  field: string,
  made: Answer,
  waiting: Waiting & { readonly render: (shown: Shown) => WholeAnswer },
): Promise<Answer> {
  const { respondAsync, wait } = parsePrefer(field)
  const applied = respondAsync && made.status === 202 ? ['respond-async'] : []
  const seconds = Math.min(wait ?? 0, LONGEST_WAIT_S)
  const waited = wait === undefined ? undefined : waits.wait(waiting, seconds)
  let answer = made
  if (waited !== undefined) {
    await waited
    const shown = await waiting.read()
    if (shown !== undefined) answer = shownAs(waiting.render(shown), shown, made)
    applied.push(`wait=${seconds}`)
  }
  if (applied.length === 0) return made
  return { ...answer, headers: [...answer.headers, ['preference-applied', applied.join(', ')]] }
}

/** A 202 that has waited for the end is a 200 (RFC 9110 §15.3.3). Of a replay it is said that it is one. */
const shownAs = (rendered: WholeAnswer, { settled_at }: Shown, made: Answer): Answer => ({
  ...rendered,
  status: settled_at === null ? made.status : 200,
  headers: [...rendered.headers, ...made.headers.filter(([name]) => name === 'idempotent-replayed')],
})
