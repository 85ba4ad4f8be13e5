import { authenticate, type Caller } from '../access/index.ts'
import { validate } from '../contract/index.ts'
import { readJson } from '../formats/index.ts'
import {
  fingerprint,
  negotiate,
  PROBLEM_JSON,
  type Problem,
  parseIdempotencyKey,
  parseMediaType,
  problem,
  problemBody,
  splitTarget,
} from '../http/index.ts'
import type { Store } from '../store/index.ts'
import {
  type Environment,
  Failure,
  findAnswer,
  type KeptAnswer,
  keepAnswer,
  keyUse,
  readingUnit,
  runUnit,
} from '../unit/index.ts'
import type { CompiledApi, CompiledRoute } from './compile.ts'
import type { Answer, Request } from './exchange.ts'
import { invalidInput, problemOf, Refusal, refuse } from './refusal.ts'

// A request's way, from top to bottom:
//
//   match, authenticate, negotiate, read, validate, prepare,
//   [ unit of work: idempotency record, handle, check and render the answer, events, store the answer under its key ],
//   commit, flush, send.
//
// Nothing is answered before it is on disk. Wherever the way ends early, it ends in a problem.

/** What the journey needs of the world. */
export interface Journey {
  readonly compiled: CompiledApi
  readonly store: Store
  readonly env: Environment
  /** Through the egress guard. */
  readonly fetch: typeof fetch
  readonly limits: Limits
  /** Told of what is our own fault. */
  readonly failed: (error: unknown, where: string) => void
}

export interface Limits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number
  /** Nesting of its values. */
  readonly depth: number
}

/** Answers one request. Never rejects. */
export async function answer(journey: Journey, request: Request): Promise<Answer> {
  const requestId = journey.env.newId('req')
  let matched: CompiledRoute | undefined
  try {
    const target = splitTarget(request.target)
    if (target === undefined || !isOwnAuthority(target.authority, request)) {
      refuse('bad-request', { detail: 'The request target is not a path on this host.' })
    }
    const at = match(journey, request, target.path)
    if ('allow' in at)
      return withId({ status: 204, headers: [['allow', at.allow]], body: undefined }, requestId)
    const { found, params } = at
    matched = found
    const caller = admit(found, await authenticate(journey.store.peek, request.header('authorization')))
    if (negotiate(request.header('accept'), OFFERS) === undefined) {
      refuse('not-acceptable', { detail: 'Answers are application/json.' })
    }
    const body = found.route.input?.from === 'body' ? await readBody(journey, found, request) : NOTHING
    const input = await readInput(journey, found, target.query, body)
    const call: Call = { params, input, account: caller?.account }
    return withId(await perform(journey, found, request, body, call, requestId), requestId)
  } catch (error) {
    return withId(refusalAnswer(journey, matched, error, requestId), requestId)
  }
}

/** What handlers are given of the request. */
interface Call {
  readonly params: { readonly [name: string]: string }
  readonly input: unknown
  readonly account: string | undefined
}

const OFFERS = [{ mediaType: 'application/json' }] as const
const JSON_ANSWER = [['content-type', 'application/json']] as const

/** A target in absolute form must name the host that the request is for (RFC 9112 §3.2.2). */
const isOwnAuthority = (authority: string | undefined, request: Request): boolean =>
  authority === undefined || authority.toLowerCase() === request.header('host')?.toLowerCase()

function match({ compiled }: Journey, request: Request, path: string) {
  const matched = compiled.match(request.method, path)
  if (matched === 'no-such-path') refuse('no-such-path', { detail: 'There is nothing at this path.' })
  if (matched === 'bad-path') refuse('bad-request', { detail: 'The path cannot be decoded.' })
  if ('allow' in matched && request.method !== 'OPTIONS') {
    const { allow } = matched
    refuse('method-not-allowed', { detail: `This path takes ${allow}.`, headers: { allow } })
  }
  return matched
}

/** Open routes do without a key, but a wrong one is refused there too. */
function admit({ route }: CompiledRoute, caller: Caller | Problem | undefined): Caller | undefined {
  if (caller !== undefined && 'status' in caller) throw new Refusal(caller)
  if (caller === undefined && route.endpoint.open !== true) refuse('key-missing')
  return caller
}

/** The bytes of the body of a route that takes one. */
function readBody({ limits }: Journey, { route }: CompiledRoute, request: Request): Promise<Uint8Array> {
  const offered = route.method === 'PATCH' ? PATCH_TYPES : JSON_TYPES
  const type = request.header('content-type')
  const essence = type === undefined ? undefined : parseMediaType(type)?.essence
  if (essence === undefined || !offered.includes(essence)) {
    const accept = offered.join(', ')
    const detail = type === undefined ? `Send a Content-Type: ${accept}.` : `The body may be ${accept}.`
    // RFC 9110 §15.5.16: a 415 tells what would be taken in `Accept`, or `Accept-Encoding`.
    refuse('unsupported-media-type', { detail, headers: { accept } })
  }
  const encoding = request.header('content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    refuse('unsupported-encoding', {
      detail: 'Send the body without compression.',
      headers: { 'accept-encoding': 'identity' },
    })
  }
  return request.body(limits.bodyBytes)
}

const NOTHING = new Uint8Array()
const JSON_TYPES: readonly string[] = ['application/json']
const PATCH_TYPES: readonly string[] = ['application/merge-patch+json', 'application/json']

async function readInput(
  { limits }: Journey,
  { route, readQuery }: CompiledRoute,
  query: string,
  body: Uint8Array,
): Promise<unknown> {
  if (route.input === undefined) return undefined
  const fromQuery = readQuery?.(query)
  if (fromQuery !== undefined && 'errors' in fromQuery) refuse('invalid-query', { errors: fromQuery.errors })
  const read = fromQuery ?? readJson(body, limits)
  if ('problem' in read) refuse('malformed-body', { detail: read.problem.detail })
  const result = await validate(route.input.schema, read.value)
  if ('value' in result) return result.value
  if (readQuery === undefined) throw new Refusal(invalidInput(result.issues))
  const errors = result.issues.map(({ path, message }) => ({ parameter: path.join('.'), detail: message }))
  return refuse('invalid-query', { errors })
}

async function perform(
  journey: Journey,
  matched: CompiledRoute,
  request: Request,
  body: Uint8Array,
  call: Call,
  requestId: string,
): Promise<Answer> {
  if (matched.route.method === 'GET') {
    const prepared = await prepare(journey, matched, request, call)
    return handle(journey, matched, {
      ...readingUnit(journey.store, journey.env, call.account),
      ...call,
      prepared,
    })
  }
  const key = idempotencyKey(matched, request, body, call, journey.compiled.api.version)
  // Where there is something to prepare it is looked for twice: here, so that a retry prepares nothing, and in the unit,
  // where nothing can come between.
  if (key !== undefined && matched.route.endpoint.prepare !== undefined) {
    const kept = await findAnswer(journey.store.read, key.use, journey.env.clock.now())
    if (kept !== undefined) return replay(kept, key)
  }
  const prepared = await prepare(journey, matched, request, call)
  const now = journey.env.clock.now()
  try {
    return await runUnit(journey.store, journey.env, call.account, async ({ tx, run }) => {
      const kept = key && (await findAnswer(tx, key.use, now))
      if (kept !== undefined) return replay(kept, key)
      const made = await run(unit => handle(journey, matched, { ...unit, ...call, prepared }))
      const keeping = matched.route.endpoint.shownOnce === true ? shownOnce(made, requestId) : made
      if (key !== undefined) await keepAnswer(tx, key.use, keptOf(keeping, key), now)
      return made
    })
  } catch (error) {
    const refused = refusalToKeep(matched, error, requestId)
    if (key === undefined || refused === undefined) throw error
    return keepRefusal(journey, key, refused)
  }
}

/**
 * A handler's refusal is an outcome like any other: a retry finds it. What it did is undone, so there is nothing that it
 * would have to share a commit with. Our own faults are not kept.
 */
async function keepRefusal({ store, env }: Journey, key: KeyedRequest, refused: Answer): Promise<Answer> {
  const now = env.clock.now()
  return store.unit(async tx => {
    // The same request may have been made meanwhile, and come out otherwise: one key, one answer.
    const kept = await findAnswer(tx, key.use, now)
    if (kept !== undefined) return replay(kept, key)
    await keepAnswer(tx, key.use, keptOf(refused, key), now)
    return refused
  })
}

const keptOf = (answer: Answer, { fingerprint }: KeyedRequest): KeptAnswer => ({
  ...answer,
  body: typeof answer.body === 'string' ? answer.body : undefined,
  fingerprint,
})

interface KeyedRequest {
  readonly use: ReturnType<typeof keyUse>
  readonly fingerprint: string
}

/** The key under which the answer is to be kept. Without an account there is nobody to keep it for. */
function idempotencyKey(
  { route }: CompiledRoute,
  request: Request,
  body: Uint8Array,
  { account }: Call,
  version: string,
): KeyedRequest | undefined {
  const parsed = parseIdempotencyKey(request.header('idempotency-key'))
  if (parsed === undefined || account === undefined) return undefined
  if (parsed.key === undefined) return refuse('invalid-idempotency-key', { detail: parsed.detail })
  const { method, target } = request
  const contentType = request.header('content-type')
  const accept = request.header('accept')
  return {
    use: keyUse(account, parsed.key),
    fingerprint: fingerprint({
      method,
      target,
      contentType,
      accept,
      version: `${version} ${route.name}`,
      body,
    }),
  }
}

function replay({ fingerprint, status, headers, body }: KeptAnswer, key: KeyedRequest | undefined): Answer {
  if (fingerprint !== key?.fingerprint) {
    refuse('idempotency-key-reused', {
      detail: 'This key was used for another request. Use a new key for each.',
    })
  }
  return { status, headers: [...headers, ['idempotent-replayed', 'true']], body }
}

async function prepare(
  { fetch }: Journey,
  { route }: CompiledRoute,
  request: Request,
  call: Call,
): Promise<unknown> {
  const { prepare } = route.endpoint
  return prepare?.({ ...call, signal: request.signal, fetch } as never)
}

/** Runs the handler and renders what it answers, so that an answer that breaks its schema undoes the unit. */
async function handle(
  { compiled }: Journey,
  { route, write }: CompiledRoute,
  given: object,
): Promise<Answer> {
  const { handle, location } = route.endpoint
  const value = await handle?.(given as never)
  const headers: (readonly [string, string])[] = write === undefined ? [] : [...JSON_ANSWER]
  // A secret that was shown is not to be found in a cache (RFC 9111 §5.2.2.5).
  if (route.endpoint.shownOnce === true) headers.push(['cache-control', 'no-store'])
  if (location !== undefined)
    headers.push(['location', locationOf(compiled.api.base + location(value as never))])
  return { status: route.status, headers, body: write?.(value) }
}

/** In the unit, so that a path which cannot be a field's value undoes it, rather than losing the answer of what is done. */
function locationOf(path: string): string {
  if (/^\/[\x21-\x7e]*$/.test(path)) return path
  throw new Error(
    'the `location` of an endpoint is not a path of visible ASCII characters: encode what it is made of',
  )
}

function refusalToKeep({ route }: CompiledRoute, error: unknown, requestId: string): Answer | undefined {
  const refused = error instanceof Failure ? problemOf(error, route.endpoint) : undefined
  return refused === undefined || refused.status >= 500 ? undefined : problemAnswer(refused, requestId)
}

/** What is kept in place of an answer that holds a secret. */
function shownOnce({ headers }: Answer, requestId: string): Answer {
  const made = headers.find(([name]) => name === 'location')?.[1]
  const detail = `This was done before${made === undefined ? '' : `: see ${made}`}. Its secret was shown then, and is not kept.`
  return problemAnswer(problem('shown-once', { detail }), requestId)
}

function refusalAnswer(
  journey: Journey,
  matched: CompiledRoute | undefined,
  error: unknown,
  requestId: string,
): Answer {
  const known = problemOf(error, matched?.route.endpoint)
  if (known === undefined || known.status >= 500)
    journey.failed(error, `${matched?.route.name ?? 'request'} ${requestId}`)
  return problemAnswer(known ?? problem('internal-error'), requestId)
}

export function problemAnswer(from: Problem, requestId: string): Answer {
  const headers = [['content-type', PROBLEM_JSON], ...Object.entries(from.headers ?? {})] as const
  return {
    status: from.status,
    headers,
    body: JSON.stringify(problemBody(from, requestId)),
  }
}

const withId = (made: Answer, requestId: string): Answer => ({
  ...made,
  headers: [...made.headers, ['request-id', requestId], ['x-content-type-options', 'nosniff']],
})
