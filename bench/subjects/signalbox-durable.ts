// The standard methods of a resource, behind a key: `rest` with a key, and `durable`, run this same program.
import { join } from 'node:path'
import { serve } from '../../src/runtimes/node/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { articles, fillWith, newsroom } from './signalbox-articles.ts'

const { app } = await serve(newsroom, {
  store: sqlite(join(process.env['DATA'] ?? '.', 'signalbox.db')),
  port: Number(process.env['PORT']),
})
const account = await app.accounts.create('bench')
const { key } = await app.accounts.issueKey(account, 'bench')
const article = await app.unit(account, ({ on }) => fillWith(draft => on(articles).create(draft)))
const headers = { authorization: `Bearer ${key}` }
console.log(`READY ${JSON.stringify({ article: `/articles/${article}`, headers })}`)
