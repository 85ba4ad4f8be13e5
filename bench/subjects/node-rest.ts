// The floor: node:http with everything written by hand for these three routes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { add, get, list, type NewArticle } from './articles.ts'

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const isNewArticle = (value: unknown): value is NewArticle => {
  if (typeof value !== 'object' || value === null) return false
  const { headline, body, link, tags, score, published_at } = value as Record<keyof NewArticle, unknown>
  return (
    typeof headline === 'string' &&
    headline.length >= 1 &&
    headline.length <= 200 &&
    typeof body === 'string' &&
    body.length <= 10_000 &&
    typeof link === 'string' &&
    URL.canParse(link) &&
    Array.isArray(tags) &&
    tags.length <= 10 &&
    tags.every(tag => typeof tag === 'string') &&
    typeof score === 'number' &&
    score >= 0 &&
    typeof published_at === 'string' &&
    DATE_TIME.test(published_at)
  )
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

function create(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    let value: unknown
    try {
      value = JSON.parse(Buffer.concat(chunks).toString())
    } catch {
      return answer(response, 400, { error: 'not JSON' })
    }
    if (!isNewArticle(value)) return answer(response, 422, { error: 'not an article' })
    answer(response, 201, add(value))
  })
}

function read(path: string, query: string, response: ServerResponse): void {
  if (path === '/articles') {
    const limit = Number(new URLSearchParams(query).get('limit') ?? 20)
    const isLimit = Number.isInteger(limit) && limit >= 1 && limit <= 100
    if (isLimit) answer(response, 200, list(limit))
    else answer(response, 422, { error: 'not a limit' })
    return
  }
  const article = path.startsWith('/articles/') ? get(path.slice('/articles/'.length)) : undefined
  if (article === undefined) answer(response, 404, { error: 'not found' })
  else answer(response, 200, article)
}

createServer((request, response) => {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  if (request.method === 'GET') read(path, query, response)
  else if (request.method === 'POST' && path === '/articles') create(request, response)
  else answer(response, 404, { error: 'not found' })
}).listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('READY'))
