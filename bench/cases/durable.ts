import { randomUUID } from 'node:crypto'
import { ask, expectJson, expectRefusal } from '../check.ts'
import { load, type Request, warmUp } from '../load.ts'
import type { Case, Open } from '../measure.ts'
import { draft } from '../subjects/articles.ts'
import { temporaryFolder } from './temporary.ts'
import { startWebSubject, type WebSubject } from './web.ts'

/** Each subject and its program. */
const subjects = {
  fastify: 'fastify-durable.ts',
  signalbox: 'signalbox-durable.ts',
} as const

interface Environment {
  readonly [name: string]: string
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

type Measure<T> = (subject: WebSubject, request: Request) => Promise<T>

async function measured<T>(file: string, environment: Environment, measure: Measure<T>): Promise<T> {
  await using data = await temporaryFolder()
  await using subject = await startWebSubject(file, data.path, environment)
  const { articles = '/articles', headers = {} } = subject.ready
  const request: Request = {
    method: 'POST',
    path: articles,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(draft),
    freshKeys: true,
  }
  await check(subject.origin, request)
  await warmUp(subject.origin, request)
  return await measure(subject, request)
}

/** What a flush takes beside the disk's own time. */
const SLOW_DISK_MS = 3

type Percentile = 'p50' | 'p99'

/** Of the delay of the event loop under load, in milliseconds. */
async function loopDelay(percentile: Percentile, seconds: number): Promise<number> {
  const environment = { SLOW_DISK_MS: String(SLOW_DISK_MS) }
  return await measured(subjects.signalbox, environment, async (subject, request) => {
    const tell = async (time: number): Promise<string> => {
      process.kill(subject.pid, 'SIGUSR2')
      return await subject.line(`LOOP ${time} `)
    }
    await tell(1)
    await load(subject.origin, request, seconds)
    const line = await tell(2)
    return JSON.parse(line.slice(line.indexOf('{')))[percentile]
  })
}

const loopCase = (percentile: Percentile, seconds: number): Case => ({
  name: `loop ${percentile}, ${SLOW_DISK_MS} ms disk`,
  unit: 'ms',
  baseline: 'signalbox',
  entrants: [{ subject: 'signalbox', run: () => loopDelay(percentile, seconds) }],
})

/** Row, event and idempotency record are on disk before the answer leaves. */
export const durable: Open = async ({ seconds }) => {
  const entrants = Object.entries(subjects).map(([subject, file]) => ({
    subject,
    run: () => measured(file, {}, ({ origin }, request) => load(origin, request, seconds)),
  }))
  return {
    cases: [
      { name: 'post', baseline: 'fastify', entrants },
      loopCase('p50', seconds),
      loopCase('p99', seconds),
    ],
    [Symbol.asyncDispose]: async () => {},
  }
}
