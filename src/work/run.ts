import { setTimeout as sleep } from 'node:timers/promises'
import { isoTime, type Random, type UnixMs } from '../base/index.ts'
import {
  modeOf,
  type OperationType,
  type Progress,
  type Run,
  type Step,
  type TaskType,
  type Unit,
} from '../contract/index.ts'
import { declaredProblem, problems } from '../http/index.ts'
import { isPassing, type Row, type Store, type Tx, type Value } from '../store/index.ts'
import type { Failed } from '../telemetry/index.ts'
import { type Environment, Failure, fail, operationSettled, runUnit } from '../unit/index.ts'
import { type Claim, LEASE_MS, QUEUE_SCOPE, type Queue } from './lease.ts'
import type { MeasureRun } from './measure.ts'
import { planRun } from './plan.ts'
import type { Settlements } from './settlements.ts'

/** Attempts that ended with their process. Work that kills whoever does it must end some day. */
const MAX_DEATHS = 5
/** Before a database is asked again that could not take what it was to keep: its disk was full, say. */
const STORE_WAIT_MS = 1_000

const SAVE = `update signalbox_operations set progress = coalesce($3, progress), memory = coalesce($4, memory)
  where id = $1 and fence = $2`
const HELD = 'where id = $1 and fence = $2 and due_at is not null'
const SETTLE = `update signalbox_operations
  set state = $3, result = $4, problem = $5, settled_at = $6, due_at = null ${HELD}`
/** Nobody asks for a task that is done. */
const REMOVE = `delete from signalbox_operations ${HELD}`
const AGAIN = `update signalbox_operations set state = 'queued', due_at = $3, next_attempt_at = $4 ${HELD}`

/** An operation or a task with what was compiled from its schemas. */
export interface CompiledWork {
  readonly work: OperationType | TaskType
  /** The JSON of its result, checked. */
  readonly writeResult: (result: unknown) => string | null
  /** The JSON of what its steps remember, checked. */
  readonly writeMemory: (memory: unknown) => string
}

export interface RunOptions {
  readonly store: Store
  readonly env: Environment
  readonly settlements: Settlements
  readonly random: Random
  readonly fetch: typeof fetch
  readonly measure: MeasureRun
  /** Told of errors that are nobody's problem but ours. */
  readonly failed: Failed
}

/** One attempt at a row of the queue. */
export interface Attempt {
  readonly compiled: CompiledWork
  readonly row: Row
  readonly claim: Claim
  readonly queue: Queue
  /** Aborted when the process is told to stop. */
  readonly stopping: AbortSignal
}

/** How an attempt ended: settled, or by what it threw. */
type End =
  | { readonly state: 'succeeded'; readonly result: unknown; readonly json: string | null }
  | { readonly state: 'failed'; readonly problem: object }
  | { readonly state: 'threw'; readonly error: unknown }

/** This run goes on no longer: it was canceled, or its lease ran out and another process began it again. */
class RunLost extends Error {
  override readonly name = 'RunLost'
  constructor() {
    super('this run was canceled, or another process has taken it over')
  }
}

/** Makes one attempt, and stores how it ended. */
export async function attemptWork(options: RunOptions, attempt: Attempt): Promise<void> {
  const { claim, row, stopping } = attempt
  // Claimed as the process was told to stop: whoever begins now would never hear of it.
  if (stopping.aborted) return void (await release(options, attempt, options.env.clock.now()))
  if (Number(row['deaths']) >= MAX_DEATHS)
    return void (await settle(options, attempt, { state: 'failed', problem: abandoned }))
  const lost = new AbortController()
  const lose = (): void => lost.abort(new RunLost())
  const unwatch = options.settlements.watch(claim.id, lose)
  const stopRenewing = keepRenewing(options, attempt, lose)
  // From here on the claim is only given back: the lease outlasts the wait for that.
  stopping.addEventListener('abort', stopRenewing)
  const started = options.env.clock.elapsed()
  const run = runOf(options, attempt, AbortSignal.any([stopping, lost.signal]), lose)
  const end = await traced(options.env, attempt, () => endOf(attempt, run))
  options.measure(attempt.compiled.work.name, end.state, (options.env.clock.elapsed() - started) / 1000)
  unwatch()
  stopRenewing()
  stopping.removeEventListener('abort', stopRenewing)
  if (!lost.signal.aborted) await concludeLate(options, attempt, end)
}

/** What was done is not done again for a database that could not take the outcome at once. */
async function concludeLate(options: RunOptions, attempt: Attempt, end: End): Promise<void> {
  for (;;) {
    try {
      return await conclude(options, attempt, end)
    } catch (error) {
      // Its process gives it back.
      if (!isPassing(error) || attempt.stopping.aborted) throw error
    }
    await sleep(STORE_WAIT_MS)
  }
}

async function endOf({ compiled }: Attempt, run: Run<never, never, never, unknown, unknown>): Promise<End> {
  try {
    const result = await compiled.work.run(run as never)
    return { state: 'succeeded', result, json: compiled.writeResult(result) }
  } catch (error) {
    if (error instanceof Failure) return { state: 'failed', problem: failureOf(compiled.work, error) }
    return { state: 'threw', error }
  }
}

/** The run as a span, in the trace of what started it. */
function traced<T>({ tracing }: Environment, { compiled, row }: Attempt, run: () => Promise<T>): Promise<T> {
  if (tracing === undefined) return run()
  const { kind, name } = compiled.work
  const { id = null, traceparent } = row
  const attributes = { [`signalbox.${kind}.id`]: String(id), [`signalbox.${kind}.type`]: name }
  const parent = tracing.kept(typeof traceparent === 'string' ? traceparent : null)
  return tracing.span(`${kind} ${name}`, { kind: 'consumer', attributes, parent }, run)
}

async function conclude(options: RunOptions, attempt: Attempt, end: End): Promise<void> {
  const { compiled, row, claim, stopping } = attempt
  // Whatever went wrong, it may have been the end of the process that made it go wrong.
  if (stopping.aborted && end.state !== 'succeeded')
    return void (await release(options, attempt, options.env.clock.now()))
  if (end.state !== 'threw') return void (await settle(options, attempt, end))
  const { kind, name, retry } = compiled.work
  const attempts = Number(row['attempt_count']) - Number(row['deaths'])
  if (!(await retryOrFail(options, attempt, end.error, attempts))) return
  const where = `${kind} '${name}' ${claim.id}, attempt ${attempts} of ${retry.attempts}`
  options.failed(end.error, where, [parsed(row['input'])])
}

/** What becomes of a run that threw, so many attempts made. False where the run was lost. */
async function retryOrFail(
  options: RunOptions,
  attempt: Attempt,
  error: unknown,
  attempts: number,
): Promise<boolean> {
  const { store, env, random } = options
  const { compiled, claim } = attempt
  const now = env.clock.now()
  // No fault of the run's: it is no attempt of its.
  if (isPassing(error)) return release(options, attempt, now + STORE_WAIT_MS)
  const dueAt = planRun(attempts, compiled.work.retry, now, random.fraction())
  if (dueAt === undefined) return settle(options, attempt, { state: 'failed', problem: internal })
  const { id, fence } = claim
  return (await store.unit(tx => tx.run(AGAIN, id, fence, dueAt, isoTime(dueAt)), QUEUE_SCOPE)) > 0
}

const release = ({ store }: RunOptions, { claim, queue }: Attempt, dueAt: UnixMs): Promise<boolean> =>
  store.unit(tx => queue.release(tx, claim, dueAt), QUEUE_SCOPE)

/** Stores the outcome and records its event, in one unit. False where the run was lost. */
function settle(
  { store, env }: RunOptions,
  { compiled: { work }, row, claim }: Attempt,
  end: Exclude<End, { state: 'threw' }>,
): Promise<boolean> {
  const { id, fence } = claim
  return runUnit(store, env, actorOf(row), async ({ tx, run }) => {
    if (work.kind === 'task' && end.state === 'succeeded') return (await tx.run(REMOVE, id, fence)) > 0
    const settled_at = isoTime(env.clock.now())
    const [result, problem] =
      end.state === 'succeeded' ? [end.json, null] : [null, JSON.stringify(end.problem)]
    const held = (await tx.run(SETTLE, id, fence, end.state, result, problem, settled_at)) > 0
    if (!held || work.kind === 'task') return held
    const { state, ...outcome } = end
    const data = { id, ...outcome, created_at: row['created_at'], settled_at }
    await run((unit: Unit) => {
      if (work.silent !== true) unit.emit(work.events[state], data)
      operationSettled(unit, id)
    })
    return true
  })
}

const actorOf = (row: Row): string | undefined => {
  const actor = row['actor_id']
  return typeof actor === 'string' ? actor : undefined
}

function keepRenewing(
  { store, env, failed }: RunOptions,
  { queue, claim }: Attempt,
  lose: () => void,
): () => void {
  const timer = setInterval(() => {
    store
      .unit(tx => queue.renew(tx, claim, env.clock.now()), QUEUE_SCOPE)
      .then(ours => {
        if (!ours) lose()
      })
      .catch((error: unknown) => failed(error, `the lease of ${claim.id}`))
  }, LEASE_MS / 3)
  return () => clearInterval(timer)
}

function runOf(
  { store, env, fetch }: RunOptions,
  { compiled: { work, writeMemory }, row, claim, queue }: Attempt,
  signal: AbortSignal,
  lose: () => void,
): Run<never, never, never, unknown, unknown> {
  const actor = actorOf(row)
  return {
    id: claim.id,
    input: parsed(row['input']) as never,
    account: actor,
    mode: modeOf(actor),
    remembered: parsed(row['memory']),
    signal,
    fetch,
    fail: failIn(work),
    step: doing =>
      runUnit(store, env, actor, async ({ tx, run }) => {
        signal.throwIfAborted()
        // The claim is checked in the unit whose writes it guards.
        if (!(await queue.renew(tx, claim, env.clock.now()))) {
          lose()
          throw new RunLost()
        }
        const said: { progress?: Progress; memory?: unknown } = {}
        const stepOf = (unit: Unit): Step<never, never, unknown> => ({
          ...(unit as Unit<never, never>),
          fail: failIn(work),
          progress: progress => {
            said.progress = progress
          },
          remember: memory => {
            said.memory = memory
          },
        })
        const value = await run(unit => doing(stepOf(unit)))
        await save(tx, claim, said, writeMemory)
        return value
      }),
  }
}

async function save(
  tx: Tx,
  claim: Claim,
  said: { readonly progress?: Progress; readonly memory?: unknown },
  writeMemory: (memory: unknown) => string,
): Promise<void> {
  if (said.progress === undefined && said.memory === undefined) return
  const progress = said.progress === undefined ? null : JSON.stringify(said.progress)
  const memory = said.memory === undefined ? null : writeMemory(said.memory)
  await tx.run(SAVE, claim.id, claim.fence, progress, memory)
}

const parsed = (json: Value | undefined): unknown => (typeof json === 'string' ? JSON.parse(json) : undefined)

const failIn =
  (work: CompiledWork['work']) =>
  (code: string, detail?: string): never => {
    if (code in work.problems) fail(code, detail)
    throw new Error(`${work.kind} '${work.name}' failed with '${code}', which it does not declare`)
  }

/** Stored with the operation, so that it reads the same however often it is asked for. */
function failureOf(work: CompiledWork['work'], { code, detail }: Failure): object {
  const known = problems[code as keyof typeof problems] as { status: number; title: string } | undefined
  const status = work.problems[code] ?? known?.status ?? 500
  return {
    code,
    status,
    title: known?.title ?? declaredProblem(code, status).title,
    ...(detail === undefined ? {} : { detail }),
  }
}

const internal = { code: 'internal-error', status: 500, title: problems['internal-error'].title }
const abandoned = {
  ...internal,
  detail: `It was begun ${MAX_DEATHS} times, and each time its process ended before it did.`,
}
