import type { Room } from './claim.ts'
import { type Claimed, charactersOf, goOnUnder } from './claimed.ts'

// The attempts under way in one process. An attempt that takes long gives its place up to the others: it is counted among the
// slow from then on, and its webhook's next attempts from their beginning. So receivers that hang, however many, hold places of
// their own, and those that answer wait for nobody else.

/** Attempts that began less than `SLOW_MS` ago. */
const FAST_PLACES = 256
/** After which an attempt is slow. Most receivers answer within it. */
export const SLOW_MS = 500
/** Attempts that are begun at webhooks known to be slow. */
const SLOW_PLACES = 1_024
/** All, those that turned out slow included: sockets and memory are bounded, whoever hangs. */
const ALL_PLACES = 2_048
/** Characters of all their bodies: events may have a million. */
const MOST_CHARACTERS = 32 * 2 ** 20

export interface Places {
  readonly size: number
  /** Those of receivers that answer soon. */
  readonly fast: number
  room(): Omit<Room, 'ahead'>
  /** Whether it is under way here already: it goes on under the new claim. */
  goesOn(job: Claimed): boolean
  begin(job: Claimed): void
  end(job: Claimed): void
  jobs(): Iterable<Claimed>
  /** Webhooks of attempts that have become slow, each once. */
  takeSlowed(): readonly string[]
}

/** @param elapsed milliseconds that never go back. */
export function createPlaces(elapsed: () => number): Places {
  const jobs = new Map<string, Claimed>()
  /** By when they began, the first first. */
  const fast = new Map<Claimed, number>()
  let slowed = new Set<string>()
  let characters = 0

  function age(): void {
    const before = elapsed() - SLOW_MS
    for (const [job, began] of fast) {
      if (began > before) break
      fast.delete(job)
      slowed.add(job.webhook)
    }
  }
  return {
    get size() {
      return jobs.size
    },
    get fast() {
      return fast.size
    },
    room() {
      age()
      if (characters >= MOST_CHARACTERS) return { fast: 0, slow: 0 }
      const all = ALL_PLACES - jobs.size
      const slow = jobs.size - fast.size
      return {
        fast: Math.max(0, Math.min(FAST_PLACES - fast.size, all)),
        slow: Math.max(0, Math.min(SLOW_PLACES - slow, all)),
      }
    },
    goesOn(job) {
      const mine = jobs.get(job.id)
      if (mine === undefined) return false
      goOnUnder(mine, job)
      return true
    },
    begin(job) {
      jobs.set(job.id, job)
      if (!job.slow) fast.set(job, elapsed())
      characters += charactersOf(job)
    },
    end(job) {
      if (!jobs.delete(job.id)) return
      fast.delete(job)
      characters -= charactersOf(job)
    },
    jobs: () => jobs.values(),
    takeSlowed() {
      const taken = [...slowed]
      slowed = new Set()
      return taken
    },
  }
}
