/**
 * Serves the library until its input ends or it is killed. Prints the address; then, for each line of input, the bytes that are resident and
 * those that are held after collecting garbage, and the milliseconds of CPU that it has used.
 *
 * Arguments: the file, the port. Needs --expose-gc.
 */
import { createInterface } from 'node:readline'
import { serve } from '../../../src/runtimes/node/index.ts'
import { storeAt } from '../../store-at.ts'
import { library } from '../library.ts'

const [file = '', port = '0'] = process.argv.slice(2)
const serving = await serve(library, {
  store: storeAt(file),
  port: Number(port),
  signals: false,
  limits: { streams: 1_500, accountStreams: 1_500 },
})
console.log(JSON.stringify({ url: serving.url }))
for await (const _ of createInterface({ input: process.stdin })) {
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  console.log(JSON.stringify({ rss, held: heapUsed + external, cpuMs: (user + system) / 1000 }))
}
await serving.close()
