import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { CONCURRENCY, type Job, runDeliveries } from './delivering.ts'

const connectionString = process.env['DATABASE_URL'] ?? ''
const logger = new Logger(() => () => {})
const utils = await makeWorkerUtils({ connectionString, logger })
await utils.migrate()

// The batching that its page on performance measures with.
const preset = {
  worker: {
    connectionString,
    logger,
    concurrentJobs: CONCURRENCY,
    maxPoolSize: 10,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
}

const AT_ONCE = 1000

await runDeliveries({
  async fill(jobs) {
    for (let from = 0; from < jobs.length; from += AT_ONCE) {
      await utils.addJobs(
        jobs
          .slice(from, from + AT_ONCE)
          .map(job => ({ identifier: 'deliver', payload: job, maxAttempts: 8 })),
      )
    }
  },
  async work(count, deliver) {
    // It keeps no results: the outcome that it records is that the job is done, by deleting it.
    const runner = await run({
      preset,
      noHandleSignals: true,
      taskList: { deliver: async payload => void (await deliver(payload as Job)) },
    })
    await new Promise<void>((resolve, reject) => {
      let done = 0
      runner.events.on('job:success', () => {
        done++
        if (done === count) resolve()
      })
      runner.events.on('job:error', ({ error }) => reject(error))
    })
    await runner.stop()
  },
  close: async () => utils.release(),
})
