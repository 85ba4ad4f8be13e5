import { randomUUID } from 'node:crypto'
import { ask, expectJson, expectRefusal } from '../check.ts'
import { load, type Request } from '../load.ts'
import type { Open } from '../measure.ts'
import { draft } from '../subjects/articles.ts'
import { temporaryFolder } from './temporary.ts'
import { startWebSubject } from './web.ts'

const WARM_UP_SECONDS = 3

/** Each subject and its program. */
const subjects: { readonly [subject: string]: string } = {
  fastify: 'fastify-durable.ts',
  signalbox: 'signalbox-durable.ts',
}

/** A key and a body make one article, however often they come; without the bearer key nothing happens. */
async function check(origin: string, request: Request): Promise<void> {
  const withKey = (key: string, body = request.body ?? ''): Request => ({
    ...request,
    body,
    headers: { ...request.headers, 'idempotency-key': key },
  })
  const isArticle = (json: unknown): boolean => Object(json).headline === draft.headline
  const key = randomUUID()
  const first = await ask(origin, withKey(key))
  expectJson('post', first, 201, isArticle)
  expectJson('post again', await ask(origin, withKey(key)), 201, json => {
    return Object(json).id === JSON.parse(first.text).id
  })
  expectJson('post with another key', await ask(origin, withKey(randomUUID())), 201, json => {
    return Object(json).id !== JSON.parse(first.text).id
  })
  const other = JSON.stringify({ ...draft, score: 1 })
  expectRefusal('another post with the same key', await ask(origin, withKey(key, other)))
  const { authorization: _, ...anonymous } = withKey(randomUUID()).headers
  expectRefusal('post without a bearer key', await ask(origin, { ...request, headers: anonymous }))
}

async function measure(file: string, seconds: number): Promise<number> {
  await using data = await temporaryFolder()
  await using subject = await startWebSubject(file, data.path)
  const { articles = '/articles', headers = {} } = subject.ready
  const request: Request = {
    method: 'POST',
    path: articles,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(draft),
    freshKeys: true,
  }
  await check(subject.origin, request)
  await load(subject.origin, request, WARM_UP_SECONDS)
  return await load(subject.origin, request, seconds)
}

/** Row, event and idempotency record are on disk before the answer leaves. */
export const durable: Open = async ({ seconds }) => {
  const entrants = Object.entries(subjects).map(([subject, file]) => ({
    subject,
    run: () => measure(file, seconds),
  }))
  return {
    cases: [{ name: 'post', baseline: 'fastify', entrants }],
    [Symbol.asyncDispose]: async () => {},
  }
}
