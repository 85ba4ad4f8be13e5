import type { NewId } from '../base/index.ts'
import { allowValue, problem } from '../http/index.ts'
import { openApiDocument, problemsPage, referenceAsset, referencePage } from '../openapi/index.ts'
import type { Store } from '../store/index.ts'
import type { CompiledApi } from './compile.ts'
import type { Answer, Request } from './exchange.ts'
import { problemAnswer } from './journey.ts'

/** A page, for the request of this id. */
type Page = (requestId: string) => Answer | Promise<Answer>

/** What is served beside the api: no key, no unit of work, no negotiation. */
export interface Pages {
  /** By path: `/healthz`. */
  readonly exact: ReadonlyMap<string, Page>
  /** A file below `/docs/assets/`. */
  readonly file: (name: string, gzip: boolean) => Page
  readonly newId: NewId
}

interface PagesOptions {
  readonly isReady: () => boolean
  readonly store: Store
  readonly newId: NewId
}

const FILES = '/docs/assets/'

/** The answer where the request is for one of the pages; undefined where it is for the api. */
export function findPage(pages: Pages, request: Request): Promise<Answer> | undefined {
  const { target } = request
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  const page = pages.exact.get(path)
  if (page !== undefined) return answerPage(pages, request, page)
  if (!path.startsWith(FILES)) return undefined
  const gzip = /\bgzip\b/.test(request.header('accept-encoding') ?? '')
  return answerPage(pages, request, pages.file(path.slice(FILES.length), gzip))
}

async function answerPage({ newId }: Pages, { method }: Request, page: Page): Promise<Answer> {
  const requestId = newId('req')
  const made = method === 'GET' || method === 'HEAD' ? await page(requestId) : otherMethod(method, requestId)
  return { ...made, headers: [...made.headers, ['request-id', requestId]] }
}

function otherMethod(method: string, requestId: string): Answer {
  const allow = allowValue(['GET'])
  if (method === 'OPTIONS') return { status: 204, headers: [['allow', allow]], body: undefined }
  return problemAnswer(problem('method-not-allowed', { headers: { allow } }), requestId)
}

export function createPages(
  { api, resources, routes, eventTypes }: CompiledApi,
  options: PagesOptions,
): Pages {
  const { isReady, store, newId } = options
  const { title } = api
  const document = JSON.stringify(openApiDocument({ ...api, resources, routes, events: eventTypes.values() }))
  const reference = referencePage({ title, documentUrl: '/openapi.json' })
  const explained = problemsPage({ title, routes })
  const page = (from: {
    readonly html: string
    readonly headers: { readonly [name: string]: string }
  }): Answer => ({
    status: 200,
    headers: Object.entries(from.headers),
    body: from.html,
  })
  return {
    newId,
    exact: new Map<string, Page>([
      ['/healthz', () => json('{"status":"ok"}')],
      [
        '/readyz',
        async id =>
          isReady() && (await answers(store))
            ? json('{"status":"ready"}')
            : problemAnswer(problem('unavailable'), id),
      ],
      ['/openapi.json', () => json(document)],
      ['/', () => ({ status: 302, headers: [['location', '/docs']], body: undefined })],
      ['/docs', () => page(reference)],
      ['/docs/problems', () => page(explained)],
    ]),
    file: (name, gzip) => async id => {
      const asset = await referenceAsset(name)
      if (asset === undefined) return problemAnswer(problem('no-such-path'), id)
      const headers = [['content-type', asset.type], NOSNIFF, CACHED, ['vary', 'accept-encoding']] as const
      if (!gzip) return { status: 200, headers, body: asset.body }
      return { status: 200, headers: [...headers, ['content-encoding', 'gzip']], body: asset.gzip }
    },
  }
}

const NOSNIFF = ['x-content-type-options', 'nosniff'] as const
const CACHED = ['cache-control', 'public, max-age=3600'] as const

const json = (body: string): Answer => ({
  status: 200,
  headers: [['content-type', 'application/json'], NOSNIFF, ['cache-control', 'no-cache']],
  body,
})

const answers = (store: Store): Promise<boolean> =>
  store.read.get('select 1').then(
    () => true,
    () => false,
  )
