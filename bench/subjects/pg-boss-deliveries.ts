import { PgBoss } from 'pg-boss'
import { CONCURRENCY, type Job, runDeliveries } from './delivering.ts'

const QUEUE = 'deliveries'
const WORKERS = 4
const AT_ONCE = 1000

const boss = new PgBoss({
  connectionString: process.env['DATABASE_URL'] ?? '',
  schedule: false,
  supervise: false,
})
boss.on('error', error => {
  throw error
})
await boss.start()
await boss.createQueue(QUEUE)

await runDeliveries({
  async fill(jobs) {
    for (let from = 0; from < jobs.length; from += AT_ONCE) {
      await boss.insert(
        QUEUE,
        jobs.slice(from, from + AT_ONCE).map(data => ({ data })),
      )
    }
  },
  async work(count, deliver) {
    let settled = 0
    const enough = Promise.withResolvers<void>()
    // Batches, taken one after the other without a pause while they come back full, and each job's own outcome stored.
    const options = {
      batchSize: CONCURRENCY,
      localConcurrency: WORKERS,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: 0.5,
      perJobResults: true,
    } as const
    await boss.work<Job, unknown, typeof options>(QUEUE, options, async jobs => {
      const results = await Promise.all(
        jobs.map(async ({ id, data }) => ({ id, status: 'completed' as const, output: await deliver(data) })),
      )
      settled += jobs.length
      if (settled === count) enough.resolve()
      return results
    })
    await enough.promise
    await boss.offWork(QUEUE, { wait: true })
  },
  close: () => boss.stop({ graceful: true }),
})
