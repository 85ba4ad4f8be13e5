import { ask, expectJson, expectRefusal, expectXml } from '../check.ts'
import { load, type Request, warmUp } from '../load.ts'
import type { Entrant } from '../measure.ts'
import { draft } from '../subjects/articles.ts'
import { temporaryFolder } from './temporary.ts'
import { type Ready, startWebSubject, type WebSubject } from './web.ts'

/** A kind of request, and what a right answer to it is. */
export interface Kind {
  readonly name: string
  readonly request: (own: Ready) => Request
  /** Throws where the subject does not do this right. */
  readonly check: (subject: WebSubject, request: Request) => Promise<void>
}

const isArticle = (json: unknown): boolean => {
  const article = Object(json)
  return (
    typeof article.id === 'string' &&
    typeof article.score === 'number' &&
    Object.entries({ ...draft, score: article.score }).every(
      ([field, value]) => JSON.stringify(article[field]) === JSON.stringify(value),
    )
  )
}

/** One article, twenty articles, and a validated article in. */
export const kinds: readonly Kind[] = [
  {
    name: 'get',
    request: ({ article = '/articles/art_1', headers = {} }) => ({ method: 'GET', path: article, headers }),
    check: async ({ origin }, request) => {
      expectJson('get', await ask(origin, request), 200, isArticle)
      expectRefusal('get of nothing', await ask(origin, { ...request, path: `${request.path}0000` }))
    },
  },
  {
    name: 'list',
    request: ({ articles = '/articles', headers = {} }) => ({
      method: 'GET',
      path: `${articles}?limit=20`,
      headers,
    }),
    check: async ({ origin }, request) => {
      const isPage = (json: unknown): boolean => {
        const { data, next } = Object(json)
        return Array.isArray(data) && data.length === 20 && data.every(isArticle) && typeof next === 'string'
      }
      expectJson('list', await ask(origin, request), 200, isPage)
      const path = request.path.replace('limit=20', 'limit=many')
      expectRefusal('list of many', await ask(origin, { ...request, path }))
    },
  },
  {
    name: 'post',
    request: ({ articles = '/articles', posts = articles, headers = {} }) => ({
      method: 'POST',
      path: posts,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(draft),
    }),
    check: async ({ origin }, request) => {
      expectJson('post', await ask(origin, request), 201, isArticle)
      for (const wrong of [
        { headline: '' },
        { link: 'no link' },
        { published_at: 'today' },
        { score: 'seven' },
      ]) {
        const body = JSON.stringify({ ...draft, ...wrong })
        expectRefusal(`post of ${JSON.stringify(wrong)}`, await ask(origin, { ...request, body }))
      }
    },
  },
]

const articleXml = (score: number | string = draft.score): string =>
  `<article><headline>${draft.headline}</headline><body>${draft.body}</body><link>${draft.link}</link>${draft.tags
    .map(tag => `<tags>${tag}</tags>`)
    .join('')}<score>${score}</score><published_at>${draft.published_at}</published_at></article>`

const XML = { accept: 'application/xml' }
/** Of one article: a list has twenty of each. */
const ARTICLE_TEXTS = ['<article>', `<headline>${draft.headline}</headline>`, '<tags>harbour</tags>']

/** The same in XML, both ways. */
export const xmlKinds: readonly Kind[] = kinds.map(({ name, request }) => ({
  name,
  request: own => {
    const json = request(own)
    const headers = { ...json.headers, ...XML }
    return json.body === undefined
      ? { ...json, headers }
      : { ...json, headers: { ...headers, 'content-type': 'application/xml' }, body: articleXml() }
  },
  check: async ({ origin }, request) => {
    expectXml(name, await ask(origin, request), request.body === undefined ? 200 : 201, ARTICLE_TEXTS)
    if (request.body === undefined) return
    for (const body of [articleXml('seven'), '<article><headline>x</article>']) {
      expectRefusal(`post of ${body}`, await ask(origin, { ...request, body }))
    }
  },
}))

/** Each subject of a kind, by its name and the program that it is. */
export const entrantsOf = (
  subjects: { readonly [subject: string]: string },
  kind: Kind,
  seconds: number,
): readonly Entrant[] =>
  Object.entries(subjects).map(([subject, file]) => ({
    subject,
    run: () => measureKind(file, kind, seconds),
  }))

export async function measureKind(
  file: string,
  kind: Kind,
  seconds: number,
  environment: { readonly [name: string]: string } = {},
): Promise<number> {
  await using data = await temporaryFolder()
  await using subject = await startWebSubject(file, data.path, environment)
  const { callers } = subject.ready
  const request = { ...kind.request(subject.ready), ...(callers !== undefined && { callers }) }
  await kind.check(subject, request)
  await warmUp(subject.origin, request)
  return await load(subject.origin, request, seconds)
}
