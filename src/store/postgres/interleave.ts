import { ForeignAwait } from '../errors.ts'
import { isAftermath } from './failure.ts'
import type { Ran } from './lines.ts'
import type { Transaction } from './transaction.ts'

/**
 * Runs units at once: the server has something to do while each makes up its next statement. Rejects where the transaction has
 * failed, and nothing is known of any of them.
 */
export async function interleave(transaction: Transaction, batch: readonly Ran[]): Promise<void> {
  const endings = await Promise.all(batch.map(({ one }) => one.run(transaction)))
  if (transaction.isLost || transaction.failure !== undefined) {
    const failed = endings.find(({ failed }) => failed !== undefined)?.failed
    throw transaction.failure ?? failed?.error ?? new Error('Connection terminated')
  }
  for (const [i, ran] of batch.entries()) ran.ending = endings[i]
}

export const isUndone = ({ ending }: Ran): boolean => ending?.failed !== undefined

/** By itself, and not because another that ran beside it has failed. */
export const hasFailed = ({ ending }: Ran): boolean =>
  ending?.failed !== undefined && !isAftermath(ending.failed.error)

/** It is not run again: what it waited for would be done twice. */
export const isForeign = ({ ending }: Ran): boolean => ending?.failed?.error instanceof ForeignAwait
