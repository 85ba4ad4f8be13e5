// The three routes in XML, as fast-xml-parser's documentation has it done: parsed without a schema, then validated.

import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import Fastify from 'fastify'
import { type Article, add, get, list, type NewArticle } from './articles.ts'
import { limitSchema, newArticleSchema } from './json-schemas.ts'

const parser = new XMLParser({ isArray: name => name === 'tags', parseTagValue: false })
const builder = new XMLBuilder()
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

const articleXml = (article: Article): string => DECLARATION + builder.build({ article })
const pageXml = ({ data, next }: ReturnType<typeof list>): string =>
  DECLARATION + builder.build({ articles: { data: { article: data }, next } })

const app = Fastify()
app.addContentTypeParser(
  'application/xml',
  { parseAs: 'string' },
  async (_request: unknown, body: string) => {
    try {
      return Object(parser.parse(body, true)).article
    } catch (cause) {
      throw Object.assign(new Error('not well-formed', { cause }), { statusCode: 400 })
    }
  },
)
app.addHook('onSend', async (_request, reply) => {
  reply.header('content-type', 'application/xml; charset=utf-8')
})

app.get<{ Params: { id: string } }>('/articles/:id', async (request, reply) => {
  const article = get(request.params.id)
  return article === undefined ? reply.code(404).send('<error>not found</error>') : articleXml(article)
})

app.get<{ Querystring: { limit: number } }>(
  '/articles',
  { schema: { querystring: limitSchema } },
  async request => pageXml(list(request.query.limit)),
)

app.post<{ Body: NewArticle }>('/articles', { schema: { body: newArticleSchema } }, async (request, reply) =>
  reply.code(201).send(articleXml(add(request.body))),
)

await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
console.log('READY')
