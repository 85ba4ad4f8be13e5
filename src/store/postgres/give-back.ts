import type { Connection } from './connection.ts'
import type { Pool } from './pool.ts'

/** Gives a connection back once what was begun on it is over, with nothing left open. Answers why that failed, where it did. */
export async function giveBack(
  pool: Pool,
  connection: Connection,
  work: Promise<void>,
): Promise<{ readonly reason: unknown } | undefined> {
  const failed = await work.then(
    () => undefined,
    (reason: unknown) => ({ reason }),
  )
  if (failed !== undefined) await undo(connection)
  pool.give(connection)
  return failed
}

/**
 * Whoever takes the connection next begins anew; where nothing is open this is nothing. It is waited for, since with its answer all
 * are there: a statement that failed when it was to be prepared is taken for prepared until then.
 */
async function undo(connection: Connection): Promise<void> {
  if (connection.isOpen) await connection.control('rollback').catch(() => undefined)
}
