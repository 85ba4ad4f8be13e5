// WAITING deliveries wait at 100 webhooks. Prints what claiming and settling costs, and how much memory is used.
import { join } from 'node:path'
import { systemClock } from '../../src/base/index.ts'
import { migrate } from '../../src/store/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { claimDeliveries } from '../../src/webhooks/claim.ts'
import { refreshLane } from '../../src/webhooks/lanes.ts'
import { leaveQueue } from '../../src/webhooks/queue.ts'
import { environment } from './delivering.ts'
import { fillQueue } from './waiting.ts'

const waiting = Number(environment('WAITING'))
const store = await sqlite(join(environment('DATA'), 'signalbox.db'))()
await migrate(store)

const at = new Date(0).toISOString()
await fillQueue(work => store.unit(work), waiting, 'http://127.0.0.1:9/')

const SETTLE = `update signalbox_deliveries set state = 'delivered', next_attempt_at = null, settled_at = $2 where id = $1`
const room = { fast: 64, slow: 0, ahead: 0 }
const noneHeld = () => ({ claims: 0, attemptMs: undefined })

/** Claims and settles until so many are done; answers microseconds of the processor for each. */
async function claimSome(count: number): Promise<number> {
  const before = process.cpuUsage()
  let done = 0
  while (done < count) {
    const jobs = await store.unit(tx =>
      claimDeliveries(tx, room, noneHeld, systemClock.now(), () => undefined),
    )
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
