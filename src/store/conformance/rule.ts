import type { Store, Tx } from '../port.ts'

/** A store on a database of its own, empty at first. */
export interface Opened {
  readonly store: Store
  /** Opens the same database once more, as another process would. */
  again(): Promise<Store>
  /** Closes what was opened, if the test has not, and removes the database. */
  cleanup(): Promise<void>
}

/** A test on a fresh store that has the table `items (id text, n integer)`. Its title is the rule. */
export type Rule = (title: string, body: (opened: Opened) => Promise<void>) => void

export const insert = (tx: Tx, id: string, n = 0): Promise<number> =>
  tx.run('insert into items (id, n) values ($1, $2)', id, n)

/** Ids in order, as a unit sees them. */
export async function ids(store: Store): Promise<unknown[]> {
  const rows = await store.unit(tx => tx.all('select id from items order by id'))
  return rows.map(row => row['id'])
}
