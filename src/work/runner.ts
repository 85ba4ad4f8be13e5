import { isoTime } from '../base/index.ts'
import {
  modeOf,
  type OperationType,
  type Progress,
  type Run,
  type Step,
  type Unit,
} from '../contract/index.ts'
import { declaredProblem, problems } from '../http/index.ts'
import type { Row, Store, Tx, Value } from '../store/index.ts'
import type { Failed, Meter } from '../telemetry/index.ts'
import { type Environment, Failure, fail, runUnit } from '../unit/index.ts'
import { type Claim, LEASE_MS, type Queue, queue } from './lease.ts'
import { type Loop, startLoop } from './loop.ts'

/** Operations that run side by side in one process. */
const MAX_RUNNING = 8
/** Runs that ended with their process. An operation that kills whoever runs it must end some day. */
const MAX_RUNS = 5
/** How long a run may take to heed its signal when the process is told to stop. */
const DRAIN_MS = 8_000

const SAVE = `update signalbox_operations set progress = coalesce($3, progress), memory = coalesce($4, memory)
  where id = $1 and fence = $2`
const SETTLE = `update signalbox_operations set state = $3, result = $4, problem = $5, settled_at = $6, due_at = null
  where id = $1 and fence = $2 and due_at is not null`

/**
 * The operations that this program knows: another version of it, on the same database, may know more, and has them to
 * itself. Names are plain words (`operation()` sees to that), so they can stand in SQL.
 */
const queueOf = (types: Iterable<string>): Queue =>
  queue('signalbox_operations', {
    onClaim: "state = 'running', runs = runs + 1",
    // Given back, it was not ended by its process: it does not count.
    onRelease: "state = 'queued', runs = runs - 1",
    only: `type in (${[...types].map(type => `'${type}'`).join(', ')})`,
  })

/** An operation with what was compiled from its schemas. */
export interface CompiledOperation {
  readonly operation: OperationType
  /** The JSON of its result, checked. */
  readonly writeResult: (result: unknown) => string
  /** The JSON of what its steps remember, checked. */
  readonly writeMemory: (memory: unknown) => string
}

export interface RunnerOptions {
  readonly store: Store
  readonly env: Environment
  readonly operations: ReadonlyMap<string, CompiledOperation>
  readonly fetch: typeof fetch
  readonly meter: Meter
  readonly failed: Failed
}

export interface Runner {
  wake(): void
  /** Aborts what runs, waits up to 8 s for it to stop, and gives it back unsettled. */
  stop(): Promise<void>
}

/** This run was taken over: its lease ran out, and another process began the operation again. */
class RunLost extends Error {
  override readonly name = 'RunLost'
  constructor() {
    super('another process has taken this operation over')
  }
}

/** Runs queued operations, and those whose process died, until it is stopped. */
export function startRunner(options: RunnerOptions): Runner {
  const { store, env, failed } = options
  const measure = measureRuns(options)
  const operationQueue = queueOf(options.operations.keys())
  const running = new Map<string, { readonly claim: Claim; readonly ended: Promise<void> }>()
  const stopping = new AbortController()

  function begin(row: Row): void {
    const claim: Claim = { id: String(row['id']), fence: Number(row['fence']) }
    const mine = running.get(claim.id)
    if (mine !== undefined) {
      mine.claim.fence = claim.fence
      return
    }
    const ended = runOperation(options, operationQueue, row, claim, stopping.signal, measure)
      .catch((error: unknown) => failed(error, `operation ${claim.id}`))
      .finally(() => {
        running.delete(claim.id)
        loop.wake()
      })
    running.set(claim.id, { claim, ended })
  }

  const loop: Loop = startLoop(
    async () => {
      const room = MAX_RUNNING - running.size
      if (room > 0) {
        for (const row of await operationQueue.claim(store, env.clock, room, row => row)) begin(row)
      }
      const due = await operationQueue.nextDue(store.peek)
      if (running.size === MAX_RUNNING || due === undefined) return Number.POSITIVE_INFINITY
      return Math.max(0, due - env.clock.now())
    },
    error => failed(error, 'operations'),
  )

  return {
    wake: loop.wake,
    async stop() {
      stopping.abort(new Error('the process is shutting down'))
      await loop.stop()
      await within(DRAIN_MS, Promise.all([...running.values()].map(({ ended }) => ended)))
      const late = [...running.values()].map(({ claim }) => claim)
      await store.unit(async tx => {
        for (const claim of late) await operationQueue.release(tx, claim, env.clock.now())
      })
      for (const { id } of late)
        failed(new Error('it did not heed its signal, and was given back'), `operation ${id}`)
    },
  }
}

async function runOperation(
  options: RunnerOptions,
  operationQueue: Queue,
  row: Row,
  claim: Claim,
  stopping: AbortSignal,
  measure: (type: string, state: string, seconds: number) => void,
): Promise<void> {
  const { store, env, operations, failed } = options
  const started = env.clock.elapsed()
  const compiled = operations.get(String(row['type']))
  if (compiled === undefined) throw new Error(`nothing here runs '${String(row['type'])}'`)
  const settle = (
    state: 'succeeded' | 'failed',
    result: string | null,
    problem: object | null,
  ): Promise<unknown> => {
    measure(String(row['type']), state, (env.clock.elapsed() - started) / 1000)
    return store.unit(tx => {
      const at = isoTime(env.clock.now())
      const problemJson = problem && JSON.stringify(problem)
      return tx.run(SETTLE, claim.id, claim.fence, state, result, problemJson, at)
    })
  }
  if (Number(row['runs']) > MAX_RUNS) return void (await settle('failed', null, abandoned))

  const lost = new AbortController()
  const signal = AbortSignal.any([stopping, lost.signal])
  const stopRenewing = keepRenewing(options, operationQueue, claim, () => lost.abort(new RunLost()))
  // From here on the claim is only given back: the lease outlasts the wait for that.
  stopping.addEventListener('abort', stopRenewing)
  try {
    const run = runOf(options, operationQueue, compiled, row, claim, signal)
    const result = await traced(env, row, () => compiled.operation.run(run as never))
    await settle('succeeded', compiled.writeResult(result), null)
  } catch (error) {
    if (error instanceof RunLost || lost.signal.aborted) return
    // Whatever went wrong, it may have been the end of the process that made it go wrong.
    if (stopping.aborted) await store.unit(tx => operationQueue.release(tx, claim, env.clock.now()))
    else if (error instanceof Failure) await settle('failed', null, failureOf(compiled.operation, error))
    else {
      failed(error, `operation '${compiled.operation.name}' ${claim.id}`, [parsed(row['input'])])
      await settle('failed', null, internal)
    }
  } finally {
    stopRenewing()
    stopping.removeEventListener('abort', stopRenewing)
  }
}

const RUN_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800, 3_600]

function measureRuns({ meter, operations }: RunnerOptions) {
  const name = 'signalbox.operation.run.duration'
  const about = { name, unit: 's', description: 'Runs of operations that ended, by how they did.' }
  const series = meter.histogram(about, RUN_SECONDS)
  const known = new Map(
    [...operations.keys()].flatMap(type =>
      ['succeeded', 'failed'].map(state => {
        const attributes = { 'signalbox.operation.type': type, 'signalbox.operation.state': state }
        return [`${type} ${state}`, series(attributes)] as const
      }),
    ),
  )
  return (type: string, state: string, seconds: number): void =>
    known.get(`${type} ${state}`)?.record(seconds)
}

/** The run as a span, in the trace of what started the operation. */
function traced<T>({ tracing }: Environment, row: Row, run: () => Promise<T>): Promise<T> {
  if (tracing === undefined) return run()
  const { id = null, type = null, traceparent } = row
  const attributes = { 'signalbox.operation.id': String(id), 'signalbox.operation.type': String(type) }
  const parent = tracing.kept(typeof traceparent === 'string' ? traceparent : null)
  return tracing.span(`operation ${String(type)}`, { kind: 'consumer', attributes, parent }, run)
}

/** Waits for work that may not heed its signal. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

function keepRenewing(
  { store, env, failed }: RunnerOptions,
  operationQueue: Queue,
  claim: Claim,
  lost: () => void,
): () => void {
  const timer = setInterval(() => {
    store
      .unit(tx => operationQueue.renew(tx, claim, env.clock.now()))
      .then(ours => {
        if (!ours) lost()
      })
      .catch((error: unknown) => failed(error, `the lease of operation ${claim.id}`))
  }, LEASE_MS / 3)
  return () => clearInterval(timer)
}

function runOf(
  { store, env, fetch }: RunnerOptions,
  operationQueue: Queue,
  { operation, writeMemory }: CompiledOperation,
  row: Row,
  claim: Claim,
  signal: AbortSignal,
): Run<never, never, never, unknown> {
  const account = String(row['account_id'])
  return {
    id: claim.id,
    input: parsed(row['input']) as never,
    account,
    mode: modeOf(account),
    remembered: parsed(row['memory']),
    signal,
    fetch,
    fail: failIn(operation),
    step: work =>
      runUnit(store, env, account, async ({ tx, run }) => {
        signal.throwIfAborted()
        // The claim is checked in the unit whose writes it guards.
        if (!(await operationQueue.renew(tx, claim, env.clock.now()))) throw new RunLost()
        const said: { progress?: Progress; memory?: unknown } = {}
        const stepOf = (unit: Unit): Step<never, never, unknown> => ({
          ...(unit as Unit<never, never>),
          fail: failIn(operation),
          progress: progress => {
            said.progress = progress
          },
          remember: memory => {
            said.memory = memory
          },
        })
        const value = await run(unit => work(stepOf(unit)))
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
  (operation: OperationType) =>
  (code: string, detail?: string): never => {
    if (code in operation.problems) fail(code, detail)
    throw new Error(`operation '${operation.name}' failed with '${code}', which it does not declare`)
  }

/** Stored with the operation, so that it reads the same however often it is asked for. */
function failureOf(operation: OperationType, { code, detail }: Failure): object {
  const known = problems[code as keyof typeof problems] as { status: number; title: string } | undefined
  const status = operation.problems[code] ?? known?.status ?? 500
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
  detail: `It was begun ${MAX_RUNS} times, and each time its process ended before it did.`,
}
