import Fastify from 'fastify'
import { add, get, list, type NewArticle } from './articles.ts'
import { articleSchema, limitSchema, newArticleSchema, pageSchema } from './json-schemas.ts'

const app = Fastify()

app.get<{ Params: { id: string } }>(
  '/articles/:id',
  { schema: { response: { 200: articleSchema } } },
  async (request, reply) => get(request.params.id) ?? reply.code(404).send({ error: 'not found' }),
)

app.get<{ Querystring: { limit: number } }>(
  '/articles',
  { schema: { querystring: limitSchema, response: { 200: pageSchema } } },
  async request => list(request.query.limit),
)

app.post<{ Body: NewArticle }>(
  '/articles',
  { schema: { body: newArticleSchema, response: { 201: articleSchema } } },
  async (request, reply) => reply.code(201).send(add(request.body)),
)

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
console.log('READY')
