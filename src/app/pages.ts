import { later } from '../base/index.ts'
import { allowValue, etagOf, JSON_TYPE, problem } from '../http/index.ts'
import {
  type HtmlPage,
  openApiDocument,
  problemsPage,
  referenceAsset,
  referencePage,
} from '../openapi/index.ts'
import type { Store } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { webhookChallenge } from '../webhooks/index.ts'
import { failureAnswer, NOSNIFF, problemAnswer } from './answers.ts'
import { cachingOf } from './caching.ts'
import type { CompiledApi } from './compile.ts'
import { compressedOnce } from './compress.ts'
import { type Answer, headerOf, type Request } from './exchange.ts'
import { type MetricsOptions, metricsAnswer } from './metrics.ts'
import { broughtBy, type Served } from './observe.ts'
import { createSessionEndpoint, type SessionOptions } from './portal.ts'
import { createPortalFiles, type PageFile } from './portal-files.ts'
import { refuse } from './refusal.ts'

type Page = (request: Request, requestId: string) => Answer | Promise<Answer>

/** What answers at a path, by method. */
type Methods = ReadonlyMap<string, Page>

/** What is served beside the api: no key, no handlers, no negotiation. */
export interface Pages {
  /** By path: `/healthz`. */
  readonly exact: ReadonlyMap<string, Methods>
  readonly folders: readonly Folder[]
  /** At every path of the portal's own. */
  readonly portal: Methods
  readonly failed: PagesOptions['failed']
}

interface Folder {
  /** `/docs/assets/` */
  readonly path: string
  /** The Cache-Control of its files. */
  readonly cached: string
  find(name: string): Promise<PageFile | undefined>
}

interface PagesOptions extends Omit<SessionOptions, 'scopes'> {
  readonly isReady: () => boolean
  readonly metrics: MetricsOptions
  readonly failed: Failed
}

/** The answer where the request is for one of the pages; undefined where it is for the api. */
export function findPage(pages: Pages, served: Served): Promise<Answer> | undefined {
  const { target } = served.request
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  const found = methodsAt(pages, path)
  if (found === undefined) return undefined
  served.page = found.name
  return answerPage(pages, served, found.methods)
}

function methodsAt(
  { exact, folders, portal }: Pages,
  path: string,
): { readonly name: string; readonly methods: Methods } | undefined {
  const methods = exact.get(path)
  if (methods !== undefined) return { name: path, methods }
  const folder = folders.find(each => path.startsWith(each.path))
  if (folder !== undefined)
    return { name: `${folder.path}{file}`, methods: get(request => fileAnswer(folder, path, request)) }
  return PORTAL_PATH.test(path) ? { name: '/portal', methods: portal } : undefined
}

/** The portal's page shows paths of words and ids. What is encoded, or begins with a dot, is none of them. */
const PORTAL_PATH = /^\/portal(?:\/[\w-][\w.-]*)*\/?$/

async function answerPage({ failed }: Pages, served: Served, methods: Methods): Promise<Answer> {
  const { request, requestId, page } = served
  const made = await answerAt(methods, request, requestId).catch((error: unknown) =>
    failureAnswer(error, {
      name: `the page ${page}`,
      requestId,
      failed: (fault, where) => failed(fault, where, broughtBy(served)),
    }),
  )
  const headers = [...made.headers, ['request-id', requestId] as const]
  const caching = cachingOf(request, made, false)
  if (caching !== undefined) headers.push(caching)
  if (made.body !== undefined && headerOf(made, 'vary') === undefined) headers.push(BY_CODING)
  return { ...made, headers }
}

const BY_CODING = ['vary', 'accept-encoding'] as const

async function answerAt(methods: Methods, request: Request, requestId: string): Promise<Answer> {
  const page = methods.get(request.method === 'HEAD' ? 'GET' : request.method)
  if (page !== undefined) return page(request, requestId)
  const allow = allowValue(methods.keys())
  if (request.method === 'OPTIONS') return { status: 204, headers: [['allow', allow]], body: undefined }
  return refuse('method-not-allowed', { headers: { allow } })
}

async function fileAnswer({ path, cached, find }: Folder, of: string, request: Request): Promise<Answer> {
  const file = (await find(of.slice(path.length))) ?? refuse('no-such-path')
  const headers = [['content-type', file.type], NOSNIFF, ['cache-control', cached], BY_CODING] as const
  if (!/\bgzip\b/.test(request.header('accept-encoding') ?? '')) {
    return { status: 200, headers, body: file.body }
  }
  return { status: 200, headers: [...headers, ['content-encoding', 'gzip']], body: file.gzip }
}

export function createPages(
  { api, resources, routes, eventTypes, scopes }: CompiledApi,
  options: PagesOptions,
): Pages {
  const { isReady, store, random, failed, metrics } = options
  const { title } = api
  const document = later(() => {
    const challenge = api.webhooks.challenge ? webhookChallenge : undefined
    const about = { ...api, resources, routes, events: eventTypes.values(), challenge }
    return tagged(json(JSON.stringify(openApiDocument(about))))
  })
  const reference = tagged(pageAnswer(referencePage({ title, documentUrl: '/openapi.json' })))
  const session = createSessionEndpoint(api, { ...options, scopes })
  const portal = createPortalFiles(random)
  const explained = later(() => tagged(pageAnswer(problemsPage({ title, routes }))))
  return {
    failed,
    exact: new Map<string, Methods>([
      ['/healthz', get(() => json('{"status":"ok"}'))],
      [
        '/readyz',
        get(async (_request, id) =>
          isReady() && (await answers(store))
            ? json('{"status":"ready"}')
            : problemAnswer(problem('unavailable'), id),
        ),
      ],
      ['/metrics', get(request => metricsAnswer(request, metrics))],
      ['/openapi.json', get(document)],
      ['/', get(() => ({ status: 302, headers: [['location', '/docs']], body: undefined }))],
      ['/docs', get(() => reference)],
      ['/docs/problems', get(explained)],
      [
        '/portal/session',
        new Map([
          ['POST', session.post],
          ['GET', session.get],
          ['DELETE', session.delete],
        ]),
      ],
    ]),
    folders: [
      { path: '/docs/assets/', cached: 'public, max-age=3600', find: referenceAsset },
      // Their names tell their content.
      { path: '/portal/assets/', cached: 'public, max-age=31536000, immutable', find: portal.asset },
    ],
    portal: get(portal.page),
  }
}

const get = (page: Page): Methods => new Map([['GET', page]])

const pageAnswer = ({ html, headers }: HtmlPage): Answer & { readonly body: string } => ({
  status: 200,
  headers: Object.entries(headers),
  body: html,
})

/** For what stays as it is while the program runs. */
function tagged(answer: Answer & { readonly body: string }): Answer {
  const [mediaType = ''] = headerOf(answer, 'content-type')?.split(';') ?? []
  return {
    ...answer,
    headers: [...answer.headers, ['etag', etagOf(mediaType, answer.body)]],
    compressed: compressedOnce(answer.body),
  }
}

const json = (body: string): Answer & { readonly body: string } => ({
  status: 200,
  headers: [['content-type', JSON_TYPE], NOSNIFF, ['cache-control', 'no-cache']],
  body,
})

const answers = (store: Store): Promise<boolean> =>
  store.read.get('select 1').then(
    () => true,
    () => false,
  )
