// The standard methods of a resource, and the same POST by a handler, behind a key, on PostgreSQL.
import { api, endpoint } from '../../src/index.ts'
import { serve } from '../../src/runtimes/node/index.ts'
import { postgres } from '../../src/store/postgres/index.ts'
import { environment } from './delivering.ts'
import { articles, fillWith, limit } from './signalbox-articles.ts'
import { Article, NewArticle } from './zod-schemas.ts'

const handled = endpoint({
  method: 'POST',
  path: '/handled',
  input: NewArticle,
  output: Article,
  status: 201,
  names: { element: 'article' },
  handle: ({ on, input }) => on(articles).create(input),
})

const newsroom = api({
  title: 'Newsroom',
  version: '1',
  resources: [articles],
  endpoints: { handled },
  limits: { account: limit },
})

const { app } = await serve(newsroom, {
  store: postgres(environment('DATABASE_URL')),
  port: Number(process.env['PORT']),
})
const accounts: string[] = []
/** A key of each. */
const keys: string[] = []
for (let i = 1; i <= Number(process.env['ACCOUNTS'] ?? 1); i++) {
  const account = await app.accounts.create(`bench ${i}`)
  accounts.push(account)
  keys.push(`Bearer ${(await app.accounts.issueKey(account, 'bench')).key}`)
}
const article = await app.unit(accounts[0] ?? '', ({ on }) => fillWith(draft => on(articles).create(draft)))
const headers = { authorization: keys[0] }
const posts = process.env['POSTS'] ?? '/articles'
console.log(`READY ${JSON.stringify({ article: `/articles/${article}`, posts, headers, callers: keys })}`)
