import type { EventFilter } from './feed.ts'

/** One stream of events at its reader's pace. */
export interface Follower {
  readonly filter: EventFilter
  /** Whether the caller may still read events. */
  readonly isAllowed: () => Promise<boolean>
  /** All that it wants up to here was sent. */
  position: number
  /** What it wants from behind here on is in the window, as long as the window keeps it. */
  readonly since: number
  /** On `clock.elapsed`. */
  readonly openedAt: number
  sentAt: number
  allowedAt: number
  isBeingChecked: boolean
  /** Whether anybody has begun to read it. */
  hasBegun: boolean
  hasEnded: boolean
  /** Ends its wait; undefined while there is something to send, or the reader takes its time. */
  rouse: (() => void) | undefined
}

/** Those of one process, found by their account. */
export interface Followers {
  readonly size: number
  ofAccount(account: string): number
  /** Whom an event of this account is for; of shared rows, all. */
  concerned(account: string | null): Iterable<Follower>
  all(): Iterable<Follower>
  add(follower: Follower): void
  remove(follower: Follower): void
}

export function createFollowers(): Followers {
  const all = new Set<Follower>()
  const byAccount = new Map<string, Set<Follower>>()
  const none: ReadonlySet<Follower> = new Set()
  return {
    get size() {
      return all.size
    },
    ofAccount: account => byAccount.get(account)?.size ?? 0,
    concerned: account => (account === null ? all : (byAccount.get(account) ?? none)),
    all: () => all,
    add(follower) {
      const { account } = follower.filter
      all.add(follower)
      byAccount.set(account, (byAccount.get(account) ?? new Set()).add(follower))
    },
    remove(follower) {
      const { account } = follower.filter
      const own = byAccount.get(account)
      all.delete(follower)
      own?.delete(follower)
      if (own?.size === 0) byAccount.delete(account)
    },
  }
}

/** There is something to do for it: an event, a heartbeat, the end. */
export function rouse(follower: Follower): void {
  follower.rouse?.()
  follower.rouse = undefined
}
