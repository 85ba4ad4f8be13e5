// The limit: jobs and outcomes in memory. Whoever ends this process loses them.
import { CONCURRENCY, type Job, type Outcome, runDeliveries } from './delivering.ts'

const waiting: Job[] = []
const outcomes = new Map<string, Outcome>()

await runDeliveries({
  async fill(jobs) {
    waiting.push(...jobs)
  },
  async work(_count, deliver) {
    const lane = async (): Promise<void> => {
      for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) {
        outcomes.set(job.id, await deliver(job))
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, lane))
  },
  async close() {},
})
