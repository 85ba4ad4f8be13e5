import type { Random } from '../base/index.ts'
import type { Schedule } from '../contract/index.ts'
import { removeDeleted, type Sink, sweepOrphans } from '../files/index.ts'
import type { Store } from '../store/index.ts'
import type { Failed, Meter } from '../telemetry/index.ts'
import {
  createMender,
  type Environment,
  type Recorded,
  retryEmitted,
  settleChanges,
  settleEmitted,
  watchedOf,
} from '../unit/index.ts'
import {
  type CallReceiver,
  cancelDropped,
  createDispatch,
  mendDeliveries,
  type Numbering,
  startDeliverer,
} from '../webhooks/index.ts'
import {
  type CompiledWork,
  type Loop,
  measureRuns,
  mendOperations,
  type Runner,
  type Settlements,
  startLoop,
  startRunner,
  startScheduler,
  watchClock,
} from '../work/index.ts'

export interface WorkerOptions {
  readonly store: Store
  /** Undefined where the api has no files. */
  readonly sink: Sink | undefined
  readonly env: Environment
  readonly numbering: Numbering
  readonly operations: ReadonlyMap<string, CompiledWork>
  readonly tasks: ReadonlyMap<string, CompiledWork>
  /** The names of those of them that are Signalbox's own. */
  readonly ownWork: ReadonlySet<string>
  readonly schedules: readonly Schedule[]
  readonly settlements: Settlements
  readonly fetch: typeof fetch
  readonly random: Random
  readonly call: CallReceiver
  readonly meter: Meter
  /** Takes away some of what is past its time. Answers how much. */
  readonly forget: () => Promise<number>
  readonly failed: Failed
}

/** All that goes on outside requests. */
export interface Workers {
  /** A unit has left something to do. */
  wake(recorded: Recorded): void
  /** Stops each in the order in which work flows, so that none is handed work after it has stopped. */
  stop(): Promise<void>
}

const HOUSEKEEPING_MS = 60_000
/** Other programs do not tell when they write. A look costs a few microseconds. */
const WATCH_MS = 5

export function startWorkers(options: WorkerOptions): Workers {
  const { store, env, numbering, forget, failed } = options
  const runners = startRunners(options)
  const scheduler = options.schedules.length > 0 ? startScheduler(options) : undefined
  const deliverer = startDeliverer(options)
  const watchers = startWatchers(options)
  const dispatch = createDispatch({ store, env, numbering, sending: deliverer })
  const dispatcher = startLoop(
    async () => ((await dispatch()) > 0 ? 0 : Number.POSITIVE_INFINITY),
    error => failed(error, 'events'),
  )
  const dropper = startLoop(
    async () => {
      const idleMs = await cancelDropped(store, env)
      // What was written since the drop may go out.
      deliverer.wake()
      return idleMs
    },
    error => failed(error, 'dropped deliveries'),
  )
  const housekeeper = startLoop(
    async () => ((await forget()) > 0 ? 0 : HOUSEKEEPING_MS),
    error => failed(error, 'housekeeping'),
    HOUSEKEEPING_MS,
  )
  const keepers = [...startFileKeepers(options), ...startEmitting(options)]
  const clockWatcher = watchClock({
    store,
    clock: env.clock,
    mends: [mendOperations, mendDeliveries],
    failed: error => failed(error, 'a clock that was set back'),
    found() {
      for (const worker of [...runners, deliverer]) worker.wake()
    },
  })
  return {
    wake({ events, operations, deliveries, webhooks }) {
      // First: what wakes claims them as they are now.
      for (const webhook of webhooks) deliverer.letGo(webhook)
      if (events > 0) dispatcher.wake()
      if (operations > 0) for (const runner of runners) runner.wake()
      if (deliveries > 0) {
        deliverer.wake()
        dropper.wake()
      }
    },
    async stop() {
      await Promise.all([...watchers, clockWatcher].map(watcher => watcher.stop()))
      await scheduler?.stop()
      await Promise.all(
        [...runners, housekeeper, dispatcher, dropper, ...keepers].map(worker => worker.stop()),
      )
      await deliverer.stop()
    },
  }
}

const SWEEP_MS = 60 * 60 * 1000

/** None where there are no files. */
function startFileKeepers({ store, sink, env, failed }: WorkerOptions): readonly Loop[] {
  if (sink === undefined) return []
  const told = (error: unknown): void => failed(error, 'files')
  return [
    startLoop(async () => ((await removeDeleted(store, sink)) > 0 ? 0 : Number.POSITIVE_INFINITY), told),
    startLoop(
      async () => {
        await sweepOrphans(store, sink, env.clock.now())
        return SWEEP_MS
      },
      told,
      SWEEP_MS,
    ),
  ]
}

/** None where nobody emits by SQL. */
function startEmitting({ store, env, failed }: WorkerOptions): readonly Loop[] {
  if (!store.dialect.emitsBySql) return []
  const told = (error: unknown): void => failed(error, 'events emitted by SQL')
  let isRetried = false
  const round = async (): Promise<number> => {
    if (!isRetried) await retryEmitted(store, env, told)
    isRetried = true
    return (await settleEmitted(store, env, told)) > 0 ? 0 : Number.POSITIVE_INFINITY
  }
  return [startLoop(round, told)]
}

/**
 * Of operations and of tasks, Signalbox's own apart, where there are any: what takes long must not hold up the others. Whom a
 * challenge calls may hang as long as it can.
 */
const startRunners = (options: WorkerOptions): readonly Runner[] =>
  (['operation', 'task'] as const).flatMap(kind => {
    const works = options[`${kind}s`]
    if (works.size === 0) return []
    const measure = measureRuns(kind, works.keys(), options.meter)
    const own = Map.groupBy(works, ([name]) => options.ownWork.has(name))
    return [...own.values()].map(some => startRunner({ ...options, kind, measure, works: new Map(some) }))
  })

/** None where no table is watched. */
function startWatchers({ store, env, failed }: WorkerOptions): readonly Loop[] {
  const watched = watchedOf(env.tables)
  if (watched === undefined) return []
  const told = (error: unknown): void => failed(error, 'watched tables')
  const mend = createMender(store, [...watched.tables.values()], told)
  return [
    startLoop(
      async () => ((await settleChanges(store, env, watched, told)) > 0 ? 0 : WATCH_MS),
      told,
      WATCH_MS,
    ),
    startLoop(async () => {
      await mend()
      return Number.POSITIVE_INFINITY
    }, told),
  ]
}
