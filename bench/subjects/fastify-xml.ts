// The three routes in XML, from memory.
import Fastify from 'fastify'
import { add, get, list, type NewArticle } from './articles.ts'
import { limitSchema, newArticleSchema } from './json-schemas.ts'
import { articleXml, pageXml, readXml, XML } from './xml.ts'

const app = Fastify()
readXml(app)

app.get<{ Params: { id: string } }>('/articles/:id', async (request, reply) => {
  const article = get(request.params.id)
  if (article === undefined) return reply.code(404).send({ error: 'not found' })
  return reply.type(XML).send(articleXml(article))
})

app.get<{ Querystring: { limit: number } }>(
  '/articles',
  { schema: { querystring: limitSchema } },
  async (request, reply) => reply.type(XML).send(pageXml(list(request.query.limit))),
)

app.post<{ Body: NewArticle }>('/articles', { schema: { body: newArticleSchema } }, async (request, reply) =>
  reply
    .code(201)
    .type(XML)
    .send(articleXml(add(request.body))),
)

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
console.log('READY')
