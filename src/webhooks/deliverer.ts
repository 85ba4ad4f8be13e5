import type { Agent } from 'undici'
import { isoTime, type Random } from '../base/index.ts'
import type { Store } from '../store/index.ts'
import type { Failed, Meter, Tracing } from '../telemetry/index.ts'
import type { Environment } from '../unit/index.ts'
import { type Loop, queue, startLoop } from '../work/index.ts'
import { type Claimed, loadClaimed } from './claimed.ts'
import type { OutcomeKind } from './outcome.ts'
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
  /** Every connection that it makes has passed the egress guard. It is asked for with the first attempt. */
  readonly agent: () => Agent
  readonly userAgent: string
  readonly meter: Meter
  readonly failed: Failed
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
  const measure = measureAttempts(options.meter)
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
      .then(measure)
      .then(settle.add)
      // Its lease runs out, and it is tried again; here it must not take up room for ever.
      .catch((error: unknown) => {
        inFlight.delete(job.id)
        failed(error, `delivery ${job.id}`, [job.order])
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

/** An attempt ends after 20 s at most. */
const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

/** Answers what counts an attempt and passes it on. */
function measureAttempts(meter: Meter): (done: Done) => Done {
  const name = 'signalbox.delivery.attempt.duration'
  const description = 'Attempts to send an event to a webhook, by what became of them.'
  const series = meter.histogram({ name, unit: 's', description }, ATTEMPT_SECONDS)
  const byKind = new Map<OutcomeKind, ReturnType<typeof series>>()
  return done => {
    const { kind, durationMs } = done.outcome
    const histogram = byKind.get(kind) ?? series({ 'signalbox.outcome': kind })
    byKind.set(kind, histogram)
    histogram.record(durationMs / 1000)
    return done
  }
}

function attempt(options: DelivererOptions, job: Claimed): Promise<Done> {
  const { tracing } = options.env
  return tracing === undefined ? attemptOnce(options, job) : tracedAttempt(tracing, options, job)
}

/**
 * The attempt as a span, in the trace of the request that recorded the event: the receiver is told, and can go on with it.
 * A URL may hold secrets (in its path, its query, its user), so the span has its host only.
 */
function tracedAttempt(tracing: Tracing, options: DelivererOptions, job: Claimed): Promise<Done> {
  const { method, url } = job.order
  const { hostname, port, protocol } = new URL(url)
  const attributes = {
    'http.request.method': method,
    'http.request.resend_count': job.attempts,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'http:' ? 80 : 443),
    'signalbox.delivery.id': job.id,
    'signalbox.event.type': job.eventType,
  }
  const about = { kind: 'client', attributes, parent: tracing.kept(job.traceparent) } as const
  return tracing.span(method, about, async span => {
    const done = await attemptOnce(options, job, tracing.traceparent())
    const { kind, status } = done.outcome
    if (status !== null) span.set({ 'http.response.status_code': status })
    if (kind !== 'delivered') span.failed(status === null ? kind : String(status))
    return done
  })
}

async function attemptOnce(
  { env, agent, userAgent }: DelivererOptions,
  job: Claimed,
  traceparent: string | null = null,
): Promise<Done> {
  const now = env.clock.now()
  const startedAt = isoTime(now)
  const { order, payload, eventId } = job
  const at = Math.floor(now / 1000)
  const request = requestOf(order, payload, { eventId, at, userAgent, traceparent })
  if ('kind' in request) {
    const { kind, error } = request
    const { method, url } = order
    const outcome = { kind, error, status: null, headers: null, body: new Uint8Array(), durationMs: 0 }
    return { job, startedAt, sent: { method, url, headers: {} }, outcome }
  }
  const outcome = await sendAttempt({ agent: agent(), clock: env.clock, ...request })
  return { job, startedAt, sent: request, outcome }
}
