/**
 * Serves the library until its input ends, and lists what was loaded for it. Prints the address, an account's key, and for each
 * line of input a JSON list of the modules that have been loaded so far, by their addresses.
 *
 * Argument: the file.
 */
import { registerHooks } from 'node:module'
import { createInterface } from 'node:readline'

const loaded: string[] = []
registerHooks({
  load(url, context, next) {
    loaded.push(url)
    return next(url, context)
  },
})

// Only what comes after is seen.
const { serve } = await import('../../../src/runtimes/node/index.ts')
const { sqlite } = await import('../../../src/store/sqlite/index.ts')
const { library } = await import('../library.ts')

const [file = ''] = process.argv.slice(2)
const egress = { open: ['127.0.0.1/32'] }
const serving = await serve(library, { store: sqlite(file), port: 0, signals: false, egress })
const account = await serving.app.accounts.create('loads')
const { key } = await serving.app.accounts.issueKey(account, 'test')
console.log(JSON.stringify({ url: serving.url, key }))
for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(loaded))
await serving.close()
