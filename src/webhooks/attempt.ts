import { isoTime } from '../base/index.ts'
import type { Meter, Tracing } from '../telemetry/index.ts'
import type { Environment } from '../unit/index.ts'
import type { CallReceiver } from './call.ts'
import type { Claimed } from './claimed.ts'
import type { OutcomeKind } from './outcome.ts'
import type { Done } from './settle.ts'

export interface AttemptOptions {
  readonly env: Environment
  readonly call: CallReceiver
}

/** Makes the attempt of a claimed delivery. Async, since a tracer of the program's own may throw at once. */
export async function attempt(options: AttemptOptions, job: Claimed): Promise<Done> {
  const { tracing } = options.env
  return tracing === undefined ? attemptOnce(options, job) : tracedAttempt(tracing, options, job)
}

/**
 * The attempt as a span, in the trace of the request that recorded the event: the receiver is told, and can go on with it.
 * A URL may hold secrets (in its path, its query, its user), so the span has its host only.
 */
function tracedAttempt(tracing: Tracing, options: AttemptOptions, job: Claimed): Promise<Done> {
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
  { env, call }: AttemptOptions,
  job: Claimed,
  traceparent: string | null = null,
): Promise<Done> {
  const now = env.clock.now()
  const startedAt = isoTime(now)
  const { order, payload, eventId } = job
  const called = await call(order, payload, { eventId, at: Math.floor(now / 1000), traceparent })
  return { job, startedAt, ...called }
}

/** An attempt ends after 20 s at most. */
const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]

/** Answers what counts an attempt and passes it on. */
export function measureAttempts(meter: Meter): (done: Done) => Done {
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
