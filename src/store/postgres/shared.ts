import type { Random } from '../../base/index.ts'
import type { Commit } from './commit.ts'
import type { Connection } from './connection.ts'
import { isDisconnected } from './failure.ts'
import { giveBack } from './give-back.ts'
import type { Inserts } from './inserts.ts'
import { hasFailed, interleave, isForeign, isUndone } from './interleave.ts'
import {
  APART_UNITS,
  CAREFUL_UNITS,
  type Line,
  MOST,
  type Ran,
  type Share,
  setApart,
  takeShares,
} from './lines.ts'
import type { Pool } from './pool.ts'
import { beforeReconnecting } from './reconnect.ts'
import { lockOfSeveral } from './scope.ts'
import { openTransaction } from './transaction.ts'

// Transactions that several lines share. Each is a try: where it comes to nothing, for whatever reason, its lines run what they had in it
// by themselves, and find out there what is to be told to whom.

export interface Sharing {
  /** The next transaction that is shared is for this line too, or the one after it. */
  add(line: Line): void
}

export interface SharingOptions {
  readonly pool: Pool
  readonly random: Random
  readonly inserts: Inserts
  readonly commit: Commit
  /** Tells what became of units. */
  answer(batch: readonly Ran[]): void
  /** A line that was running is free. */
  end(line: Line): void
}

/**
 * How long such a transaction waits for a lock, and the next one for it. Longer than another process has its own, as a rule: who gives up
 * then has done all of it for nothing, and so have both.
 */
const PATIENCE_MS = 100

export function createSharing({ pool, random, inserts, commit, answer, end }: SharingOptions): Sharing {
  /** Lines that wait, those first that have waited longest. */
  const waiting = new Set<Line>()
  let gathering = false

  /**
   * One after another: what is asked for while one runs and commits shares the next, which is cheaper than two. One that takes long
   * is not waited for.
   */
  async function gather(): Promise<void> {
    if (gathering) return
    gathering = true
    while (waiting.size > 0) {
      const connection = await pool.take().catch(() => undefined)
      const shares = takeShares(waiting, MOST)
      for (const { line } of shares) line.running = true
      if (connection === undefined) for (const one of shares) fallBack(one)
      else await atMost(PATIENCE_MS, share(connection, shares))
    }
    gathering = false
  }

  async function share(connection: Connection, shares: readonly Share[]): Promise<void> {
    const batch = shares.flatMap(each => each.batch)
    const failed = await giveBack(pool, connection, runShared(connection, shares, batch))
    if (failed !== undefined) {
      if (isDisconnected(failed.reason)) await beforeReconnecting(random)
      for (const one of shares) fallBack(one)
      return
    }
    answer(batch)
    for (const { line } of shares) {
      setApart(line)
      end(line)
    }
  }

  async function runShared(
    connection: Connection,
    shares: readonly Share[],
    batch: readonly Ran[],
  ): Promise<void> {
    const transaction = openTransaction(connection, inserts)
    // Of whatever statement: what one scope waits for, others are not to wait for.
    transaction.say(`begin; set local lock_timeout = ${PATIENCE_MS}`)
    const { text, values } = lockOfSeveral(shares.map(({ line }) => line.scope))
    transaction.say(text, values)
    await interleave(transaction, batch)
    if (batch.some(isUndone)) throw new Error('a unit of it has failed')
    await commit(connection, transaction, batch.length)
  }

  function fallBack({ line, batch }: Share): void {
    const over = batch.filter(isForeign)
    const again = batch.filter(ran => !over.includes(ran)).map(({ one }) => one)
    const isItsFault = batch.some(hasFailed)
    line.apart = isItsFault ? APART_UNITS : again.length
    if (isItsFault) {
      line.careful = CAREFUL_UNITS
      for (const one of again) one.adds = false
    }
    line.queue.unshift(...again)
    answer(over)
    end(line)
  }

  return {
    add(line) {
      waiting.add(line)
      void gather()
    },
  }
}

/** Resolves as the work does, or when so much time has passed. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
}
