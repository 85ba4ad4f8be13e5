import type { Aim, Moment } from './aims.ts'
import type { StoreTrouble } from './database.ts'
import type { Mood } from './receiver.ts'

/** What befalls the server before it is killed. */
export type Trouble =
  /** Stopped for as long, then going on. */
  | { readonly kind: 'stopped'; readonly ms: number }
  /** The database's own, of this size. */
  | { readonly kind: 'store'; readonly of: StoreTrouble; readonly size: number }
  /** Its clock is moved, to be so far ahead. */
  | { readonly kind: 'clock'; readonly aheadMs: number }
  /** One of its receivers changes. */
  | { readonly kind: 'receiver'; readonly mood: Mood }
  /** It is told to end, and another takes its place. */
  | { readonly kind: 'ended' }
  /** Stopped for longer than its leases last, while another works; then both do. */
  | { readonly kind: 'overslept' }

/** From one kill to the next. */
export interface Round {
  readonly trouble: Trouble | undefined
  /** How long it lives with it. */
  readonly liveMs: number
  /** At which moment it dies; undefined: at any. */
  readonly aim: Aim | undefined
}

const HOUR = 3_600_000
const MOMENTS: readonly Moment[] = ['answer', 'send', 'settle']
const MOODS: readonly Mood[] = ['well', 'well', 'fails', 'hangs', 'dead']
/** So many rounds lie between two that take longer than a lease. */
const OVERSLEPT_EVERY = 250

/** And so many between two in which nobody is killed for longer than that: what the last one left must come. */
const REST_EVERY = 100
const REST_MS = 36_000

/** What befalls the server in the round of this number. The same random numbers give the same. */
export function planRound(number: number, random: () => number, own: readonly StoreTrouble[]): Round {
  const between = (least: number, most: number): number => least + random() * (most - least)
  const one = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const troubles: readonly (() => Trouble)[] = [
    () => ({ kind: 'stopped', ms: between(20, 300) }),
    ...own.map(of => () => ({ kind: 'store', of, size: random() }) as const),
    () => ({ kind: 'clock', aheadMs: one([-HOUR, 0, HOUR]) }),
    () => ({ kind: 'receiver', mood: one(MOODS) }),
    () => ({ kind: 'receiver', mood: one(MOODS) }),
    () => ({ kind: 'ended' }),
  ]
  const isLong = number % OVERSLEPT_EVERY === OVERSLEPT_EVERY / 2 - 1
  const trouble = isLong ? ({ kind: 'overslept' } as const) : random() < 0.6 ? one(troubles)() : undefined
  const isRest = number % REST_EVERY === REST_EVERY - 1
  const isAimed = random() < 0.5
  const aim = isAimed ? { moment: one(MOMENTS), after: Math.floor(between(0, 6)) } : undefined
  return { trouble, liveMs: isRest ? REST_MS : between(30, 500), aim }
}
