// As users have it: JavaScript and the compiled package. With ROWS it fills its table first.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { api, resource } from '../../dist/index.js'
import { serve } from '../../dist/runtimes/node/index.js'
import { sqlite } from '../../dist/store/sqlite/index.js'
// The one that the package itself finds: where it is installed there is no second, as there is in this folder.
import * as z from '../../node_modules/zod/index.js'

const Article = z.object({
  id: z.string(),
  headline: z.string().min(1).max(200),
  body: z.string().max(10_000),
  link: z.url(),
  tags: z.array(z.string()).max(10),
  score: z.number().min(0),
  published_at: z.iso.datetime(),
})
const articles = resource('article', {
  path: '/articles',
  schema: Article,
  owner: 'shared',
  open: ['list', 'get'],
})
const file = join(process.env['DATA'] ?? '.', 'signalbox.db')
const { app } = await serve(api({ title: 'Newsroom', version: '1', resources: [articles] }), {
  store: sqlite(file),
  port: Number(process.env['PORT']),
})
const account = await app.accounts.create('bench')
const { id } = await app.unit(account, ({ on }) =>
  on(articles).create({
    headline: 'Ferry line reopens',
    body: 'The first boat left at six with eleven passengers and a crate of oranges. '.repeat(5),
    link: 'https://newsroom.example/2026/11/ferry-line-reopens',
    tags: ['harbour'],
    score: 7.5,
    published_at: '2026-11-22T06:00:00.000Z',
  }),
)
const rows = Number(process.env['ROWS'] ?? 0)
if (rows > 0) {
  const db = new DatabaseSync(file)
  const columns = 'headline, body, link, tags, score, published_at'
  db.exec(`insert into articles (id, ${columns}) with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows - 1})
    select printf('art_%026d', i), ${columns} from n, articles where id = '${id}'`)
  db.close()
}
console.log(`READY ${JSON.stringify({ article: `/articles/${id}` })}`)
