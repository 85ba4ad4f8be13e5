import { serve } from '@hono/node-server'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { add, get, list } from './articles.ts'
import { Article, Limit, NewArticle, Page } from './zod-schemas.ts'

const json = <S extends z.ZodType>(schema: S) => ({ 'application/json': { schema } })
const Missing = z.object({ error: z.string() })

const getArticle = createRoute({
  method: 'get',
  path: '/articles/{id}',
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { description: 'The article', content: json(Article) },
    404: { description: 'No such article', content: json(Missing) },
  },
})

const listArticles = createRoute({
  method: 'get',
  path: '/articles',
  request: { query: Limit },
  responses: { 200: { description: 'A page', content: json(Page) } },
})

const createArticle = createRoute({
  method: 'post',
  path: '/articles',
  request: { body: { required: true, content: json(NewArticle) } },
  responses: { 201: { description: 'The new article', content: json(Article) } },
})

const app = new OpenAPIHono()
app.openapi(getArticle, context => {
  const article = get(context.req.valid('param').id)
  return article === undefined
    ? context.json({ error: 'not found' }, 404)
    : context.json(article as z.infer<typeof Article>, 200)
})
app.openapi(listArticles, context => {
  const { data, next } = list(context.req.valid('query').limit)
  return context.json({ data: data as z.infer<typeof Article>[], next }, 200)
})
app.openapi(createArticle, context =>
  context.json(add(context.req.valid('json')) as z.infer<typeof Article>, 201),
)

serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' }, () =>
  console.log('READY'),
)
