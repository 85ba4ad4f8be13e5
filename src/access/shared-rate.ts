import { gcra, type Rate, windowOf } from '../http/index.ts'
import type { Use } from './limiter.ts'

// A rate that several processes keep to together. The store has one theoretical arrival time for each caller. A process
// takes requests from it a few at a time, and holds those that it does not serve at once, up to `spare`, for as long as it
// likes. So in any span of `t`, of all processes together, no more are served than
//
//   what they held when it began:       processes * spare
//   and what they took from the store:  burst - processes * spare + t * requests / perMs
//
// which is what the rate allows, however requests fall on processes, and whichever of those dies. What a process holds and
// does not serve is lost to the others: an eighth of the burst at most, and it comes back as the rate does.

/** What of a burst may lie with processes that do not need it. */
const HELD_PART = 1 / 8

/** One rate, as each of several processes has it. */
export interface SharedRate {
  /** What the store lets through, to all processes together. */
  readonly common: Rate
  /** How many requests a process may hold. 0 where the burst is small: then each is asked for. */
  readonly spare: number
  /** The share of one process, for as long as the store cannot be asked. */
  readonly alone: Rate
}

export function shareRate({ requests, perMs, burst }: Rate, processes: number): SharedRate {
  const spare = Math.floor((burst * HELD_PART) / processes)
  return {
    common: { requests, perMs, burst: burst - processes * spare },
    spare,
    alone: { requests, perMs: perMs * processes, burst: Math.max(1, Math.floor(burst / processes)) },
  }
}

/** A use of a rate of which this process holds nothing. */
export interface SharedUse extends Use {
  readonly id: string
  readonly shared: SharedRate
}

/** What one taking from the store comes to. */
export interface TakingPlan {
  /** For each request how long it has to wait: 0 where it may go on. */
  readonly waits: readonly number[]
  /** The new time of each caller, by the use's id. Those of whom nothing was taken are left out. */
  readonly times: ReadonlyMap<string, number>
  /** How many requests this process now holds, by the use's id. */
  readonly held: ReadonlyMap<string, number>
}

/**
 * Machines' clocks differ by less. A time that is further ahead than it can be was written before the clock was set back: it
 * counts as a burst that was just spent, and is written anew.
 */
const SKEW_MS = 60_000

/**
 * Takes what the requests need, in their order, and then as many as may be held. A request that one rate refuses takes of none.
 *
 * @param stored the times of all uses as the store has them; of whom it does not know, 0.
 */
export function planTaking(
  requests: readonly (readonly SharedUse[])[],
  stored: ReadonlyMap<string, number>,
  now: number,
): TakingPlan {
  const times = new Map<string, number>()
  const taken = new Map<string, { readonly use: SharedUse; readonly left: number }>()
  const timeOf = ({ id, shared: { common } }: SharedUse): number => {
    const tat = times.get(id) ?? stored.get(id) ?? 0
    const latest = now + windowOf(common)
    if (tat <= latest + SKEW_MS) return tat
    times.set(id, latest)
    return latest
  }
  const waits = requests.map(uses => {
    const judged = uses.map(use => ({ use, ...gcra(timeOf(use), now, use.shared.common) }))
    const waitMs = Math.max(0, ...judged.map(each => each.waitMs))
    if (waitMs > 0) return waitMs
    for (const { use, tat, left } of judged) {
      times.set(use.id, tat)
      taken.set(use.id, { use, left })
    }
    return 0
  })
  const held = new Map<string, number>()
  for (const [id, { use, left }] of taken) {
    const { common, spare } = use.shared
    const more = Math.min(spare, left)
    held.set(id, more)
    times.set(id, timeOf(use) + (more * common.perMs) / common.requests)
  }
  return { waits, times, held }
}
