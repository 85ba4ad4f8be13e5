// As users have it: JavaScript and the compiled package. With ROWS it fills its table first.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { api, resource } from '../../dist/index.js'
import { serve } from '../../dist/runtimes/node/index.js'
import { sqlite } from '../../dist/store/sqlite/index.js'
import { Article, draft } from './footprint-article.js'

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
const { id } = await app.unit(account, ({ on }) => on(articles).create(draft))
const rows = Number(process.env['ROWS'] ?? 0)
if (rows > 0) {
  const db = new DatabaseSync(file)
  const columns = 'headline, body, link, tags, score, published_at'
  db.exec(`insert into articles (id, ${columns}) with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows - 1})
    select printf('art_%026d', i), ${columns} from n, articles where id = '${id}'`)
  db.close()
}
console.log(`READY ${JSON.stringify({ article: `/articles/${id}` })}`)
