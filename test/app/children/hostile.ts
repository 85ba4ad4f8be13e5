/**
 * Serves the library until its input ends. Prints the address and a key; then, for each line of input, the bytes that are
 * resident and those that are held after collecting garbage, and since the line before the longest turn of the event loop
 * and the time that its thread was on a processor, in milliseconds.
 *
 * Argument: the file. Needs --expose-gc.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { serve } from '../../../src/runtimes/node/index.ts'
import { storeAt } from '../../store-at.ts'
import { library } from '../library.ts'

const [file = ''] = process.argv.slice(2)
const serving = await serve(library, { store: storeAt(file), port: 0, signals: false })
const account = await serving.app.accounts.create('hostile')
const { key } = await serving.app.accounts.issueKey(account, 'test')
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
console.log(JSON.stringify({ url: serving.url, key }))
let used = process.threadCpuUsage()
for await (const _ of createInterface({ input: process.stdin })) {
  const stallMs = delay.max / 1e6
  const { user, system } = process.threadCpuUsage(used)
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  console.log(JSON.stringify({ rss, held: heapUsed + external, stallMs, busyMs: (user + system) / 1000 }))
  delay.reset()
  used = process.threadCpuUsage()
}
await serving.close()
