import { gcra, type Rate, type Standing, windowOf } from '../http/index.ts'
import { createRecent, type Recent } from './recent.ts'

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
 * Counts requests. Where one of the rates refuses, none of them counts the request. One that counts in this process alone
 * answers at once.
 */
export type Limiter = (uses: readonly Use[], now: number) => Decision | Promise<Decision>

const FREE: Decision = { waitMs: 0, standings: [] }

/**
 * Counts in the memory of this process: several processes allow a rate each.
 *
 * @param most how many callers of one rate are remembered at least: of more than twice as many, the oldest are forgotten.
 */
export function createLimiter(most = 100_000): (...uses: Parameters<Limiter>) => Decision {
  const books = new Map<string, Recent<number>>()
  return (uses, now) => {
    if (uses.length === 0) return FREE
    const judged = uses.map(({ name, rate, subject }) => {
      // A time means nothing once a burst's worth has passed since it was written.
      const book = books.get(name) ?? createRecent<number>(windowOf(rate), most)
      books.set(name, book)
      return { name, rate, subject, book, ...gcra(book.get(subject, now) ?? 0, now, rate) }
    })
    const waitMs = Math.max(...judged.map(each => each.waitMs))
    if (waitMs === 0) for (const { book, subject, tat } of judged) book.set(subject, tat)
    const standings = judged.map(({ name, rate, left, tat }) => ({ name, rate, left, resetMs: tat - now }))
    return { waitMs, standings }
  }
}
