// The limit: each event is posted in the moment in which it happens, and nothing is on disk.
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { CONCURRENCY, environment } from './delivering.ts'

const [rate, seconds] = ['RATE', 'SECONDS'].map(name => Number(environment(name))) as [number, number]
const pool = new Pool(environment('TARGET'), { connections: CONCURRENCY, pipelining: 1 })

async function post(measured: boolean): Promise<void> {
  const emitted = measured ? String(process.hrtime.bigint()) : '0'
  const body = JSON.stringify({ type: 'thing.happened', data: { emitted, text: 'x'.repeat(500) } })
  const response = await pool.request({ path: '/hook', method: 'POST', body })
  await response.body.dump()
}

async function postFor(ms: number, measured: boolean): Promise<number> {
  const started = performance.now()
  const underWay: Promise<void>[] = []
  let posted = 0
  for (let gone = 0; gone < ms; gone = performance.now() - started) {
    for (; posted < (gone / 1_000) * rate; posted++) underWay.push(post(measured))
    await pause(1)
  }
  await Promise.all(underWay)
  return posted
}

await postFor(3_000, false)
console.log(`DONE ${JSON.stringify({ emitted: await postFor(seconds * 1_000, true) })}`)
await pool.close()
