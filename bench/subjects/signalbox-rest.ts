// The three routes from rows in SQLite, for everybody. The POST is flushed; it records no event.
import { join } from 'node:path'
import { api, endpoint, resource } from '../../src/index.ts'
import { serve } from '../../src/runtimes/node/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { fillWith } from './signalbox-articles.ts'
import { Article, NewArticle } from './zod-schemas.ts'

const articles = resource('article', {
  path: '/articles',
  schema: Article,
  owner: 'shared',
  methods: ['list', 'get'],
  open: ['list', 'get'],
  events: false,
})

const createArticle = endpoint({
  method: 'POST',
  path: '/articles',
  open: true,
  input: NewArticle,
  output: Article,
  status: 201,
  location: ({ id }) => `/articles/${id}`,
  names: { element: 'article' },
  handle: ({ on, input }) => on(articles).create(input),
})

const newsroom = api({
  title: 'Newsroom',
  version: '1',
  resources: [articles],
  endpoints: { createArticle },
})
const { app } = await serve(newsroom, {
  store: sqlite(join(process.env['DATA'] ?? '.', 'signalbox.db')),
  port: Number(process.env['PORT']),
})
const account = await app.accounts.create('bench')
const article = await app.unit(account, ({ on }) => fillWith(draft => on(articles).create(draft)))
console.log(`READY ${JSON.stringify({ article: `/articles/${article}` })}`)
