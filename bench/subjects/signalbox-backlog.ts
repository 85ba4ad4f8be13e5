// WAITING deliveries wait at 100 webhooks. Prints what claiming and settling costs, and how much memory is used.
import { join } from 'node:path'
import { systemClock } from '../../src/base/index.ts'
import { migrate } from '../../src/store/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { claimDeliveries } from '../../src/webhooks/claim.ts'
import { refreshLane } from '../../src/webhooks/lanes.ts'
import { leaveQueue } from '../../src/webhooks/queue.ts'
import { environment } from './delivering.ts'
import { SECRET } from './signing.ts'

const waiting = Number(environment('WAITING'))
const WEBHOOKS = 100
const store = await sqlite(join(environment('DATA'), 'signalbox.db'))()
await migrate(store)

const at = new Date(0).toISOString()
await store.unit(async tx => {
  await tx.run(
    `insert into signalbox_accounts (id, name, mode, created_at) values ('acc_1', 'bench', 'live', $1)`,
    at,
  )
  for (let i = 0; i < WEBHOOKS; i++) {
    await tx.run(
      `insert into signalbox_webhooks (id, account_id, url, events, method, format, signature, paused, concurrency, state,
        metadata, headers, secret, sealed_by, created_at)
       values ($1, 'acc_1', 'http://127.0.0.1:9/', '[]', 'POST', 'json', 'standard', 0, 8, 'active', '{}', '[]', $2, 'none', $3)`,
      `whk_${i}`,
      SECRET,
      at,
    )
    await tx.run(
      `insert into signalbox_lanes (webhook_id, ready_at, held, stopped, slow, answering, rate_at, window_attempts,
        window_failures, probes) values ($1, 0, 0, 0, 0, 1, 0, 0, 0, 0)`,
      `whk_${i}`,
    )
  }
})
const PART = 10_000
for (let from = 0; from < waiting; from += PART) {
  await store.unit(async tx => {
    const count = Math.min(PART, waiting - from)
    await tx.run(
      `with recursive n (i) as (select cast($1 as integer) union all select i + 1 from n where i + 1 < $2)
       insert into signalbox_deliveries (id, account_id, webhook_id, event_id, event_type, format, state, attempt_count,
         created_at, next_attempt_at)
       select 'dlv_' || (1000000000 + i), 'acc_1', 'whk_' || (i % ${WEBHOOKS}), 'evt_' || (1000000000 + i), 'thing.happened',
         'json', 'pending', 0, $3, $3 from n`,
      from,
      from + count,
      at,
    )
    await tx.run(
      `with recursive n (i) as (select cast($1 as integer) union all select i + 1 from n where i + 1 < $2)
       insert into signalbox_queue (webhook_id, sending, due_at, delivery_id, fence)
       select 'whk_' || (i % ${WEBHOOKS}), 0, i, 'dlv_' || (1000000000 + i), 0 from n`,
      from,
      from + count,
    )
    await tx.run(
      `with recursive n (i) as (select cast($1 as integer) union all select i + 1 from n where i + 1 < $2)
       insert into signalbox_payloads (event_id, format, body) select 'evt_' || (1000000000 + i), 'json', '{"id":1}' from n`,
      from,
      from + count,
    )
  })
}

const SETTLE = `update signalbox_deliveries set state = 'delivered', next_attempt_at = null, settled_at = $2 where id = $1`
const room = { fast: 64, slow: 0 }

/** Claims and settles until so many are done; answers microseconds of the processor for each. */
async function claimSome(count: number): Promise<number> {
  const before = process.cpuUsage()
  let done = 0
  while (done < count) {
    const jobs = await store.unit(tx => claimDeliveries(tx, room, systemClock.now(), () => undefined))
    await store.unit(async tx => {
      await leaveQueue(tx, jobs)
      for (const { id } of jobs) await tx.run(SETTLE, id, at)
      for (const webhook of new Set(jobs.map(job => job.webhook))) await refreshLane(tx, webhook)
    })
    if (jobs.length === 0) throw new Error('nothing is due')
    done += jobs.length
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / done
}

await claimSome(300)
const cost = await claimSome(600)
console.log(`DONE ${JSON.stringify({ cost, memory: process.memoryUsage.rss() / 2 ** 20 })}`)
await store.close()
