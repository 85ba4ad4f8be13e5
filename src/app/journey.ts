import { type Identified, writeAudit } from '../access/index.ts'
import { after } from '../base/index.ts'
import { type Caller, isSafe, type StoredFile, type Unit } from '../contract/index.ts'
import type { Sink } from '../files/index.ts'
import {
  type Problem,
  problem,
  rateLimitFields,
  splitSuffix,
  splitTarget,
  type Target,
} from '../http/index.ts'
import type { Memory, Store } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { type Environment, Failure, type OpenReading, runUnit } from '../unit/index.ts'
import type { Live } from '../webhooks/index.ts'
import { operations } from '../work/index.ts'
import type { Admitted, Call } from './admitted.ts'
import { failureAnswer, problemAnswer, withId } from './answers.ts'
import type { Bodies, Holding } from './bodies.ts'
import type { CompiledApi, CompiledRoute } from './compile.ts'
import { guardsOf, requireState, requireUnchanged, withoutUnsettled } from './conditions.ts'
import { contentAnswer } from './download.ts'
import { type Answer, headerOf, type Request, type WholeAnswer } from './exchange.ts'
import type { AnswerFormat } from './formats.ts'
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
import { type Match, methodFields } from './match.ts'
import { broughtBy, type Served } from './observe.ts'
import { type Body, type Limits, NO_BODY, readInput, receiveBody } from './reading.ts'
import { problemOf, Refusal, refuse, requireScopes } from './refusal.ts'
import { inOnePiece, render } from './render.ts'
import { refuseNoCoding } from './represent.ts'
import { rowsAnswer, watched } from './rows.ts'
import { selectedFormat } from './selection.ts'
import { receiveFiles } from './upload.ts'
import type { Upload } from './uploaded.ts'
import { heedPreferences, type Waits } from './waits.ts'

// A request's way, from top to bottom:
//
//   match, authenticate, limit, negotiate, read, validate, prepare,
//   [ unit of work: idempotency record, conditions, handle, check and render the answer, events, store the answer under its key ],
//   commit, flush, send.
//
// Nothing is answered before it is on disk. Wherever the way ends early, it ends in a problem. Whatever need not be waited for
// goes on at once: most of what a GET costs would else be promises.

/** What the journey needs of the world. */
export interface Journey {
  readonly compiled: CompiledApi
  readonly store: Store
  readonly env: Environment
  readonly openReading: OpenReading
  /** Who calls: by a key, or by a session of the portal. Undefined where the request has neither. */
  readonly authenticate: (request: Request) => Identified | Promise<Identified>
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

/** A request, and what is known of it wherever its way ends. */
interface Way {
  readonly served: Served
  readonly request: Request
  readonly requestId: string
  /** What the caller takes, as the field or the path's suffix has it. */
  accept: string | undefined
  matched: CompiledRoute | undefined
  /** What the answer tells of limits. */
  fields: Answer['headers']
}

const NO_FIELDS: Answer['headers'] = []

/** Answers one request, and says of it what is found out on the way. Never rejects. */
export function answer(journey: Journey, served: Served): Answer | Promise<Answer> {
  const { request, requestId } = served
  const accept = request.header('accept')
  const way: Way = { served, request, requestId, accept, matched: undefined, fields: NO_FIELDS }
  const end = (made: Answer): Answer => withId(made, requestId, way.fields)
  const refused = (error: unknown): Answer => end(refusal(journey, way, error))
  try {
    const made = pass(journey, way)
    return made instanceof Promise ? made.then(end, refused) : end(made)
  } catch (error) {
    return refused(error)
  }
}

function refusal(journey: Journey, { served, requestId, accept, matched }: Way, error: unknown): Answer {
  const { name = 'request', endpoint } = matched?.route ?? {}
  const failed = (fault: unknown, where: string): void => journey.failed(fault, where, broughtBy(served))
  return failureAnswer(error, { name, endpoint, requestId, accept, failed })
}

function pass(journey: Journey, way: Way): Answer | Promise<Answer> {
  const { served, request } = way
  const target = splitTarget(request.target)
  if (target === undefined || !isOwnAuthority(target.authority, request)) {
    refuse('bad-request', { detail: 'The request target is not a path on this host.' })
  }
  const { path, mediaType } = suffixOf(journey, target.path)
  way.accept = mediaType ?? way.accept
  const at = match(journey, request, path)
  if ('allow' in at) return { status: 204, headers: Object.entries(methodFields(at)), body: undefined }
  way.matched = at.found
  served.route = at.found.route
  return after(journey.authenticate(request), identified =>
    after(admit(journey, way, at.found, identified), caller => serve(journey, way, at, target, caller)),
  )
}

/** Who calls, where that caller may, and is within the limits. */
function admit(
  { limiter, noteUse, env }: Journey,
  way: Way,
  { route }: CompiledRoute,
  identified: Identified,
): Caller | undefined | Promise<Caller | undefined> {
  const { served, request } = way
  if (identified !== undefined && 'status' in identified) return refuseKey(limiter, request, identified)
  const caller = identified
  // Open routes do without a key. A wrong one is refused there too.
  if (caller === undefined) {
    if (route.endpoint.open !== true) refuse('key-missing')
  } else {
    served.caller = caller
    if (caller.key !== null) noteUse(caller.key, env.clock.now())
    requireScopes(caller, route.scopes)
  }
  return after(limiter.admit(route, caller, request), ({ standings, waitMs }) => {
    way.fields = rateLimitFields(standings)
    if (waitMs > 0) throw new Refusal(rateLimited(waitMs))
    return caller
  })
}

async function refuseKey(limiter: ApiLimiter, request: Request, wrong: Problem): Promise<never> {
  throw new Refusal((await limiter.wrongKey(request)) ?? wrong)
}

function serve(
  journey: Journey,
  way: Way,
  { found, params }: Match<CompiledRoute>,
  { path, query }: Target,
  caller: Caller | undefined,
): Answer | Promise<Answer> {
  const { served, request, requestId, accept } = way
  const { route, selecting } = found
  const offered = chooseFormat(found, accept)
  refuseNoCoding(request)
  const guards = isSafe(route.method) ? undefined : guardsOf(request, found)
  const take = (body: Body): Answer | Promise<Answer> =>
    after(readInput(found, query, body, journey.limits), input => {
      served.input = input
      const format = offered && selecting ? selectedFormat(selecting, input, caller, offered) : offered
      const files = body.upload === undefined ? NO_FILES : Object.fromEntries(body.upload.files)
      const call: Call = { params, input, account: caller?.account, caller, files }
      const rendered = { path, query, matched: found, format }
      return perform(journey, { ...rendered, request, requestId, served, accept, body, guards, call })
    })
  const taking = (holding?: Holding): Answer | Promise<Answer> =>
    after(receive(journey, found, request, holding), body => {
      served.body = body.bytes
      return body.upload === undefined ? take(body) : discardAfter(body.upload, () => take(body))
    })
  return route.input?.from === 'body' ? holdDuring(journey.bodies, taking) : taking()
}

const NO_FILES = {}

/** Bytes of a body are held until its request is answered. */
async function holdDuring(
  bodies: Bodies,
  work: (holding: Holding) => Answer | Promise<Answer>,
): Promise<Answer> {
  const holding = bodies.begin()
  try {
    return await work(holding)
  } finally {
    holding.end()
  }
}

/** What no unit has kept is of no use to anybody. */
async function discardAfter(upload: Upload, work: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } finally {
    await upload.discard()
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

/** What answers nothing is acceptable to everybody. */
function chooseFormat(
  { formats, formatFor }: CompiledRoute,
  accept: string | undefined,
): AnswerFormat | undefined {
  const chosen = formatFor(accept)
  if (chosen !== undefined || formats.length === 0) return chosen
  const offered = formats.map(format => format.mediaType).join(', ')
  return refuse('not-acceptable', { detail: `Answers here are ${offered}.` })
}

function perform(journey: Journey, admitted: Admitted): Answer | Promise<Answer> {
  const { matched, call, request, body } = admitted
  const { endpoint, method, name } = matched.route
  const heed = (made: Answer): Answer | Promise<Answer> =>
    endpoint.waits === true ? heeded(journey, admitted, made) : made
  if (isSafe(method)) {
    const settled = endpoint.live === true ? journey.live.settle() : undefined
    return after(
      after(settled, () => read(journey, admitted)),
      made => {
        requireState(request, made)
        return heed(made)
      },
    )
  }
  const key = keyedRequest(request, body, call.account, `${journey.compiled.api.version} ${name}`)
  const made =
    key === undefined
      ? change(journey, admitted, undefined)
      : aloneWithKey(journey.running, key, journey, () => change(journey, admitted, key))
  return made.then(heed)
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
    const kind = endpoint.adds === true && guards === undefined && upload === undefined ? 'adds' : 'any'
    const answered = await runUnit(
      store,
      env,
      call.account,
      async ({ tx, run }) => {
        const kept = key && (await findKept(tx, key, env))
        replayed = kept !== undefined
        if (kept !== undefined) return kept
        if (upload !== undefined && call.account !== undefined) await upload.keep(tx, call.account)
        const made = await run(async unit => {
          if (guards !== undefined) await requireUnchanged(guards, matched, call, unit, journey.limits)
          const value = await endpoint.handle?.({ ...unit, ...call, prepared } as never)
          if (endpoint.audit !== undefined) await audit(env, unit, endpoint.audit, call, value)
          return render(journey.compiled.api.base, admitted, value)
        })
        if (key !== undefined) {
          keep(tx, key, endpoint.shownOnce === true ? shownOnce(made, admitted) : made, env)
        }
        return made
      },
      kind,
    )
    if (!replayed) upload?.committed()
    return answered
  } catch (error) {
    const refused = refusalToKeep(admitted, error)
    if (key === undefined || refused === undefined) throw error
    return keepRefusal(store, env, key, refused)
  }
}

function read(journey: Journey, admitted: Admitted): Answer | Promise<Answer> {
  const { matched, call, format, request } = admitted
  if (format !== undefined && 'live' in format && call.caller !== undefined) {
    const { authenticate, live } = journey
    return follow(live, { request, matched, caller: call.caller, input: call.input, authenticate })
  }
  const { endpoint } = matched.route
  return after(prepare(journey, admitted), prepared =>
    show(journey, admitted, input =>
      endpoint.handle?.({ ...journey.openReading(call.account), ...call, input, prepared } as never),
    ),
  )
}

/** What a handler that only reads answers, in the form that the caller has asked for. */
function show(
  { compiled, store, sink, env, answers, failed }: Journey,
  admitted: Admitted,
  handle: (input: unknown) => unknown,
): Answer | Promise<Answer> {
  const { matched, call, format, request } = admitted
  const { content, endpoint } = matched.route
  if (format !== undefined && 'row' in format) return rowsAnswer(failed, admitted, format, handle)
  if (content !== undefined && sink !== undefined) {
    return after(handle(call.input), async value => {
      const made = await contentAnswer({ store, sink }, request, { content, value, account: call.account })
      return { ...made, body: watched(failed, admitted, made.body) }
    })
  }
  const { base } = compiled.api
  const make = (): WholeAnswer | Promise<WholeAnswer> =>
    after(handle(call.input), value => render(base, admitted, value))
  // A target has no space, nor has a media type; an account's id may have any.
  const key = (): string => `${call.account ?? ''} ${format?.mediaType} ${request.target}`
  const made =
    endpoint.fromRows === true
      ? store.read.recall(answers, key(), async () => inOnePiece(await make()))
      : make()
  return endpoint.lastModified === undefined
    ? made
    : after(made, known => withoutUnsettled(known, env.clock.now()))
}

/** The answer to a caller who may wait for the end of the operation that it tells of. */
async function heeded(journey: Journey, admitted: Admitted, made: Answer): Promise<Answer> {
  const { compiled, openReading, waits } = journey
  const { call, request } = admitted
  const { account, params } = call
  const prefer = request.header('prefer')
  const location = headerOf(made, 'location')
  const id = location?.slice(location.lastIndexOf('/') + 1) ?? params['id']
  if (prefer === undefined || id === undefined || account === undefined) return made
  const read = () => openReading(account).on(operations).get(id)
  const show = (shown: object): WholeAnswer => render(compiled.api.base, admitted, shown)
  return heedPreferences(waits, prefer, made, { id, account, signal: request.signal, read, render: show })
}

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

/** Undefined, at once, where there is nothing to prepare. */
function prepare(
  { fetch, sink, env }: Journey,
  { matched, request, call }: Admitted,
): Promise<unknown> | undefined {
  const { prepare } = matched.route.endpoint
  if (prepare === undefined) return undefined
  const read = ({ id, size }: StoredFile): AsyncIterable<Uint8Array> | undefined =>
    sink?.read(id, { first: 0, last: size - 1 })
  const run = async (): Promise<unknown> => prepare({ ...call, signal: request.signal, fetch, read } as never)
  return env.tracing === undefined ? run() : env.tracing.span('prepare', {}, run)
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
