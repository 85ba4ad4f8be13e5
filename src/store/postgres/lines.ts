import type { Transaction } from './transaction.ts'

/** Units that share a transaction, at most. */
export const MOST = 64
/** How many units of a line run in savepoints after one that could not be undone without its neighbours. */
export const CAREFUL_UNITS = 1_000
/** How many units of a line share no transaction with those of others, after one that has failed. */
export const APART_UNITS = 128

/** A unit of work that is yet to run, or to run again. */
export interface Waiting {
  run(transaction: Transaction): Promise<Ending>
  reject(error: unknown): void
  /** On `clock.elapsed`. */
  readonly since: number
  /** How often it has run for nothing. */
  again: number
  /** It may run interleaved with others of its kind. */
  adds: boolean
  /** It finds rows by indexes alone. */
  readonly keyed: boolean
}

export interface Ending {
  /** Tells the caller; not before the commit. */
  answer(): void
  /** Why the unit was undone, where it was. */
  readonly failed?: { readonly error: unknown }
}

/** A unit of a transaction. */
export interface Ran {
  readonly one: Waiting
  ending: Ending | undefined
}

/** The units of one scope. */
export interface Line {
  /** Empty: its units run beside none. */
  readonly scope: string
  readonly queue: Waiting[]
  running: boolean
  /** How many of the next units run in savepoints. */
  careful: number
  /** How many of the next units share no transaction with those of other lines. */
  apart: number
}

/** What a line has in a transaction that it shares with others. */
export interface Share {
  readonly line: Line
  readonly batch: Ran[]
}

export const createLine = (scope: string): Line => ({
  scope,
  queue: [],
  running: false,
  careful: 0,
  apart: 0,
})

/** Whether what comes next in it may share a transaction with what comes next in others. */
export const mayShare = ({ scope, queue, apart }: Line): boolean =>
  scope !== '' && apart === 0 && queue[0]?.adds === true

/** Takes those at its head that may run at once, at most so many. */
export function takeAdding({ queue }: Line, most: number): Ran[] {
  const others = queue.findIndex(({ adds }) => !adds)
  return queue.splice(0, Math.min(others === -1 ? queue.length : others, most)).map(ranOf)
}

/**
 * Takes what is to share the next transaction: one unit of each line, then one more of each, so that who has many makes nobody wait.
 * Lines for which there is no room stay, before those that come later.
 */
export function takeShares(lines: Set<Line>, most: number): Share[] {
  const shares = [...lines].slice(0, most).map((line): Share => ({ line, batch: [] }))
  for (const { line } of shares) lines.delete(line)
  let room = most
  for (let open = shares; room > 0 && open.length > 0; ) {
    open = open.filter(({ line }) => line.queue[0]?.adds === true).slice(0, room)
    for (const { line, batch } of open) batch.push(...line.queue.splice(0, 1).map(ranOf))
    room -= open.length
  }
  return shares
}

/** What has come into a line while it shared: where something else waits behind units that add, it waits for no other line again. */
export function setApart(line: Line): void {
  const others = line.queue.findIndex(({ adds }) => !adds)
  if (others > 0) line.apart = others
}

export const ranOf = (one: Waiting): Ran => ({ one, ending: undefined })
