import type { Clock, Random } from '../../base/index.ts'
import { StoreBusy } from '../errors.ts'
import type { Connection } from './connection.ts'
import { isDisconnected } from './failure.ts'
import type { Pool } from './pool.ts'
import { beforeReconnecting } from './reconnect.ts'
import { OUTCOME, type Transaction } from './transaction.ts'

/** Commits what several units did. Rejects where nothing of it is left. */
export type Commit = (connection: Connection, transaction: Transaction, units: number) => Promise<void>

export interface CommitOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly random: Random
  /** Called after every commit of something, with how many units shared it and how long it took. */
  onCommit(units: number, seconds: number): void
}

/** A server that restarts is asked again for as long. */
const OUTCOME_MS = 60_000

export function createCommit({ pool, clock, random, onCommit }: CommitOptions): Commit {
  /** Asks the server what became of a transaction whose end nobody has heard of. */
  async function hasCommitted(id: string): Promise<boolean> {
    const end = clock.elapsed() + OUTCOME_MS
    for (;;) {
      try {
        // All of the pool may be waiting for the same.
        const connection = await pool.makeApart()
        try {
          const { rows } = await connection.query(OUTCOME, [id])
          const outcome = rows[0]?.['outcome']
          if (outcome !== 'in progress') return outcome === 'committed'
        } finally {
          connection.close().catch(() => undefined)
        }
      } catch (error) {
        if (!isDisconnected(error)) throw error
      }
      if (clock.elapsed() > end) throw new StoreBusy(OUTCOME_MS)
      await beforeReconnecting(random)
    }
  }
  return async (connection, transaction, units) => {
    transaction.send()
    const begun = clock.elapsed()
    let id: string | undefined
    try {
      id = await transaction.id
      const { command } = await connection.control('commit')
      // So it ends a transaction of which a statement has failed, without an error.
      if (command !== 'COMMIT') throw new Error('the transaction had failed before its end')
    } catch (error) {
      if (id === undefined || !isDisconnected(error) || !(await hasCommitted(id)))
        throw transaction.failure ?? error
    }
    if (id !== undefined) onCommit(units, (clock.elapsed() - begun) / 1_000)
  }
}
