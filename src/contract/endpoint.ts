import type { Caller } from './caller.ts'
import { DefinitionError } from './definition-error.ts'
import { checkForms } from './endpoint-checks.ts'
import type { EventType } from './event.ts'
import { checkFileContent, checkFiles, type FileFields, type StoredFile, type Uploaded } from './file.ts'
import { type Known, refuseUnknown } from './known-options.ts'
import { type Limit, rateOf } from './limit.ts'
import { type Params, parsePath } from './path.ts'
import type { Problems } from './problems.ts'
import type { Resource } from './resource.ts'
import type { Out, Schema } from './schema.ts'
import type { Reading, Unit } from './unit.ts'

export type Method = SafeMethod | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Methods that only read (RFC 9110 §9.2.1). QUERY is a GET with a body (RFC 10008). */
export type SafeMethod = 'GET' | 'QUERY'

export const isSafe = (method: Method): method is SafeMethod => method === 'GET' || method === 'QUERY'

export interface SchemaNames {
  readonly input?: string
  readonly output?: string
  /** The output is a page of schemas with this name. */
  readonly pageOf?: string
  /** The input is `{ data: rows }`, of schemas with this name: they may come as NDJSON as well, one in each line. */
  readonly rowsOf?: string
  /** The root element of what is read and answered as XML, where that is no resource. Default: the schema's name in lower case. */
  readonly element?: string
}

/** What is known about a request before its unit of work begins. */
export interface Call<P extends string, I extends Schema, Open extends boolean> {
  readonly params: Params<P>
  /** From the query for GET and DELETE, from the body otherwise, QUERY included. */
  readonly input: Out<I>
  /** The id of the caller's account; undefined where the endpoint is open and no key was given. */
  readonly account: Open extends true ? string | undefined : string
  /** Who calls, and by which credential. */
  readonly caller: Open extends true ? Caller | undefined : Caller
}

export interface Prepare<P extends string, I extends Schema, F extends FileFields, Open extends boolean>
  extends Call<P, I, Open> {
  /** The files that came with the request. Their bytes are in the sink; they are kept once the unit has committed. */
  readonly files: Uploaded<F>
  /** The bytes of one of them, in pieces. */
  readonly read: (file: StoredFile) => AsyncIterable<Uint8Array>
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal
  /** Fetches through the egress guard: private networks are closed unless the producer opened them. */
  readonly fetch: typeof fetch
}

/** A handler's call: the request, and its unit of work. A GET or QUERY only reads (RFC 9110 §9.2.1). */
export type Handle<
  M extends Method,
  P extends string,
  I extends Schema,
  E extends EventType,
  Pr extends Problems,
  X,
  Open extends boolean,
  F extends FileFields = Record<never, never>,
> = Call<P, I, Open> & {
  /** What `prepare` answered. */
  readonly prepared: X
  /** The files that came with the request, kept once this unit commits. */
  readonly files: Uploaded<F>
} & (M extends SafeMethod ? Reading<Pr> : Unit<E, Pr>)

export interface EndpointOptions<
  M extends Method,
  P extends string,
  I extends Schema,
  O extends Schema,
  E extends EventType,
  Pr extends Problems,
  X,
  Open extends boolean,
  F extends FileFields,
> {
  readonly method: M
  /** Below the api's base, with parameters in braces: `/articles/{id}/feature`. */
  readonly path: P
  readonly input?: I
  /**
   * Files that callers send beside the input, as parts of multipart/form-data: `{ image: { types: ['image/png'] } }`. One
   * without any input may be the whole body as well. For POST, PUT and PATCH.
   */
  readonly files?: F
  /** Without it the answer is 204. */
  readonly output?: O
  /** Default: 200, or 204 without an output. */
  readonly status?: 200 | 201 | 202
  /** The path below the api's base of what was made: the answer's `Location` (RFC 9110 §10.2.2). */
  readonly location?: (output: Out<O>) => string
  /** When what is answered was last changed, as RFC 3339 has it: the answer's `Last-Modified`. For GET and QUERY. */
  readonly lastModified?: (output: Out<O>) => string | null | undefined
  /**
   * Whether a request must say by `If-Match` what it means to change, and is else refused: 428, RFC 6585 §3. There must be
   * a GET at the path, which tells the ETag. Default: false; who sends `If-Match` is always heard.
   */
  readonly requireMatch?: boolean
  /** Every problem that the handler can answer. */
  readonly problems?: Pr
  /** Every event that the handler can emit. Changes of resources record theirs by themselves. */
  readonly emits?: readonly E[]
  /** True where callers need no key. Default: false. */
  readonly open?: Open
  /**
   * What a key must be allowed to, if it is not allowed everything: `articles:feature`. Default: the first word of the
   * path with `:read` for a GET and `:write` for the others. Nothing where the endpoint is open.
   */
  readonly scope?: string | readonly string[]
  /** How often an account may call it, whatever its keys; where it is open, and no key is sent, an address. Default: no limit. */
  readonly limit?: Limit
  /** What the audit log calls it: `key.created`. It is filed in the unit of work. Default: it is not filed. */
  readonly audit?: string
  readonly summary?: string
  readonly description?: string
  /**
   * True where the answer holds a secret: it is then shown once, and not kept under an `Idempotency-Key`. A retry has no
   * second effect, and is told so by a 409 `shown-once`. Default: false.
   */
  readonly shownOnce?: boolean
  /** True where what the handler stores is what the caller sent, so that a row which does not fit is theirs to mend. */
  readonly storesInput?: boolean
  /** True where the answer of a GET follows from its input and stored rows alone: it is the same until somebody commits. */
  readonly fromRows?: boolean
  /** True where the body of a PATCH may be a JSON Patch (RFC 6902) of a row, which the handler hands on to `patch`. */
  readonly jsonPatch?: boolean
  /** The resource of whose rows callers select what they see, where the input has `fields` or `expand`. */
  readonly selects?: Resource
  /** True where the answer is an operation, for whose end a caller may wait: `Prefer: wait=5` (RFC 7240 §4.3). */
  readonly waits?: boolean
  /** What the schemas are called in the documents. Default: after the endpoint, or after the resource they belong to. */
  readonly names?: SchemaNames
  /** Before the unit of work: may do I/O. It must have no effect of its own, since it runs again when a caller tries again. */
  readonly prepare?: (call: Prepare<P, I, F, Open>) => Promise<X>
  /** The unit of work: may await the store only. A GET or QUERY reads; it cannot write. */
  readonly handle?: (call: Handle<M, P, I, E, Pr, X, Open, F>) => Out<O> | Promise<Out<O>>
}

/** One method and path. */
export interface Endpoint<
  M extends Method = Method,
  P extends string = string,
  I extends Schema = Schema,
  O extends Schema = Schema,
  E extends EventType = EventType,
  Pr extends Problems = Problems,
  X = unknown,
  Open extends boolean = boolean,
  F extends FileFields = FileFields,
> extends EndpointOptions<M, P, I, O, E, Pr, X, Open, F> {
  readonly kind: 'endpoint'
  /** True where the list can be followed as text/event-stream. Signalbox's own: the list of events. */
  readonly live?: true
  /** True where the log of events is read, of which all is to be there that was committed before. Signalbox's own. */
  readonly readsLog?: true
  /** True where no body at all is taken for none of its members. Signalbox's own. */
  readonly bodyless?: true
  /** True where its unit only adds rows, and decides on nothing that such units change. Signalbox's own: the standard create. */
  readonly adds?: true
}

/** Any endpoint, whatever its handler takes. */
export type AnyEndpoint = Omit<Endpoint, 'prepare' | 'handle' | 'location' | 'lastModified'> & {
  readonly location?: (output: never) => string
  readonly lastModified?: (output: never) => string | null | undefined
  readonly prepare?: (call: never) => Promise<unknown>
  readonly handle?: (call: never) => unknown
}

/**
 * What `api` takes. The compiler tells that an endpoint is one by its arguments, of which `any` takes all, and need not
 * compare thirty members; what was put together by hand is compared with `AnyEndpoint`.
 */
export type DeclaredEndpoint =
  | Endpoint<Every, Every, Every, Every, Every, Every, Every, Every, Every>
  | AnyEndpoint

// biome-ignore lint/suspicious/noExplicitAny: nothing else takes every argument
type Every = any // oxlint-disable-line typescript/no-explicit-any -- as above

/** With `kind`, which one has that is declared anew from another. */
const OPTIONS: Known<Endpoint> = {
  kind: false,
  method: true,
  path: true,
  input: true,
  files: true,
  output: true,
  status: true,
  location: true,
  lastModified: true,
  requireMatch: true,
  problems: true,
  emits: true,
  open: true,
  scope: true,
  limit: true,
  audit: true,
  summary: true,
  description: true,
  shownOnce: true,
  storesInput: false,
  fromRows: false,
  jsonPatch: true,
  selects: false,
  waits: false,
  names: true,
  prepare: true,
  handle: true,
  live: false,
  readsLog: false,
  bodyless: false,
  adds: false,
}

/** Declares one method and path with its input, output, problems, events and handler. */
export function endpoint<
  const M extends Method,
  const P extends string,
  O extends Schema = Schema<void>,
  I extends Schema = Schema<undefined>,
  E extends EventType = never,
  const Pr extends Problems = Record<never, never>,
  X = undefined,
  const Open extends boolean = false,
  const F extends FileFields = Record<never, never>,
>(options: EndpointOptions<M, P, I, O, E, Pr, X, Open, F>): Endpoint<M, P, I, O, E, Pr, X, Open, F> {
  const place = `endpoint ${options.method} ${options.path}`
  refuseUnknown(options, OPTIONS, place)
  parsePath(options.path, place)
  checkForms(options, place)
  checkAccess(options, place)
  refuseUnfitMethod(options, place)
  checkFiles(options, place)
  checkFileContent(options, place)
  return { kind: 'endpoint', ...options }
}

type Access = Pick<AnyEndpoint, 'method' | 'scope' | 'limit' | 'audit' | 'open'>

function checkAccess({ method, scope, limit, audit, open }: Access, place: string): void {
  for (const each of [scope ?? []].flat()) {
    if (!SCOPE.test(each)) {
      throw new DefinitionError(
        place,
        `the scope '${each}' is not a noun and a verb`,
        "Write 'articles:feature'",
      )
    }
  }
  if (scope !== undefined && open === true) {
    throw new DefinitionError(place, 'it is open, and has a scope', 'Leave out one of open and scope')
  }
  if (audit !== undefined && isSafe(method)) {
    throw new DefinitionError(place, `a ${method} has nothing to file in the audit log`, 'Leave `audit` out')
  }
  if (limit !== undefined) rateOf(limit, place)
}

/** Visible in a `scope` parameter as it is (RFC 6749 §3.3). */
const SCOPE = /^[A-Za-z0-9._~-]+:[A-Za-z0-9._~-]+$/

/** @throws DefinitionError where the method does not have what is asked of it. */
function refuseUnfitMethod(
  {
    method,
    emits = [],
    requireMatch,
    lastModified,
    fromRows,
  }: Pick<AnyEndpoint, 'method' | 'emits' | 'requireMatch' | 'lastModified' | 'fromRows'>,
  place: string,
): void {
  if (isSafe(method) && emits.length > 0) {
    throw new DefinitionError(place, `a ${method} cannot emit: it is safe (RFC 9110 §9.2.1)`, 'Use POST')
  }
  if (isSafe(method) && requireMatch === true) {
    throw new DefinitionError(
      place,
      `a ${method} changes nothing that If-Match could guard`,
      'Leave out `requireMatch`',
    )
  }
  if (method !== 'GET' && fromRows === true) {
    throw new DefinitionError(place, 'only the answer of a GET is told by its target', 'Leave out `fromRows`')
  }
  if (!isSafe(method) && lastModified !== undefined) {
    throw new DefinitionError(
      place,
      'only what is read tells when it was last changed',
      'Set `lastModified` on the GET',
    )
  }
}

/** The handler's type, for one that lives in another file than its endpoint. */
export type HandlerOf<T> = T extends { readonly handle?: infer H } ? NonNullable<H> : never
