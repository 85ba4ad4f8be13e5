// The three routes with their rows in memory, for everybody: what the journey of a request costs by itself.
import { join } from 'node:path'
import * as z from 'zod'
import { api, endpoint } from '../../src/index.ts'
import { serve } from '../../src/runtimes/node/index.ts'
import { sqlite } from '../../src/store/sqlite/index.ts'
import { add, get, list } from './articles.ts'
import { Article, NewArticle, Page } from './zod-schemas.ts'

const getArticle = endpoint({
  method: 'GET',
  path: '/articles/{id}',
  open: true,
  output: Article,
  problems: { 'not-found': 404 },
  handle: ({ params, fail }) => (get(params.id) as z.infer<typeof Article>) ?? fail('not-found'),
})

const listArticles = endpoint({
  method: 'GET',
  path: '/articles',
  open: true,
  input: z.object({ limit: z.int().min(1).max(100).default(20) }),
  output: Page,
  handle: ({ input }) => list(input.limit) as z.infer<typeof Page>,
})

const createArticle = endpoint({
  method: 'POST',
  path: '/articles',
  open: true,
  input: NewArticle,
  output: Article,
  status: 201,
  handle: ({ input }) => add(input) as z.infer<typeof Article>,
})

const newsroom = api({
  title: 'Newsroom',
  version: '1',
  endpoints: { getArticle, listArticles, createArticle },
})
await serve(newsroom, {
  store: sqlite(join(process.env['DATA'] ?? '.', 'signalbox.db')),
  port: Number(process.env['PORT']),
})
console.log('READY')
