import type { Row } from '../store/index.ts'
import { type Claim, QUEUE_SCOPE, type Queue, queue } from './lease.ts'
import { type Loop, startLoop } from './loop.ts'
import { attemptWork, type CompiledWork, type RunOptions } from './run.ts'

/** What runs side by side in one process. Operations take long; tasks mostly wait for one answer. */
const MAX_RUNNING = { operation: 8, task: 16 } as const
/** How long a run may take to heed its signal when the process is told to stop. */
const DRAIN_MS = 8_000

/** Tasks are those rows that no account owns. Each kind has its index, and its own room to run in. */
const KIND = { operation: 'account_id is not null', task: 'account_id is null' } as const

/**
 * The operations, or the tasks, that this program knows: another version of it, on the same database, may know more, and
 * has them to itself. Names are plain words (the definition sees to that), so they can stand in SQL.
 */
const queueOf = (kind: keyof typeof KIND, names: Iterable<string>): Queue =>
  queue({
    // Still running, it was left so by a process that died.
    onClaim: `deaths = deaths + case when state = 'running' then 1 else 0 end,
      state = 'running', attempt_count = attempt_count + 1, next_attempt_at = null`,
    // Given back, it was not ended by its process: it does not count.
    onRelease: "state = 'queued', attempt_count = attempt_count - 1",
    only: `${KIND[kind]} and type in (${[...names].map(name => `'${name}'`).join(', ')})`,
  })

export interface RunnerOptions extends RunOptions {
  readonly kind: 'operation' | 'task'
  /** Those that it runs, by name: all of this kind, or some that have a room of their own. */
  readonly works: ReadonlyMap<string, CompiledWork>
}

export interface Runner {
  wake(): void
  /** Aborts what runs, waits up to 8 s for it to stop, and gives it back unsettled. */
  stop(): Promise<void>
}

/** Runs what is queued, and what a process that died had begun, until it is stopped. */
export function startRunner(options: RunnerOptions): Runner {
  const { store, env, kind, works, failed } = options
  const workQueue = queueOf(kind, works.keys())
  const room = MAX_RUNNING[kind]
  const running = new Map<string, { readonly claim: Claim; readonly ended: Promise<void> }>()
  const stopping = new AbortController()

  function begin(row: Row): void {
    const claim: Claim = { id: String(row['id']), fence: Number(row['fence']) }
    const mine = running.get(claim.id)
    if (mine !== undefined) {
      mine.claim.fence = claim.fence
      return
    }
    const compiled = works.get(String(row['type']))
    if (compiled === undefined) throw new Error(`nothing here runs '${String(row['type'])}'`)
    const { signal } = stopping
    const ended = attemptWork(options, { compiled, row, claim, queue: workQueue, stopping: signal })
      .catch((error: unknown) => failed(error, `${kind} ${claim.id}`))
      .finally(() => {
        running.delete(claim.id)
        loop.wake()
      })
    running.set(claim.id, { claim, ended })
  }

  const loop: Loop = startLoop(
    async () => {
      const free = room - running.size
      if (free > 0) {
        for (const row of await workQueue.claim(store, env.clock, free, row => row)) begin(row)
      }
      const due = await workQueue.nextDue(store.peek)
      if (running.size === room || due === undefined) return Number.POSITIVE_INFINITY
      return Math.max(0, due - env.clock.now())
    },
    error => failed(error, `${kind}s`),
  )

  return {
    wake: loop.wake,
    async stop() {
      stopping.abort(new Error('the process is shutting down'))
      await loop.stop()
      await within(DRAIN_MS, Promise.all([...running.values()].map(({ ended }) => ended)))
      const late = [...running.values()].map(({ claim }) => claim)
      await store.unit(async tx => {
        for (const claim of late) await workQueue.release(tx, claim, env.clock.now())
      }, QUEUE_SCOPE)
      for (const { id } of late)
        failed(new Error('it did not heed its signal, and was given back'), `${kind} ${id}`)
    },
  }
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
