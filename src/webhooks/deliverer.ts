import type { Agent } from 'undici'
import { isoTime, type Random } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import type { Environment } from '../unit/index.ts'
import { type Loop, queue, startLoop } from '../work/index.ts'
import { type Claimed, loadClaimed } from './claimed.ts'
import { eventTypesOf } from './payloads.ts'
import { requestOf } from './request.ts'
import { sendAttempt } from './send.ts'
import { createSettler, type Done } from './settle.ts'

/** Attempts under way in one process. */
const MAX_IN_FLIGHT = 256
/** Claims come in batches: a unit for each would cost more than the attempt. */
const MIN_CLAIM = 64
/** How long attempts may go on once the process is told to stop. They are given back after it. */
const DRAIN_MS = 8_000

const deliveryQueue = queue('signalbox_deliveries', { onClaim: 'next_attempt_at = null' })

export interface DelivererOptions {
  readonly store: Store
  readonly env: Environment
  readonly random: Random
  /** Every connection that it makes has passed the egress guard. */
  readonly agent: Agent
  readonly userAgent: string
  readonly failed: (error: unknown, where: string) => void
}

export interface Deliverer {
  wake(): void
  /** Lets attempts end for up to 8 s, then gives the rest back. */
  stop(): Promise<void>
}

/** Sends what is due, for as long as the process lives. */
export function startDeliverer(options: DelivererOptions): Deliverer {
  const { store, env, failed } = options
  const inFlight = new Map<string, Claimed>()
  const typeOf = eventTypesOf(env)
  const settle = createSettler(options, done => {
    for (const { job } of done) inFlight.delete(job.id)
    if (inFlight.size <= MAX_IN_FLIGHT - MIN_CLAIM) loop.wake()
  })

  function begin(job: Claimed): void {
    const mine = inFlight.get(job.id)
    if (mine !== undefined) {
      mine.fence = job.fence
      return
    }
    inFlight.set(job.id, job)
    attempt(options, job)
      .then(settle.add)
      // Its lease runs out, and it is tried again; here it must not take up room for ever.
      .catch((error: unknown) => {
        inFlight.delete(job.id)
        failed(error, `delivery ${job.id}`)
      })
  }

  const loop: Loop = startLoop(
    async () => {
      const room = MAX_IN_FLIGHT - inFlight.size
      if (room < MIN_CLAIM) return Number.POSITIVE_INFINITY
      const jobs = await deliveryQueue.claim(store, env.clock, room, (row, tx) =>
        loadClaimed(env, row, tx, typeOf),
      )
      for (const job of jobs) if (job !== undefined) begin(job)
      if (jobs.length === room) return 0
      const due = await deliveryQueue.nextDue(store.peek)
      return due === undefined ? Number.POSITIVE_INFINITY : Math.max(0, due - env.clock.now())
    },
    error => failed(error, 'deliveries'),
  )

  return {
    wake: loop.wake,
    async stop() {
      await loop.stop()
      const deadline = env.clock.elapsed() + DRAIN_MS
      while (inFlight.size > 0 && env.clock.elapsed() < deadline)
        await settle.next(deadline - env.clock.elapsed())
      // What ends from here on is not an outcome: it ends because this process does.
      settle.stop()
      await store.unit(async tx => {
        for (const job of inFlight.values()) await deliveryQueue.release(tx, job, env.clock.now())
      })
    },
  }
}

async function attempt({ env, agent, userAgent }: DelivererOptions, job: Claimed): Promise<Done> {
  const now = env.clock.now()
  const startedAt = isoTime(now)
  const { order, payload, eventId } = job
  const request = requestOf(order, payload, { eventId, at: Math.floor(now / 1000), userAgent })
  if ('kind' in request) {
    const { kind, error } = request
    const { method, url } = order
    const outcome = { kind, error, status: null, headers: null, body: new Uint8Array(), durationMs: 0 }
    return { job, startedAt, sent: { method, url, headers: {} }, outcome }
  }
  const outcome = await sendAttempt({ agent, clock: env.clock, ...request })
  return { job, startedAt, sent: request, outcome }
}
