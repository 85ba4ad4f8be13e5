// Events at an even rate, each for another of many webhooks, some of whose receivers never answer.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { api, event } from '../../src/index.ts'
import { openApp } from '../../src/runtimes/node/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { environment } from './delivering.ts'
import { SECRET } from './signing.ts'

const happened = event('thing.happened', z.object({ emitted: z.string(), text: z.string() }))
const definition = api({ title: 'Fleet', version: '1', events: [happened] })
const [webhooks, hanging, rate, seconds] = ['WEBHOOKS', 'HANGING', 'RATE', 'SECONDS'].map(name =>
  Number(environment(name)),
) as [number, number, number, number]
const target = environment('TARGET')

const app = await openApp(definition, {
  store: sqlite(join(environment('DATA'), 'signalbox.db')),
  egress: { open: ['loopback'] },
})
const owner = await app.accounts.create('bench')

const ACCOUNT = `insert into signalbox_accounts (id, name, mode, created_at) values ($1, $1, 'live', $2)`
const WEBHOOK = `insert into signalbox_webhooks (id, account_id, url, events, method, format, signature, paused, concurrency,
  state, metadata, headers, secret, sealed_by, created_at)
  values ($1, $2, $3, $4, 'POST', 'json', 'standard', 0, $5, 'active', '{}', '[]', $6, 'none', $7)`
const LANE = `insert into signalbox_lanes (webhook_id, held, stopped, slow, answering, rate_at, window_attempts,
  window_failures, probes) values ($1, 0, 0, 0, 0, 0, 0, 0, 0)`
/** One that has all events to itself may have more of them under way. */
const concurrency = webhooks === 1 ? 64 : 4

const accounts = Array.from({ length: webhooks }, (_, i) => `acc_${i}`)
for (let from = 0; from < webhooks; from += 200) {
  await app.unit(owner, async ({ sql, now }) => {
    for (const account of accounts.slice(from, from + 200)) {
      const number = Number(account.slice('acc_'.length))
      const url = `${target}/${number % 100 < hanging ? 'hang' : 'hook'}/${number}`
      const webhook = `whk_${number}`
      const at = now.toISOString()
      await sql.run(ACCOUNT, account, at)
      await sql.run(WEBHOOK, webhook, account, url, `["${happened.name}"]`, concurrency, SECRET, at)
      await sql.run(LANE, webhook)
    }
  })
}

/** A stride that comes to all, neighbours far from each other. */
const STRIDE = 7_919
let next = 0
async function emit(measured: boolean): Promise<void> {
  next = (next + STRIDE) % webhooks
  const emitted = measured ? String(process.hrtime.bigint()) : '0'
  await app.unit(accounts[next] ?? owner, async call => {
    call.emit(happened, { emitted, text: 'x'.repeat(500) })
  })
}

/** What falls behind is made up for, so that the rate holds whatever a turn takes. */
async function emitFor(ms: number, measured: boolean): Promise<number> {
  const started = performance.now()
  const underWay: Promise<void>[] = []
  let emitted = 0
  for (let gone = 0; gone < ms; gone = performance.now() - started) {
    for (; emitted < (gone / 1_000) * rate; emitted++) underWay.push(emit(measured))
    await pause(1)
  }
  await Promise.all(underWay)
  return emitted
}

await emitFor(3_000, false)
const emitted = await emitFor(seconds * 1_000, true)
// What is still on its way.
await pause(2_000)
console.log(`DONE ${JSON.stringify({ emitted })}`)
process.exit(0)
