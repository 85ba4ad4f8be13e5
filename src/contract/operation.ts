import { DefinitionError } from './definition-error.ts'
import type { EventType } from './event.ts'
import { type Known, refuseUnknown } from './known-options.ts'
import type { Limit } from './limit.ts'
import type { Mode } from './mode.ts'
import { operationEvents } from './operation-events.ts'
import type { OperationType } from './operation-type.ts'
import { parsePath } from './path.ts'
import type { Fail, Problems } from './problems.ts'
import { type Retry, retryRuleOf } from './retry.ts'
import type { In, Out, Schema } from './schema.ts'
import type { Unit } from './unit.ts'

/** How far an operation is. `total` is null while nobody knows it. */
export interface Progress {
  readonly done: number
  readonly total: number | null
  readonly message?: string
}

/** A unit of work inside an operation. What it remembers and reports commits with what it changes. */
export interface Step<E extends EventType, Pr extends Problems, M> extends Unit<E, Pr> {
  progress(progress: Progress): void
  /** Kept with this unit's commit; a run that resumes after a crash finds it as `remembered`. */
  remember(memory: M): void
}

/** A run of an operation or a task, outside the request-response cycle. `A` is its account. */
export interface Run<I extends Schema, E extends EventType, Pr extends Problems, M, A = string> {
  readonly id: string
  readonly input: Out<I>
  readonly account: A
  /** Of whoever started it. Where it is `test`, leave out effects beyond the store: no money, no mail. */
  readonly mode: Mode
  /** What the last committed step remembered; undefined in a first run. */
  readonly remembered: M | undefined
  /** One unit of work. It is refused when the run was canceled, or another process has taken it over. */
  step<T>(work: (step: Step<E, Pr, M>) => Promise<T>): Promise<T>
  readonly fail: Fail<Pr>
  /** Aborted when it is canceled, and when the process shuts down or loses the run, which resumes elsewhere: stop. */
  readonly signal: AbortSignal
  /** Fetches through the egress guard: private networks are closed unless the producer opened them. */
  readonly fetch: typeof fetch
}

export interface OperationOptions<
  I extends Schema,
  O extends Schema,
  E extends EventType,
  Pr extends Problems,
  M extends Schema,
> {
  /** `POST` here starts it and answers 202: `/imports`. */
  readonly path: string
  readonly input: I
  readonly output: O
  readonly problems?: Pr
  readonly emits?: readonly E[]
  /** The schema of what steps remember. */
  readonly memory?: M
  /** How often it is begun again where `run` throws. What `fail` ends it with is its outcome. Default: never. */
  readonly retry?: Retry
  /** How often an account may start it. Default: no limit. */
  readonly limit?: Limit
  readonly summary?: string
  readonly description?: string
  /** May run more than once: after a crash it begins again with what it remembered. */
  readonly run: (run: Run<I, E, Pr, Out<M>>) => Promise<Out<O>>
}

const OPTIONS: Known<OperationOptions<Schema, Schema, EventType, Problems, Schema>> = {
  path: true,
  input: true,
  output: true,
  problems: true,
  emits: true,
  memory: true,
  retry: true,
  limit: true,
  summary: true,
  description: true,
  run: true,
}

/** Declares work outside the request: `operation('import', { path: '/imports', input, output, run })`. */
export function operation<
  const N extends string,
  I extends Schema,
  O extends Schema,
  E extends EventType = never,
  const Pr extends Problems = Record<never, never>,
  M extends Schema = Schema<undefined>,
>(name: N, options: OperationOptions<I, O, E, Pr, M>): OperationType<N, In<I>> {
  const place = `operation '${name}'`
  checkName(name, place)
  refuseUnknown(options, OPTIONS, place)
  if (parsePath(options.path, place).some(segment => typeof segment !== 'string')) {
    throw new DefinitionError(place, `the path '${options.path}' has parameters`, 'Take them in the input')
  }
  const { path, input, output, problems = {}, emits = [], memory, limit, summary, description, run } = options
  requireParts(place, { input, output, run })
  const retry = retryRuleOf(options.retry ?? {}, 1, place)
  return {
    kind: 'operation',
    name,
    path,
    input,
    output,
    problems,
    emits,
    memory,
    retry,
    events: operationEvents(name, output),
    limit,
    summary,
    description,
    run,
  }
}

/** @throws DefinitionError for what is missing, which the types refuse as well. */
export function requireParts(place: string, parts: { readonly [name: string]: unknown }): void {
  const missing = Object.keys(parts).find(name => parts[name] === undefined)
  if (missing === undefined) return
  const mend = missing === 'run' ? 'run: async ({ input }) => { … }' : `${missing}: z.object({ … })`
  throw new DefinitionError(place, `it has no ${missing}`, `Add ${mend}`)
}

/** A plain word, which may stand in SQL. */
export function checkName(name: string, place: string): void {
  if (/^[a-z][a-z0-9_]*$/.test(name)) return
  throw new DefinitionError(place, 'the name is not in lower case', "Write 'import' or 'nightly_export'")
}
