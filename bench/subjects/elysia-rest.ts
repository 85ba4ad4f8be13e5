import { node } from '@elysiajs/node'
import { Elysia, t } from 'elysia'
import { add, get, list } from './articles.ts'

const NewArticle = t.Object({
  headline: t.String({ minLength: 1, maxLength: 200 }),
  body: t.String({ maxLength: 10_000 }),
  link: t.String({ format: 'uri' }),
  tags: t.Array(t.String(), { maxItems: 10 }),
  score: t.Number({ minimum: 0 }),
  published_at: t.String({ format: 'date-time' }),
})
const Article = t.Object({ id: t.String(), ...NewArticle.properties })
const Page = t.Object({ data: t.Array(Article), next: t.Nullable(t.String()) })
const Missing = t.Object({ error: t.String() })

new Elysia({ adapter: node() })
  .get(
    '/articles/:id',
    ({ params, status }) => {
      const article = get(params.id)
      return article === undefined ? status(404, { error: 'not found' }) : (article as typeof Article.static)
    },
    { params: t.Object({ id: t.String() }), response: { 200: Article, 404: Missing } },
  )
  .get('/articles', ({ query }) => list(query.limit) as typeof Page.static, {
    query: t.Object({ limit: t.Integer({ minimum: 1, maximum: 100, default: 20 }) }),
    response: { 200: Page },
  })
  .post('/articles', ({ body, status }) => status(201, add(body) as typeof Article.static), {
    body: NewArticle,
    response: { 201: Article },
  })
  .listen({ port: Number(process.env['PORT']), hostname: '127.0.0.1' }, () => console.log('READY'))
