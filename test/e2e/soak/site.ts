import { openApp } from '../../../src/app/index.ts'
import { storeAt } from '../../store-at.ts'
import { client } from '../client.ts'
import type { Database } from './database.ts'
import { EVENTS, ledger, ORDERS } from './ledger.ts'
import type { Order } from './order.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { createServers, type Server, type Servers } from './server.ts'

/** A database, its servers, and two receivers: one that is always well, and one that is not. */
export interface Site {
  readonly database: Database
  readonly account: string
  readonly key: string
  readonly servers: Servers
  /** Those that run. */
  readonly running: Server[]
  /** The one that something befalls, among them. */
  server: Server
  readonly steady: Receiver
  readonly wild: Receiver
  /** By the id of the webhook. */
  readonly receivers: ReadonlyMap<string, Receiver>
  /** How far their clocks are ahead. */
  aheadMs: number
  close(): Promise<void>
}

/** @param folder for what goes with it. */
export async function openSite(database: Database, folder: string): Promise<Site> {
  const { account, key } = await prepare(database)
  const servers = await createServers(database.location, folder)
  // An hour behind: a webhook is told of what happens after it was made, as the clock has it.
  const aheadMs = -3_600_000
  const running: Server[] = []
  while (running.length < database.servers) running.push(await servers.start({ serve: account, aheadMs }))
  const [server] = running as [Server]
  const [steady, wild] = await Promise.all([openReceiver(), openReceiver()])
  const send = client(server.url, key)
  const webhookOf = async ({ url }: Receiver): Promise<string> =>
    (await send('POST', '/v1/webhooks', { url, events: EVENTS })).body.id
  const receivers = new Map([
    [await webhookOf(steady), steady],
    [await webhookOf(wild), wild],
  ])
  let victim = server
  return {
    database,
    account,
    key,
    servers,
    running,
    get server() {
      return victim
    },
    set server(next) {
      if (!running.includes(next)) running[running.indexOf(victim)] = next
      victim = next
    },
    steady,
    wild,
    receivers,
    aheadMs,
    async close() {
      servers.close()
      await Promise.all([steady.close(), wild.close()])
    },
  }
}

async function prepare({
  location,
  all,
  countClaims,
}: Database): Promise<{ readonly account: string; readonly key: string }> {
  const app = await openApp(ledger, { store: storeAt(location), work: false, log: { level: 'off' } })
  const account = await app.accounts.create('soak')
  const { key } = await app.accounts.issueKey(account, 'soak')
  await app.close()
  await all(ORDERS)
  for (const statement of countClaims) await all(statement)
  return { account, key }
}

/** What a server of the site is told first. */
export const orderOf = ({ account, aheadMs }: Site): Order => ({ serve: account, aheadMs })

/** Moves the clocks of its servers, and of those to come. */
export async function leap(site: Site, ms: number): Promise<void> {
  site.aheadMs += ms
  await Promise.all(site.running.map(server => server.tell({ aheadMs: site.aheadMs })))
}

/** Deliveries whose claim lasts until after this time: under way, or left so by who died. */
export const inFlight = ({ database }: Site, after = 0): Promise<number> =>
  count(database, `select count(*) as n from signalbox_queue where sending = 1 and due_at > ${after}`)

/** What is still to be done: of the webhook, or of all, operations among it. */
export const openWork = ({ database }: Site, webhook?: string): Promise<number> =>
  count(
    database,
    `select (select count(*) from signalbox_deliveries
        where state = 'pending' and ${webhook === undefined ? 'true' : `webhook_id = '${webhook}'`})
      + (select count(*) from signalbox_events where dispatched = 0)
      + (select count(*) from signalbox_operations where settled_at is null) as n`,
  )

const count = async ({ all }: Database, sql: string): Promise<number> => Number((await all(sql))[0]?.['n'])
