import { Queue, Worker } from 'bullmq'
import { CONCURRENCY, type Job, runDeliveries } from './delivering.ts'

const connection = { host: '127.0.0.1', port: Number(process.env['REDIS_PORT']), maxRetriesPerRequest: null }
const queue = new Queue<Job>('deliveries', { connection })

const AT_ONCE = 1000

await runDeliveries({
  async fill(jobs) {
    for (let from = 0; from < jobs.length; from += AT_ONCE) {
      await queue.addBulk(jobs.slice(from, from + AT_ONCE).map(job => ({ name: 'deliver', data: job })))
    }
  },
  async work(count, deliver) {
    // What the worker returns is stored with the job: its outcome.
    const worker = new Worker<Job>('deliveries', job => deliver(job.data), {
      connection,
      concurrency: CONCURRENCY,
      autorun: false,
    })
    await worker.waitUntilReady()
    await new Promise<void>((resolve, reject) => {
      let recorded = 0
      worker.on('completed', () => {
        recorded++
        if (recorded === count) resolve()
      })
      worker.on('failed', (_job, error) => reject(error))
      worker.on('error', reject)
      worker.run().catch(reject)
    })
    await worker.close()
  },
  close: () => queue.close(),
})
