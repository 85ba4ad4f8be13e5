/**
 * Serves the ledger by orders of its parent (`soak/server.ts`), and ends with it. `POST /orders` is a page of the
 * application's: it writes in a transaction of its own, where the store knows one (`soak/paying.ts`).
 *
 * Arguments: where the database is.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { flushCompileCache } from 'node:module'
import { systemClock } from '../../../src/base/index.ts'
import { serve } from '../../../src/runtimes/node/index.ts'
import { isPostgres, storeAt } from '../../store-at.ts'
import { type Aim, killedAt } from '../soak/aims.ts'
import { ledger } from '../soak/ledger.ts'
import type { Order } from '../soak/order.ts'
import { type Pay, payer } from '../soak/paying.ts'

const [location = ''] = process.argv.slice(2)
/** Shorter than the lock of the file is held at the longest, so that some are refused; a database that restarts takes its time. */
const PATIENCE_MS = isPostgres(location) ? 5_000 : 1_000
let aheadMs = 0
let aim: Aim | undefined
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }

async function start(account: string): Promise<void> {
  const { app, url } = await serve(ledger, {
    store: killedAt(storeAt(location, { clock, patienceMs: PATIENCE_MS }), () => aim),
    port: 0,
    clock,
    egress: { open: ['loopback'] },
    log: { level: 'off' },
    application: (incoming, outgoing) => {
      if (incoming.url !== '/orders') return false
      void take(pay, incoming, outgoing)
      return true
    },
  })
  const pay = payer(location, app, account)
  process.send?.({ url })
  // Who is killed does not come to it.
  flushCompileCache()
}

async function take(pay: Pay, incoming: IncomingMessage, outgoing: ServerResponse) {
  let name = ''
  for await (const chunk of incoming) name += String(chunk)
  try {
    await pay(name)
    outgoing.writeHead(201).end('{}')
  } catch {
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
