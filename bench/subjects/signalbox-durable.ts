// The standard methods of a resource, behind a key: `rest` with a key, and `durable`, run this same program.
import { join } from 'node:path'
import { serve } from '../../src/runtimes/node/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { tellLoopDelay } from './loop-delay.ts'
import { articles, fillWith, newsroom } from './signalbox-articles.ts'
import { onSlowDisk } from './slow-disk.ts'

const file = join(process.env['DATA'] ?? '.', 'signalbox.db')
/** What a flush takes beside the disk's own time. */
const { SLOW_DISK_MS } = process.env
if (SLOW_DISK_MS !== undefined) tellLoopDelay()

const { app } = await serve(newsroom, {
  store: SLOW_DISK_MS === undefined ? sqlite(file) : onSlowDisk(file, Number(SLOW_DISK_MS)),
  port: Number(process.env['PORT']),
})
const account = await app.accounts.create('bench')
const { key } = await app.accounts.issueKey(account, 'bench')
const article = await app.unit(account, ({ on }) => fillWith(draft => on(articles).create(draft)))
const headers = { authorization: `Bearer ${key}` }
console.log(`READY ${JSON.stringify({ article: `/articles/${article}`, headers })}`)
