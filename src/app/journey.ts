import type { Identified } from '../access/index.ts'
import { after } from '../base/index.ts'
import { type Caller, isSafe } from '../contract/index.ts'
import { type Problem, rateLimitFields, splitSuffix, splitTarget, type Target } from '../http/index.ts'
import { operations } from '../work/index.ts'
import type { Admitted, Call } from './admitted.ts'
import { failureAnswer, withId } from './answers.ts'
import { cachingOf } from './caching.ts'
import { change } from './change.ts'
import type { CompiledRoute } from './compile.ts'
import { guardsOf, requireState } from './conditions.ts'
import { type Answer, headerOf, type Request, type WholeAnswer } from './exchange.ts'
import type { AnswerFormat } from './formats.ts'
import { type ApiLimiter, rateLimited } from './limits.ts'
import { type Match, methodFields } from './match.ts'
import { broughtBy, type Served } from './observe.ts'
import { readInput } from './reading.ts'
import { withBody } from './receive.ts'
import { Refusal, refuse, requireScopes } from './refusal.ts'
import { render } from './render.ts'
import { refuseNoCoding } from './represent.ts'
import { selectedFormat } from './selection.ts'
import { show } from './show.ts'
import { heedPreferences } from './waits.ts'
import type { Journey } from './world.ts'

// A request's way, from top to bottom:
//
//   match, authenticate, limit, negotiate, read, validate, prepare,
//   [ unit of work: idempotency record, conditions, handle, check and render the answer, events, store the answer under its key ],
//   commit, flush, send.
//
// Nothing is answered before it is on disk. Wherever the way ends early, it ends in a problem. Whatever need not be waited for
// goes on at once: most of what a GET costs would else be promises.

/** A request, and what is known of it wherever its way ends. */
interface Way {
  readonly served: Served
  readonly request: Request
  readonly requestId: string
  /** What the caller takes, as the field or the path's suffix has it. */
  accept: string | undefined
  matched: CompiledRoute | undefined
  /** What the answer tells of limits and to caches. */
  readonly fields: Answer['headers'][number][]
}

/** Answers one request, and says of it what is found out on the way. Never rejects. */
export function answer(journey: Journey, served: Served): Answer | Promise<Answer> {
  const { request, requestId } = served
  const accept = request.header('accept')
  const way: Way = { served, request, requestId, accept, matched: undefined, fields: [] }
  try {
    const made = pass(journey, way)
    return made instanceof Promise ? ended(journey, way, made) : withFields(journey, way, made)
  } catch (error) {
    return refusal(journey, way, error)
  }
}

async function ended(journey: Journey, way: Way, made: Promise<Answer>): Promise<Answer> {
  try {
    return withFields(journey, way, await made)
  } catch (error) {
    return refusal(journey, way, error)
  }
}

function refusal(journey: Journey, way: Way, error: unknown): Answer {
  const { served, requestId, accept, matched } = way
  const { name = 'request', endpoint } = matched?.route ?? {}
  const failed = (fault: unknown, where: string): void => journey.failed(fault, where, broughtBy(served))
  const made = failureAnswer(error, { name, endpoint, requestId, accept, failed })
  return withFields(journey, way, made)
}

function withFields({ isBySession }: Journey, { request, requestId, fields }: Way, made: Answer): Answer {
  const caching = cachingOf(request, made, isBySession(request))
  if (caching !== undefined) fields.push(caching)
  return withId(made, requestId, fields)
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
    way.fields.push(...rateLimitFields(standings))
    if (waitMs > 0) throw new Refusal(rateLimited(waitMs))
    return caller
  })
}

async function refuseKey(limiter: ApiLimiter, request: Request, wrong: Problem): Promise<never> {
  throw new Refusal((await limiter.wrongKey(request)) ?? wrong)
}

function serve(
  journey: Journey,
  { served, request, requestId, accept }: Way,
  { found, params }: Match<CompiledRoute>,
  { path, query }: Target,
  caller: Caller | undefined,
): Answer | Promise<Answer> {
  const { route, selecting } = found
  const offered = chooseFormat(found, accept)
  refuseNoCoding(request)
  const guards = isSafe(route.method) ? undefined : guardsOf(request, found)
  return withBody(journey, found, request, caller, body => {
    served.body = body.bytes
    return after(readInput(found, query, body, journey.limits), input => {
      served.input = input
      const format = offered && selecting ? selectedFormat(selecting, input, caller, offered) : offered
      const files = body.upload === undefined ? NO_FILES : Object.fromEntries(body.upload.files)
      const call: Call = { params, input, account: caller?.account, caller, files }
      const rendered = { path, query, matched: found, format }
      return perform(journey, { ...rendered, request, requestId, served, accept, body, guards, call })
    })
  })
}

const NO_FILES = {}

/** A target in absolute form must name the host that the request is for (RFC 9112 §3.2.2). */
const isOwnAuthority = (authority: string | undefined, request: Request): boolean =>
  authority === undefined || authority.toLowerCase() === request.header('host')?.toLowerCase()

const suffixOf = ({ compiled }: Journey, path: string): ReturnType<typeof splitSuffix> =>
  compiled.api.suffixes ? splitSuffix(path) : { path, mediaType: undefined }

/** Whoever leaves the base out, or asks the bare address, is told of it. */
const nothingAt = (path: string, base: string): string =>
  path.startsWith(`${base}/`) ? 'There is nothing at this path.' : `Paths begin with ${base}/ here.`

function match({ compiled }: Journey, request: Request, path: string) {
  const matched = compiled.match(request.method, path)
  if (matched === 'no-such-path') refuse('no-such-path', { detail: nothingAt(path, compiled.api.base) })
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
  const { endpoint, method } = admitted.matched.route
  const make = isSafe(method) ? read : change
  const made =
    endpoint.readsLog === true
      ? after(journey.live.settle(), () => make(journey, admitted))
      : make(journey, admitted)
  return endpoint.waits === true ? after(made, answered => heeded(journey, admitted, answered)) : made
}

function read(journey: Journey, admitted: Admitted): Answer | Promise<Answer> {
  return after(show(journey, admitted), made => {
    requireState(admitted.request, made)
    return made
  })
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
