import { DatabaseSync } from 'node:sqlite'
import type { App } from '../../../src/runtimes/node/index.ts'
import { isPostgres, type Location } from '../../store-at.ts'
import { ORDERS, orderPaid } from './ledger.ts'

/** Stores an order and its event, once for each name. Rejects where nothing of it is there, or where that is not known. */
export type Pay = (name: string) => Promise<void>

/** Within the application's own transaction, on its own connection; on PostgreSQL, where there is none yet, in a unit. */
export const payer = (location: Location, app: App, account: string): Pay =>
  isPostgres(location) ? payInUnit(app, account) : payByOwn(location, app, account)

const payInUnit =
  (app: App, account: string): Pay =>
  name =>
    app.unit(account, async ({ sql, emit }) => {
      const added = await sql.run('insert into orders (name) values ($1) on conflict do nothing', name)
      if (added === 1) emit(orderPaid, { name })
    })

function payByOwn(file: string, app: App, account: string): Pay {
  let own: DatabaseSync | undefined
  return async name => {
    try {
      own ??= new DatabaseSync(file, { timeout: 50 })
      own.exec(ORDERS)
      own.exec('begin immediate')
      const { changes } = own.prepare('insert or ignore into orders (name) values (?)').run(name)
      if (changes === 1) app.emit(orderPaid, { name }, { tx: own, account })
      own.exec('commit')
    } catch (error) {
      if (own?.isTransaction) own.exec('rollback')
      throw error
    }
  }
}
