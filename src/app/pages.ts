import type { NewId } from '../base/index.ts'
import { problem } from '../http/index.ts'
import { openApiDocument, problemsPage, referenceAsset, referencePage } from '../openapi/index.ts'
import type { Store } from '../store/index.ts'
import type { CompiledApi } from './compile.ts'
import type { Answer, Request } from './exchange.ts'
import { problemAnswer } from './journey.ts'

/** What is served beside the api: no key, no unit of work, no negotiation. */
export interface Pages {
  /** By path: `/healthz`. */
  readonly exact: ReadonlyMap<string, () => Answer | Promise<Answer>>
  /** A file below `/docs/assets/`; undefined where there is none of that name. */
  readonly file: (name: string, gzip: boolean) => Promise<Answer | undefined>
  readonly missing: () => Answer
  readonly refused: (allow: string) => Answer
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
  return answerPage(
    pages,
    request,
    async () => (await pages.file(path.slice(FILES.length), gzip)) ?? pages.missing(),
  )
}

async function answerPage(
  { refused, newId }: Pages,
  { method }: Request,
  page: () => Answer | Promise<Answer>,
): Promise<Answer> {
  const made = method === 'GET' || method === 'HEAD' ? await page() : refused('GET, HEAD, OPTIONS')
  return { ...made, headers: [...made.headers, ['request-id', newId('req')]] }
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
  const unavailable = (): Answer => problemAnswer(problem('unavailable'), newId('req'))
  return {
    newId,
    exact: new Map<string, () => Answer | Promise<Answer>>([
      ['/healthz', () => json('{"status":"ok"}')],
      [
        '/readyz',
        async () => (isReady() && (await answers(store)) ? json('{"status":"ready"}') : unavailable()),
      ],
      ['/openapi.json', () => json(document)],
      ['/', () => ({ status: 302, headers: [['location', '/docs']], body: undefined })],
      ['/docs', () => page(reference)],
      ['/docs/problems', () => page(explained)],
    ]),
    async file(name, gzip) {
      const asset = await referenceAsset(name)
      if (asset === undefined) return undefined
      const headers = [['content-type', asset.type], NOSNIFF, CACHED, ['vary', 'accept-encoding']] as const
      if (!gzip) return { status: 200, headers, body: asset.body }
      return { status: 200, headers: [...headers, ['content-encoding', 'gzip']], body: asset.gzip }
    },
    missing: () => problemAnswer(problem('no-such-path'), newId('req')),
    refused: allow => problemAnswer(problem('method-not-allowed', { headers: { allow } }), newId('req')),
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
