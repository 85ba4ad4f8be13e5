import type { Attributes, Context, Tracer } from '@opentelemetry/api'
import { openTelemetry } from './open-telemetry.ts'

export interface SpanAbout {
  /** Default: internal. */
  readonly kind?: 'server' | 'client' | 'consumer'
  readonly attributes?: Attributes
  /** Default: what goes on where it begins. */
  readonly parent?: Parent
}

/** Where a span belongs: what `received` or `kept` has found. */
export type Parent = Context

/** A span that goes on. */
export interface ActiveSpan {
  rename(name: string): void
  set(attributes: Attributes): void
  /** It came to nothing. `type` is one of few: a code, a status, the name of an error. */
  failed(type: string): void
}

/** Spans of OpenTelemetry. What errors say may quote a caller, so a span tells their names only. */
export interface Tracing {
  /** Work as a span; what it begins belongs to it. */
  span<T>(name: string, about: SpanAbout, work: (span: ActiveSpan) => Promise<T>): Promise<T>
  /** What a request says it belongs to, by the propagation that the program has set. */
  received(header: (name: string) => string | undefined): Parent
  /** What a row was stored with. */
  kept(traceparent: string | null): Parent
  /** The span that goes on, as W3C Trace Context §3.2 writes it, for a row or another program. Null where there is none. */
  traceparent(): string | null
  /** Of the span that goes on, for a log. */
  ids(): { readonly trace_id: string; readonly span_id: string } | undefined
}

/** Undefined where the program has registered no TracerProvider: then nothing is done for traces at all. */
export function createTracing(): Tracing | undefined {
  const registered = openTelemetry()
  if (registered === undefined) return undefined
  const { context, isSpanContextValid, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } =
    registered
  const provider = trace.getTracerProvider() as Delegating
  const tracer = provider.getDelegateTracer?.('signalbox')
  if (tracer === undefined) return undefined
  const current = () => {
    const found = trace.getSpanContext(context.active())
    return found !== undefined && isSpanContextValid(found) ? found : undefined
  }
  return {
    span(name, { kind, attributes = {}, parent = context.active() }, work) {
      const span = tracer.startSpan(name, { kind: SpanKind[KINDS[kind ?? 'internal']], attributes }, parent)
      const failed = (type: string): void => {
        span.setAttribute('error.type', type)
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      const active: ActiveSpan = {
        rename: to => void span.updateName(to),
        set: more => void span.setAttributes(more),
        failed,
      }
      return context.with(trace.setSpan(parent, span), async () => {
        try {
          return await work(active)
        } catch (error) {
          failed(error instanceof Error ? error.name : typeof error)
          throw error
        } finally {
          span.end()
        }
      })
    },
    received: header => propagation.extract(ROOT_CONTEXT, header, HEADERS),
    kept(traceparent) {
      const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? []
      const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
      return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT
    },
    traceparent() {
      const found = current()
      if (found === undefined) return null
      return `00-${found.traceId}-${found.spanId}-${found.traceFlags.toString(16).padStart(2, '0')}`
    },
    ids() {
      const found = current()
      return found && { trace_id: found.traceId, span_id: found.spanId }
    },
  }
}

/** What stands in for a provider until one is registered tells whether one is. */
interface Delegating {
  getDelegateTracer?(name: string): Tracer | undefined
}

const KINDS = {
  internal: 'INTERNAL',
  server: 'SERVER',
  client: 'CLIENT',
  consumer: 'CONSUMER',
} as const

const HEADERS = {
  get: (header: (name: string) => string | undefined, name: string) => header(name.toLowerCase()),
  keys: () => [],
}

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/
