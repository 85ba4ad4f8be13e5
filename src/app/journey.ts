import { writeAudit } from '../access/index.ts'
import { type Caller, isSafe, type Page, type StoredFile, type Unit } from '../contract/index.ts'
import type { Sink } from '../files/index.ts'
import {
  type Conditions,
  etagOf,
  httpDate,
  linkValue,
  negotiate,
  type Problem,
  pageLinks,
  problem,
  rateLimitFields,
  splitSuffix,
  splitTarget,
} from '../http/index.ts'
import type { Memory, Store } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { type Environment, Failure, readingUnit, runUnit } from '../unit/index.ts'
import type { Live } from '../webhooks/index.ts'
import { operations } from '../work/index.ts'
import { failureAnswer, NO_STORE, problemAnswer, withId } from './answers.ts'
import type { Bodies, Holding } from './bodies.ts'
import type { CompiledApi, CompiledRoute } from './compile.ts'
import { guardsOf, modifiedOf, requireState, requireUnchanged, withoutUnsettled } from './conditions.ts'
import { contentAnswer } from './download.ts'
import { type Answer, headerOf, type Request, type WholeAnswer } from './exchange.ts'
import type { AnswerFormat, RowFormat } from './formats.ts'
import {
  aloneWithKey,
  findKept,
  type KeyedRequest,
  keep,
  keepRefusal,
  keyedRequest,
  type RunningKeys,
} from './kept.ts'
import { type ApiLimiter, rateLimited } from './limits.ts'
import { follow } from './live.ts'
import { methodFields } from './match.ts'
import { broughtBy, type Served } from './observe.ts'
import { type Body, type Limits, NO_BODY, readInput, receiveBody } from './reading.ts'
import { problemOf, Refusal, refuse, requireScopes } from './refusal.ts'
import { refuseNoCoding } from './represent.ts'
import { selectedFormat } from './selection.ts'
import { beginText, FIRST_ROWS, streamRows } from './stream.ts'
import { receiveFiles } from './upload.ts'
import type { Upload } from './uploaded.ts'
import { heedPreferences, type Waits } from './waits.ts'

// A request's way, from top to bottom:
//
//   match, authenticate, limit, negotiate, read, validate, prepare,
//   [ unit of work: idempotency record, conditions, handle, check and render the answer, events, store the answer under its key ],
//   commit, flush, send.
//
// Nothing is answered before it is on disk. Wherever the way ends early, it ends in a problem.

/** What the journey needs of the world. */
export interface Journey {
  readonly compiled: CompiledApi
  readonly store: Store
  readonly env: Environment
  /** Who calls: by a key, or by a session of the portal. Undefined where the request has neither. */
  readonly authenticate: (request: Request) => Promise<Caller | Problem | undefined>
  /** To GETs whose answers follow from rows alone. */
  readonly answers: Memory<WholeAnswer>
  readonly running: RunningKeys
  readonly limiter: ApiLimiter
  /** For the end of operations. */
  readonly waits: Waits
  /** Told of the id of each key that was used. */
  readonly noteUse: (key: string, now: number) => void
  /** Lists that go on as long as somebody follows them. */
  readonly live: Live
  /** Through the egress guard. */
  readonly fetch: typeof fetch
  /** Where files are kept; undefined where the api has none. */
  readonly sink: Sink | undefined
  readonly limits: Limits
  readonly bodies: Bodies
  readonly failed: Failed
}

/** A request that may be served. */
interface Admitted {
  readonly request: Request
  readonly requestId: string
  readonly served: Served
  readonly path: string
  readonly query: string
  /** What the caller takes, as the field or the path's suffix has it. */
  readonly accept: string | undefined
  readonly matched: CompiledRoute
  /** Undefined where there is nothing to write. */
  readonly format: AnswerFormat | undefined
  readonly body: Body
  /** What must hold for a change; undefined where nothing is asked for. */
  readonly guards: Conditions | undefined
  readonly call: Call
}

/** What handlers are given of it. */
interface Call {
  readonly params: { readonly [name: string]: string }
  readonly input: unknown
  readonly account: string | undefined
  readonly caller: Caller | undefined
  readonly files: { readonly [name: string]: StoredFile }
}

const NO_FILES = {}

/** Answers one request, and says of it what is found out on the way. Never rejects. */
export async function answer(journey: Journey, served: Served): Promise<Answer> {
  const { request, requestId } = served
  let accept = request.header('accept')
  let matched: CompiledRoute | undefined
  let fields: Answer['headers'] = []
  let upload: Upload | undefined
  let holding: Holding | undefined
  try {
    const target = splitTarget(request.target)
    if (target === undefined || !isOwnAuthority(target.authority, request)) {
      refuse('bad-request', { detail: 'The request target is not a path on this host.' })
    }
    const { query } = target
    const { path, mediaType } = suffixOf(journey, target.path)
    accept = mediaType ?? accept
    const at = match(journey, request, path)
    if ('allow' in at)
      return withId({ status: 204, headers: Object.entries(methodFields(at)), body: undefined }, requestId)
    const { found, params } = at
    matched = found
    served.route = found.route
    const known = await journey.authenticate(request)
    if (known !== undefined && 'status' in known)
      throw new Refusal((await journey.limiter.wrongKey(request)) ?? known)
    const caller = admit(journey, found, served, known)
    const admission = journey.limiter.admit(found.route, caller, request)
    const limited = admission instanceof Promise ? await admission : admission
    fields = rateLimitFields(limited.standings)
    if (limited.waitMs > 0) throw new Refusal(rateLimited(limited.waitMs))
    const offered = chooseFormat(found, accept)
    refuseNoCoding(request)
    const guards = isSafe(found.route.method) ? undefined : guardsOf(request, found)
    if (found.route.input?.from === 'body') holding = journey.bodies.begin()
    const body = await receive(journey, found, request, holding)
    upload = body.upload
    served.body = body.bytes
    const input = await readInput(found, query, body, journey.limits)
    const format =
      offered && found.selecting ? selectedFormat(found.selecting, input, caller, offered) : offered
    served.input = input
    const files = upload === undefined ? NO_FILES : Object.fromEntries(upload.files)
    const call: Call = { params, input, account: caller?.account, caller, files }
    const admitted = {
      request,
      requestId,
      served,
      path: target.path,
      query,
      accept,
      matched,
      format,
      body,
      guards,
      call,
    }
    const made = await perform(journey, admitted)
    return withId(
      found.route.endpoint.waits === true ? await heeded(journey, admitted, made) : made,
      requestId,
      fields,
    )
  } catch (error) {
    const { name = 'request', endpoint } = matched?.route ?? {}
    const failed = (fault: unknown, where: string): void => journey.failed(fault, where, broughtBy(served))
    return withId(failureAnswer(error, { name, endpoint, requestId, accept, failed }), requestId, fields)
  } finally {
    holding?.end()
    if (upload !== undefined) await upload.discard()
  }
}

/** What the body has, files written to the sink. A route that takes none is not waited for. */
function receive(
  { sink, env, limits, failed }: Journey,
  found: CompiledRoute,
  request: Request,
  holding: Holding | undefined,
): Body | Promise<Body> {
  const { files } = found.route
  if (files !== undefined && sink !== undefined)
    return receiveFiles({ sink, env, limits, failed }, found, request)
  return holding === undefined ? NO_BODY : receiveBody(found, request, limits.bodyBytes, holding)
}

/** A target in absolute form must name the host that the request is for (RFC 9112 §3.2.2). */
const isOwnAuthority = (authority: string | undefined, request: Request): boolean =>
  authority === undefined || authority.toLowerCase() === request.header('host')?.toLowerCase()

const suffixOf = ({ compiled }: Journey, path: string): ReturnType<typeof splitSuffix> =>
  compiled.api.suffixes ? splitSuffix(path) : { path, mediaType: undefined }

function match({ compiled }: Journey, request: Request, path: string) {
  const matched = compiled.match(request.method, path)
  if (matched === 'no-such-path') refuse('no-such-path', { detail: 'There is nothing at this path.' })
  if (matched === 'bad-path') refuse('bad-request', { detail: 'The path cannot be decoded.' })
  if ('allow' in matched && request.method !== 'OPTIONS') {
    const headers = methodFields(matched)
    refuse('method-not-allowed', { detail: `This path takes ${matched.allow}.`, headers })
  }
  return matched
}

/** Open routes do without a key. A wrong one was refused there too. */
function admit(
  { noteUse, env }: Journey,
  { route }: CompiledRoute,
  served: Served,
  caller: Caller | undefined,
): Caller | undefined {
  if (caller === undefined) {
    if (route.endpoint.open !== true) refuse('key-missing')
    return undefined
  }
  served.caller = caller
  if (caller.key !== null) noteUse(caller.key, env.clock.now())
  requireScopes(caller, route.scopes)
  return caller
}

/** What answers nothing is acceptable to everybody. */
function chooseFormat({ formats }: CompiledRoute, accept: string | undefined): AnswerFormat | undefined {
  const chosen = negotiate(accept, formats)
  if (chosen !== undefined || formats.length === 0) return chosen
  const offered = formats.map(format => format.mediaType).join(', ')
  return refuse('not-acceptable', { detail: `Answers here are ${offered}.` })
}

async function perform(journey: Journey, admitted: Admitted): Promise<Answer> {
  const { matched, call, request, body } = admitted
  if (isSafe(matched.route.method)) {
    const made = await read(journey, admitted)
    requireState(request, made)
    return made
  }
  const { version } = journey.compiled.api
  const key = keyedRequest(request, body, call.account, `${version} ${matched.route.name}`)
  if (key === undefined) return change(journey, admitted, undefined)
  return aloneWithKey(journey.running, key, journey, () => change(journey, admitted, key))
}

async function change(journey: Journey, admitted: Admitted, key: KeyedRequest | undefined): Promise<Answer> {
  const { store, env } = journey
  const { matched, call, guards, body } = admitted
  const { endpoint } = matched.route
  // Where there is something to prepare it is looked for twice: here, so that a retry prepares nothing, and in the unit,
  // where nothing can come between.
  if (key !== undefined && endpoint.prepare !== undefined) {
    const kept = await findKept(store.read, key, env)
    if (kept !== undefined) return kept
  }
  const prepared = await prepare(journey, admitted)
  const { upload } = body
  try {
    // A unit may run again, and find then that the same request has come in between.
    let replayed = false
    const answered = await runUnit(store, env, call.account, async ({ tx, run }) => {
      const kept = key && (await findKept(tx, key, env))
      replayed = kept !== undefined
      if (kept !== undefined) return kept
      if (upload !== undefined && call.account !== undefined) await upload.keep(tx, call.account)
      const made = await run(async unit => {
        if (guards !== undefined) await requireUnchanged(guards, matched, call, unit, journey.limits)
        const value = await endpoint.handle?.({ ...unit, ...call, prepared } as never)
        if (endpoint.audit !== undefined) await audit(env, unit, endpoint.audit, call, value)
        return whole(journey, admitted, value)
      })
      if (key !== undefined) {
        await keep(tx, key, endpoint.shownOnce === true ? shownOnce(made, admitted) : made, env)
      }
      return made
    })
    if (!replayed) upload?.committed()
    return answered
  } catch (error) {
    const refused = refusalToKeep(admitted, error)
    if (key === undefined || refused === undefined) throw error
    return keepRefusal(store, env, key, refused)
  }
}

async function read(journey: Journey, admitted: Admitted): Promise<Answer> {
  const { store, env, answers } = journey
  const { matched, call, format, request } = admitted
  if (format !== undefined && 'live' in format && call.caller !== undefined) {
    const { authenticate, live } = journey
    return follow(live, { request, matched, caller: call.caller, input: call.input, authenticate })
  }
  const prepared = await prepare(journey, admitted)
  const handle = (input: unknown): unknown =>
    matched.route.endpoint.handle?.({
      ...readingUnit(store, env, call.account),
      ...call,
      input,
      prepared,
    } as never)
  if (format !== undefined && 'row' in format) return list(journey, admitted, format, handle)
  const { content } = matched.route
  if (content !== undefined && journey.sink !== undefined) {
    const value = await handle(call.input)
    const made = await contentAnswer({ store, sink: journey.sink }, request, {
      content,
      value,
      account: call.account,
    })
    return { ...made, body: watched(journey, admitted, made.body) }
  }
  const make = async (): Promise<WholeAnswer> => whole(journey, admitted, await handle(call.input))
  const { fromRows, lastModified } = matched.route.endpoint
  // A target has no space, nor has a media type; an account's id may have any.
  const key = `${call.account ?? ''} ${format?.mediaType} ${request.target}`
  const made =
    fromRows === true
      ? await store.read.recall(answers, key, async () => inOnePiece(await make()))
      : await make()
  return lastModified === undefined ? made : withoutUnsettled(made, env.clock.now())
}

/** The answer to a caller who may wait for the end of the operation that it tells of. */
async function heeded(journey: Journey, admitted: Admitted, made: Answer): Promise<Answer> {
  const { store, env, waits } = journey
  const { call, request } = admitted
  const { account, params } = call
  const prefer = request.header('prefer')
  const location = headerOf(made, 'location')
  const id = params['id'] ?? location?.slice(location.lastIndexOf('/') + 1)
  if (prefer === undefined || id === undefined || account === undefined) return made
  const read = () => readingUnit(store, env, account).on(operations).get(id)
  const render = (shown: object): WholeAnswer => whole(journey, admitted, shown)
  return heedPreferences(waits, prefer, made, { id, account, signal: request.signal, read, render })
}

/** V8 keeps text that was put together as its pieces, and would put them together anew each time that it is sent. */
const inOnePiece = ({ body, ...made }: WholeAnswer): WholeAnswer => ({
  ...made,
  body: body && Buffer.from(body).toString(),
})

/** In the unit, so that nothing is done without an entry, and no entry tells of what was not done. */
async function audit(
  { newId }: Environment,
  { sql, now }: Unit,
  action: string,
  { caller, params }: Call,
  value: unknown,
): Promise<void> {
  if (caller === undefined) return
  const made = Object(value) as { readonly id?: unknown }
  const subject = params['id'] ?? (typeof made.id === 'string' ? made.id : null)
  await writeAudit(sql, newId, { account: caller.account, action, subject, caller, now })
}

async function prepare(
  { fetch, sink, env }: Journey,
  { matched, request, call }: Admitted,
): Promise<unknown> {
  const { prepare } = matched.route.endpoint
  if (prepare === undefined) return undefined
  const read = ({ id, size }: StoredFile): AsyncIterable<Uint8Array> | undefined =>
    sink?.read(id, { first: 0, last: size - 1 })
  const run = (): Promise<unknown> => prepare({ ...call, signal: request.signal, fetch, read } as never)
  return env.tracing === undefined ? run() : env.tracing.span('prepare', {}, run)
}

/** Renders what a handler answers: in the unit, so that an answer which breaks its schema undoes it. */
function whole(
  { compiled }: Journey,
  { matched, format, path, query }: Admitted,
  value: unknown,
): WholeAnswer {
  const { endpoint, status, output, method } = matched.route
  const headers: (readonly [string, string])[] = []
  let body: string | undefined
  if (format !== undefined && 'write' in format) {
    body = format.write(value)
    headers.push(['content-type', format.contentType])
    if (matched.route.isTagged) headers.push(['etag', etagOf(format.mediaType, body)])
  }
  const modified = modifiedOf(matched, value)
  if (modified !== undefined) headers.push(['last-modified', httpDate(modified)])
  // A secret that was shown is not to be found in a cache (RFC 9111 §5.2.2.5).
  if (endpoint.shownOnce === true) headers.push(NO_STORE)
  if (endpoint.location !== undefined)
    headers.push(['location', locationOf(compiled.api.base + endpoint.location(value as never))])
  if (output?.pageOf !== undefined && method === 'GET')
    headers.push(...linksOf(path, query, value as Page<unknown>))
  return { status, headers, body }
}

/** The `Link` of a page, where it has others around it. */
function linksOf(path: string, query: string, page: Page<unknown>): (readonly [string, string])[] {
  const links = pageLinks(path, query, page)
  return links.length === 0 ? [] : [['link', linkValue(links)]]
}

/** In the unit, so that a path which cannot be a field's value undoes it, rather than losing the answer of what is done. */
function locationOf(path: string): string {
  if (/^\/[\x21-\x7e]*$/.test(path)) return path
  throw new Error(
    'the `location` of an endpoint is not a path of visible ASCII characters: encode what it is made of',
  )
}

/** All rows from the cursor on; one page where the caller sets a limit, and then the next one is named in `Link`. */
async function list(
  journey: Journey,
  admitted: Admitted,
  format: RowFormat,
  handle: (input: unknown) => unknown,
): Promise<Answer> {
  const { matched, call, path, query } = admitted
  const { mediaType, contentType, longest } = format
  const input = Object(call.input) as { readonly [name: string]: unknown }
  const walk = new URLSearchParams(query).has('limit') ? undefined : longest
  const pageOf = async (rows: number, cursor: object): Promise<Page<unknown>> => {
    const size = walk?.limit === undefined ? {} : { limit: Math.min(rows, walk.limit) }
    return (await handle({ ...input, ...size, ...cursor })) as Page<unknown>
  }
  const first = await pageOf(FIRST_ROWS, {})
  const type = ['content-type', contentType] as const
  const { status } = matched.route
  if (first.next !== null && walk !== undefined) {
    const next = (cursor: string, size: number) => pageOf(size, { cursor })
    return { status, headers: [type], body: watched(journey, admitted, streamRows(format, first, next)) }
  }
  const body = beginText(format, first)
  const etag = ['etag', etagOf(mediaType, body)] as const
  return { status, headers: [type, etag, ...(walk === undefined ? linksOf(path, query, first) : [])], body }
}

/** The status is sent by the time that a later piece fails: the answer breaks off, and only the log can say why. */
async function* watched<T>(
  { failed }: Journey,
  { matched, request, requestId, served }: Admitted,
  pieces: AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    yield* pieces
  } catch (error) {
    if (!request.signal.aborted) failed(error, `${matched.route.name} ${requestId}`, broughtBy(served))
    throw error
  }
}

/** Our own faults are not kept. */
function refusalToKeep({ matched, requestId, accept }: Admitted, error: unknown): Answer | undefined {
  const refused = error instanceof Failure ? problemOf(error, matched.route.endpoint) : undefined
  return refused === undefined || refused.status >= 500
    ? undefined
    : problemAnswer(refused, requestId, accept)
}

/** What is kept in place of an answer that holds a secret. */
function shownOnce(answer: Answer, { requestId, accept }: Admitted): Answer {
  const made = headerOf(answer, 'location')
  const detail = `This was done before${made === undefined ? '' : `: see ${made}`}. Its secret was shown then, and is not kept.`
  return problemAnswer(problem('shown-once', { detail }), requestId, accept)
}
