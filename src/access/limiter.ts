import { gcra, type Rate, type Standing } from '../http/index.ts'

/** One rate, and who is counted by it. */
export interface Use {
  /** What the rate is called to callers: `account`. */
  readonly name: string
  readonly rate: Rate
  readonly subject: string
}

/** Whether a request may go on. */
export interface Decision {
  /** 0 where it may. */
  readonly waitMs: number
  /** What its answer tells of the rates. */
  readonly standings: readonly Standing[]
}

/**
 * Counts requests. Where one of the rates refuses, none of them counts the request.
 *
 * What is counted lies in the memory of this process: several processes allow a rate each. A limiter that shares it (by
 * taking blocks of requests from a store, so as not to ask for each) has this same form.
 */
export type Limiter = (uses: readonly Use[], now: number) => Decision

const FREE: Decision = { waitMs: 0, standings: [] }

/** @param most how many callers of one rate are remembered at least: of more than twice as many, the oldest are forgotten. */
export function createLimiter(most = 100_000): Limiter {
  const books = new Map<string, Book>()
  return (uses, now) => {
    if (uses.length === 0) return FREE
    const judged = uses.map(({ name, rate, subject }) => {
      const book = books.get(name) ?? createBook(rate, most)
      books.set(name, book)
      return { name, rate, subject, book, ...gcra(book.get(subject, now), now, rate) }
    })
    const waitMs = Math.max(...judged.map(each => each.waitMs))
    if (waitMs === 0) for (const { book, subject, tat } of judged) book.set(subject, tat)
    const standings = judged.map(({ name, rate, left, tat }) => ({ name, rate, left, resetMs: tat - now }))
    return { waitMs, standings }
  }
}

/** One time for each caller. */
interface Book {
  get(subject: string, now: number): number
  set(subject: string, tat: number): void
}

/**
 * Two maps, the younger written to. A time means nothing once a burst's worth has passed since it was written; so after as
 * long the older map holds nothing that counts, and is dropped whole: no sweep, and no timer.
 */
function createBook({ requests, perMs, burst }: Rate, most: number): Book {
  const window = (burst * perMs) / requests
  let young = new Map<string, number>()
  let old = new Map<string, number>()
  let since = Number.NEGATIVE_INFINITY
  const turn = (now: number): void => {
    old = young
    young = new Map()
    since = now
  }
  return {
    get(subject, now) {
      // Set back, the clock must not keep the maps from turning.
      if (now - since > window || now < since || young.size >= most) turn(now)
      return young.get(subject) ?? old.get(subject) ?? 0
    },
    set: (subject, tat) => void young.set(subject, tat),
  }
}
