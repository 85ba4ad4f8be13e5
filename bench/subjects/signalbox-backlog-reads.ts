// Rows to read, beside WAITING deliveries to receivers that never answer.
import { join } from 'node:path'
import { serve } from '../../src/runtimes/node/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { environment } from './delivering.ts'
import { articles, fillWith, newsroom } from './signalbox-articles.ts'
import { fillQueue } from './waiting.ts'

const { app } = await serve(newsroom, {
  store: sqlite(join(environment('DATA'), 'signalbox.db')),
  port: Number(environment('PORT')),
  egress: { open: ['loopback'] },
})
const account = await app.accounts.create('bench')
const { key } = await app.accounts.issueKey(account, 'bench')
const article = await app.unit(account, ({ on }) => fillWith(draft => on(articles).create(draft)))
await fillQueue(
  work => app.unit(account, ({ sql }) => work(sql)),
  Number(environment('WAITING')),
  `${environment('TARGET')}/hang`,
)
console.log(
  `READY ${JSON.stringify({ article: `/articles/${article}`, headers: { authorization: `Bearer ${key}` } })}`,
)
