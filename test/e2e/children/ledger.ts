/**
 * Serves the ledger by orders of its parent (`soak/server.ts`), and ends with it. `POST /orders` is a page of the
 * application's: it writes in a transaction of its own.
 *
 * Arguments: the file.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { flushCompileCache } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../../../src/base/index.ts'
import { type App, serve } from '../../../src/runtimes/node/index.ts'
import { sqlite } from '../../../src/store/sqlite/index.ts'
import { type Aim, killedAt } from '../soak/aims.ts'
import { ledger, ORDERS, orderPaid } from '../soak/ledger.ts'
import type { Order } from '../soak/order.ts'

const [file = ''] = process.argv.slice(2)
let aheadMs = 0
let aim: Aim | undefined
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }

async function start(account: string): Promise<void> {
  const { app, url } = await serve(ledger, {
    store: killedAt(sqlite(file, { clock, patienceMs: 1_000 }), () => aim),
    port: 0,
    clock,
    egress: { open: ['loopback'] },
    log: { level: 'off' },
    application: (incoming, outgoing) => {
      if (incoming.url !== '/orders') return false
      void pay(app, account, incoming, outgoing)
      return true
    },
  })
  process.send?.({ url })
  // Who is killed does not come to it.
  flushCompileCache()
}

let own: DatabaseSync | undefined

async function pay(app: App, account: string, incoming: IncomingMessage, outgoing: ServerResponse) {
  let name = ''
  for await (const chunk of incoming) name += String(chunk)
  try {
    own ??= new DatabaseSync(file, { timeout: 50 })
    own.exec(ORDERS)
    own.exec('begin immediate')
    const { changes } = own.prepare('insert or ignore into orders (name) values (?)').run(name)
    if (changes === 1) app.emit(orderPaid, { name }, { tx: own, account })
    own.exec('commit')
    outgoing.writeHead(201).end('{}')
  } catch {
    if (own?.isTransaction) own.exec('rollback')
    outgoing.writeHead(503).end()
  }
}

process.on('message', (order: Order) => {
  if (order.aheadMs !== undefined) aheadMs = order.aheadMs
  if (order.aim !== undefined) aim = order.aim
  if (order.serve === undefined) process.send?.('heard')
  else {
    start(order.serve).catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  }
})
process.once('disconnect', () => process.exit())
