import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openApp } from '../../../src/app/index.ts'
import { sqlite } from '../../../src/store/sqlite/index.ts'
import { client } from '../client.ts'
import { EVENTS, ledger, ORDERS } from './ledger.ts'
import type { Order } from './order.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { createServers, type Server, type Servers } from './server.ts'

/** A database, its server, and two receivers: one that is always well, and one that is not. */
export interface Site {
  readonly file: string
  readonly account: string
  readonly key: string
  readonly servers: Servers
  server: Server
  readonly steady: Receiver
  readonly wild: Receiver
  /** By the id of the webhook. */
  readonly receivers: ReadonlyMap<string, Receiver>
  /** How far its clock is ahead. */
  aheadMs: number
  close(): Promise<void>
}

export async function openSite(folder: string): Promise<Site> {
  const file = join(folder, 'ledger.db')
  const { account, key } = await prepare(file)
  const servers = await createServers(file)
  // An hour behind: a webhook is told of what happens after it was made, as the clock has it.
  const aheadMs = -3_600_000
  const server = await servers.start({ serve: account, aheadMs })
  const [steady, wild] = await Promise.all([openReceiver(), openReceiver()])
  const send = client(server.url, key)
  const webhookOf = async ({ url }: Receiver): Promise<string> =>
    (await send('POST', '/v1/webhooks', { url, events: EVENTS })).body.id
  const receivers = new Map([
    [await webhookOf(steady), steady],
    [await webhookOf(wild), wild],
  ])
  return {
    file,
    account,
    key,
    servers,
    server,
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

async function prepare(file: string): Promise<{ readonly account: string; readonly key: string }> {
  const app = await openApp(ledger, { store: sqlite(file), work: false, log: { level: 'off' } })
  const account = await app.accounts.create('soak')
  const { key } = await app.accounts.issueKey(account, 'soak')
  await app.close()
  using db = new DatabaseSync(file)
  db.exec(ORDERS)
  return { account, key }
}

/** What a server of the site is told first. */
export const orderOf = ({ account, aheadMs }: Site): Order => ({ serve: account, aheadMs })

/** Moves the clock of its server, and of those to come. */
export function leap(site: Site, ms: number): Promise<void> {
  site.aheadMs += ms
  return site.server.tell({ aheadMs: site.aheadMs })
}

/** Deliveries whose claim lasts until after this time: under way, or left so by who died. */
export function inFlight({ file }: Site, after = 0): number {
  using db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  const row = db
    .prepare(
      `select count(*) as n from signalbox_deliveries where state = 'pending' and due_at > ? and next_attempt_at is null`,
    )
    .get(after)
  return Number(row?.['n'])
}

/** What is still to be done: of the webhook, or of all, operations among it. */
export function openWork({ file }: Site, webhook?: string): number {
  using db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  const row = db
    .prepare(
      `select (select count(*) from signalbox_deliveries where state = 'pending' and webhook_id = coalesce($webhook, webhook_id))
        + (select count(*) from signalbox_events where dispatched = 0)
        + (select count(*) from signalbox_operations where settled_at is null) as n`,
    )
    .get({ webhook: webhook ?? null })
  return Number(row?.['n'])
}
