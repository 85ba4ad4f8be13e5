// XML as fast-xml-parser's documentation has it done: built and parsed without a schema.
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import type { FastifyInstance } from 'fastify'
import type { Article } from './articles.ts'

const parser = new XMLParser({ isArray: name => name === 'tags', parseTagValue: false })
const builder = new XMLBuilder()
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

export const XML = 'application/xml; charset=utf-8'

export const articleXml = (article: Article): string => DECLARATION + builder.build({ article })

export const pageXml = ({
  data,
  next,
}: {
  readonly data: readonly Article[]
  readonly next: string | null
}): string => DECLARATION + builder.build({ articles: { data: { article: data }, next } })

/** Bodies in XML, which Fastify then validates, with its coercion. */
export function readXml(app: FastifyInstance): void {
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
}
