import { type Claimed, charactersOf, goOnUnder } from './claimed.ts'
import type { Holding } from './lane-plan.ts'
import type { Outcome } from './outcome.ts'

// What a process has claimed of each webhook beyond what may be under way there: as one attempt ends, the next is at hand, and
// the receiver does not wait for a commit and a claim. While it has more than that, nobody else claims of the webhook
// (`planAhead`), so no more are under way than its owner allows, of all processes together.
//
// - It is as much as is sent in a moment. What this process changes about a webhook (a pause, a new URL) lets go of all of it;
//   what another changes meanwhile is not known here.
// - What is not begun soon is given back, and so is all of a webhook that begins to fail.

/** How long it may be at hand. */
export const AT_HAND_MS = 500
/** In one process. */
const MOST = 512
/** Webhooks without a claim of which it is remembered how long their latest attempt took. */
const MOST_REMEMBERED = 1_000
/** Characters of all their bodies, before no more are claimed ahead. */
const MOST_CHARACTERS = 4 * 2 ** 20

export interface AtHand {
  readonly size: number
  /** How many more may be. */
  readonly room: number
  holding(webhook: string): Holding
  /** What is to be begun now; the rest is at hand. */
  take(claimed: readonly Claimed[]): readonly Claimed[]
  /** An attempt is over. Answers what is to be begun in its place, and what is to be given back. */
  ended(job: Claimed, outcome: Pick<Outcome, 'kind' | 'durationMs'> | undefined): Turned
  /** What became of them is being stored. */
  stored(jobs: Iterable<Claimed>): void
  /** What has been at hand for too long. It is to be given back. */
  takeOld(): readonly Claimed[]
  takeOf(webhook: string): readonly Claimed[]
  takeAll(): readonly Claimed[]
}

export interface Turned {
  readonly begin: readonly Claimed[]
  readonly giveBack: readonly Claimed[]
}

interface Hand extends Holding {
  claims: number
  attemptMs: number | undefined
  /** Ids. */
  readonly underWay: Set<string>
  /** Whether the latest attempt did. */
  failed: boolean
  /** The first claimed first. */
  readonly waiting: Map<string, { readonly job: Claimed; readonly since: number }>
}

const NOTHING: Turned = { begin: [], giveBack: [] }

/** @param elapsed milliseconds that never go back. */
export function createAtHand(elapsed: () => number): AtHand {
  const hands = new Map<string, Hand>()
  /** Of the latest webhooks without a claim, the latest last. */
  const remembered = new Map<string, number | undefined>()
  let size = 0
  let characters = 0

  const handOf = ({ webhook }: Claimed): Hand => hands.get(webhook) ?? newHand(webhook)
  function newHand(webhook: string): Hand {
    const hand = {
      claims: 0,
      attemptMs: remembered.get(webhook),
      underWay: new Set<string>(),
      failed: false,
      waiting: new Map(),
    }
    hands.set(webhook, hand)
    return hand
  }
  function put(hand: Hand, job: Claimed): void {
    hand.waiting.set(job.id, { job, since: elapsed() })
    size++
    characters += charactersOf(job)
  }
  function take(hand: Hand, job: Claimed): Claimed {
    hand.waiting.delete(job.id)
    size--
    characters -= charactersOf(job)
    return job
  }
  function forget(webhook: string, hand: Hand, claims: number): void {
    hand.claims -= claims
    if (hand.claims > 0) return
    hands.delete(webhook)
    remembered.delete(webhook)
    remembered.set(webhook, hand.attemptMs)
    for (const [oldest] of remembered) {
      if (remembered.size <= MOST_REMEMBERED) break
      remembered.delete(oldest)
    }
  }
  /** What has been there since then. */
  function takeBack(webhook: string, hand: Hand, before: number): readonly Claimed[] {
    const old = [...hand.waiting.values()].filter(({ since }) => since <= before)
    // Until another attempt has ended nothing more is claimed ahead.
    if (old.length > 0) hand.attemptMs = undefined
    const jobs = old.map(({ job }) => take(hand, job))
    forget(webhook, hand, jobs.length)
    return jobs
  }
  function beginNext(hand: Hand): readonly Claimed[] {
    const begun: Claimed[] = []
    for (const { job } of hand.waiting.values()) {
      if (hand.underWay.size >= job.concurrency) break
      hand.underWay.add(job.id)
      begun.push(take(hand, job))
    }
    return begun
  }
  const tooOld = (): number => elapsed() - AT_HAND_MS

  return {
    get size() {
      return size
    },
    get room() {
      return characters >= MOST_CHARACTERS ? 0 : Math.max(0, MOST - size)
    },
    holding: webhook => hands.get(webhook) ?? { claims: 0, attemptMs: remembered.get(webhook) },
    take(claimed) {
      const begun: Claimed[] = []
      for (const job of claimed) {
        const hand = handOf(job)
        const mine = hand.waiting.get(job.id)?.job
        if (mine !== undefined) {
          goOnUnder(mine, job)
          continue
        }
        hand.claims++
        put(hand, job)
        begun.push(...beginNext(hand))
      }
      return begun
    },
    ended(job, outcome) {
      const hand = hands.get(job.webhook)
      if (!hand?.underWay.delete(job.id)) return NOTHING
      const failed = outcome?.kind !== 'delivered'
      const isOver = outcome?.kind === 'gone' || (failed && hand.failed)
      hand.failed = failed
      hand.attemptMs = failed ? undefined : outcome.durationMs
      const giveBack = takeBack(job.webhook, hand, isOver ? Number.POSITIVE_INFINITY : tooOld())
      return { begin: beginNext(hand), giveBack }
    },
    stored(jobs) {
      for (const { webhook } of jobs) {
        const hand = hands.get(webhook)
        if (hand !== undefined) forget(webhook, hand, 1)
      }
    },
    takeOld: () => [...hands].flatMap(([webhook, hand]) => takeBack(webhook, hand, tooOld())),
    takeOf(webhook) {
      const hand = hands.get(webhook)
      return hand === undefined ? [] : takeBack(webhook, hand, Number.POSITIVE_INFINITY)
    },
    takeAll: () => [...hands].flatMap(([webhook, hand]) => takeBack(webhook, hand, Number.POSITIVE_INFINITY)),
  }
}
