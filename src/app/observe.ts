import type { RequestLog } from '../access/index.ts'
import { after, type Clock, type Histogram, type NewId } from '../base/index.ts'
import { type Caller, isSafe, type Route } from '../contract/index.ts'
import {
  type ActiveSpan,
  type Brought,
  type Log,
  type Meter,
  type Tracing,
  textsIn,
  withoutSecrets,
} from '../telemetry/index.ts'
import type { Answer, Request } from './exchange.ts'
import type { ShownTarget } from './shown.ts'

/** What is found out about a request while it is served. */
export interface Served {
  readonly requestId: string
  readonly request: Request
  route: Route | undefined
  /** The path of one of Signalbox's own pages. */
  page: string | undefined
  caller: Caller | undefined
  body: Uint8Array | undefined
  /** What was read out of the query or the body. */
  input: unknown
}

/** Serves a request, and has what became of it measured, traced and logged. */
export type Observe = (
  request: Request,
  serve: (served: Served) => Answer | Promise<Answer>,
) => Answer | Promise<Answer>

export interface ObserverOptions {
  readonly clock: Clock
  readonly newId: NewId
  readonly meter: Meter
  readonly log: Log
  readonly tracing: Tracing | undefined
  /** Undefined where requests are not kept. */
  readonly requestLog: RequestLog | undefined
  readonly scheme: 'http' | 'https'
  readonly shown: (route: Route, target: string) => ShownTarget
  readonly addressOf: (request: Request) => string | undefined
  /** Whether a page of ours asks for who is signed in to it. */
  readonly isPortals: (request: Request) => boolean
}

interface Finished {
  readonly served: Served
  readonly answer: Answer
  /** One of a few. */
  readonly method: string
  readonly durationMs: number
}

export function createObserver(options: ObserverOptions): Observe {
  const { clock, newId, tracing, log, requestLog, scheme } = options
  const measure = measureRequests(options)
  function observe(
    request: Request,
    serve: (served: Served) => Answer | Promise<Answer>,
    span?: ActiveSpan,
  ): Answer | Promise<Answer> {
    const started = clock.elapsed()
    const served: Served = {
      requestId: newId('req'),
      request,
      route: undefined,
      page: undefined,
      caller: undefined,
      body: undefined,
      input: undefined,
    }
    return after(serve(served), answer => {
      const durationMs = clock.elapsed() - started
      const finished = { served, answer, method: methodOf(request), durationMs }
      measure(finished)
      if (span !== undefined) describeSpan(options, span, finished)
      if (log.takes('info')) log.write('info', 'request', recordOf(finished))
      if (requestLog !== undefined) keepRequest(requestLog, options, finished)
      return answer
    })
  }
  if (tracing === undefined) return (request, serve) => observe(request, serve)
  return (request, serve) => {
    const method = methodOf(request)
    const attributes = { 'http.request.method': method, 'url.scheme': scheme }
    const parent = tracing.received(name => request.header(name))
    return tracing.span(method, { kind: 'server', attributes, parent }, async span =>
      observe(request, serve, span),
    )
  }
}

/** A caller can make up methods, and must not make up metrics with them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']
const METHODS_AT_MOST = 16
const methodOf = ({ method }: Request): string => (METHODS.includes(method) ? method : '_OTHER')

/** As the semantic conventions advise. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

const routeOf = ({ route, page }: Served): string | undefined => route?.path ?? page

/** Only our own faults are errors (semantic conventions for HTTP spans, Status). */
const errorType = ({ status, problem }: Answer): string | undefined =>
  status >= 500 ? (problem ?? String(status)) : undefined

function measureRequests({ meter, scheme }: ObserverOptions): (finished: Finished) => void {
  const name = 'http.server.request.duration'
  const description = 'Requests by what they were answered, until the answer could be sent.'
  const series = meter.histogram({ name, unit: 's', description }, REQUEST_SECONDS)
  const byRoute = new Map<string | undefined, Map<string | number, Histogram>>()
  return ({ served, answer, method, durationMs }) => {
    const route = routeOf(served)
    let known = byRoute.get(route)
    if (known === undefined) {
      known = new Map()
      byRoute.set(route, known)
    }
    const type = errorType(answer)
    // Our own faults are few; of all others a number is enough.
    const key =
      type === undefined
        ? answer.status * METHODS_AT_MOST + METHODS.indexOf(method)
        : `${method}${answer.status}${type}`
    let histogram = known.get(key)
    if (histogram === undefined) {
      histogram = series({
        'http.request.method': method,
        'url.scheme': scheme,
        ...(route !== undefined && { 'http.route': route }),
        'http.response.status_code': answer.status,
        ...(type !== undefined && { 'error.type': type }),
      })
      known.set(key, histogram)
    }
    histogram.record(durationMs / 1000)
  }
}

function describeSpan({ shown }: ObserverOptions, span: ActiveSpan, finished: Finished): void {
  const { served, answer, method } = finished
  const { requestId, request, caller } = served
  const route = routeOf(served)
  if (route !== undefined) span.rename(`${method} ${route}`)
  span.set({
    'http.response.status_code': answer.status,
    'signalbox.request.id': requestId,
    ...(route !== undefined && { 'http.route': route }),
    ...(served.route !== undefined && { 'url.path': shown(served.route, request.target).path }),
    ...(caller !== undefined && { 'signalbox.account.id': caller.account }),
    ...(caller?.key != null && { 'signalbox.key.id': caller.key }),
  })
  const type = errorType(answer)
  if (type !== undefined) span.failed(type)
}

const recordOf = ({
  served,
  answer,
  method,
  durationMs,
}: Finished): { readonly [field: string]: unknown } => ({
  request_id: served.requestId,
  method,
  route: routeOf(served) ?? null,
  status: answer.status,
  problem: answer.problem ?? null,
  duration_ms: Math.round(durationMs * 1000) / 1000,
  account_id: served.caller?.account ?? null,
  key_id: served.caller?.key ?? null,
})

const LONGEST_AGENT = 200

/** Of requests whose account is known: a log that somebody reads is somebody's. */
function keepRequest(
  requestLog: RequestLog,
  { shown, clock, addressOf, isPortals }: ObserverOptions,
  { served, answer, method, durationMs }: Finished,
): void {
  const { caller, route, request, requestId } = served
  if (caller === undefined || route === undefined) return
  const wasRead = isSafe(route.method) && answer.status < 400
  // The portal reads what it shows every two seconds, this log included.
  if (wasRead && caller.key === null && isPortals(request)) return
  if (!requestLog.wants(caller.account, wasRead)) return
  requestLog.add({
    id: requestId,
    account: caller.account,
    at: clock.now() - durationMs,
    wasRead,
    method,
    route: route.path,
    ...shown(route, request.target),
    status: answer.status,
    problem: answer.problem ?? null,
    duration_ms: Math.round(durationMs),
    replayed: answer.headers.some(([name]) => name === 'idempotent-replayed'),
    key_id: caller.key,
    address: addressOf(request) ?? null,
    user_agent: withoutSecrets(request.header('user-agent') ?? '').slice(0, LONGEST_AGENT) || null,
  })
}

/** All that the request brought, so that no error of ours quotes it in the log. */
export function broughtBy({ request, body, input }: Served): Brought {
  const credentials = ['authorization', 'cookie'].flatMap(
    name => request.header(name)?.split(/[\s;=,]+/) ?? [],
  )
  const pieces = request.target.split(/[/?&=]/)
  const texts = textsIn(body === undefined ? '' : Buffer.from(body).toString())
  if (texts === undefined) return 'too much'
  return [...credentials, ...pieces, ...pieces.map(decoded), ...texts, input]
}

function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece.replaceAll('+', ' '))
  } catch {
    return piece
  }
}
