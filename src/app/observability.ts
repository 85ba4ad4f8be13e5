import { createRequestLog, type RequestLog, type RequestLogOptions } from '../access/index.ts'
import type { Clock, NewId } from '../base/index.ts'
import type { Route } from '../contract/index.ts'
import type { Store } from '../store/index.ts'
import {
  describeError,
  type Failed,
  type Log,
  type LogOptions,
  type Meter,
  type Tracing,
} from '../telemetry/index.ts'
import type { Request } from './exchange.ts'
import { observeGauges } from './gauges.ts'
import { createObserver, type Observe } from './observe.ts'
import { compileShown } from './shown.ts'

interface Reporting {
  readonly failed?: (error: unknown, where: string) => void
  readonly log?: LogOptions
}

/**
 * Whom our own faults are told: the program where it asks to be, else the log; both where it says something of the log too. A
 * report that cannot be made must not stop what it is about.
 */
export function reporter(log: Log, options: Reporting): Failed {
  const write: Failed = (error, where, brought) =>
    log.write('error', 'failure', { where, ...describeError(error, brought) })
  const { failed } = options
  if (failed === undefined) return write
  return (error, where, brought) => {
    if (options.log !== undefined) write(error, where, brought)
    try {
      failed(error, where)
    } catch (second) {
      write(error, where, brought)
      write(second, 'reporting a failure', brought)
    }
  }
}

export interface ObservabilityOptions {
  readonly store: Store
  readonly clock: Clock
  readonly newId: NewId
  readonly routes: readonly Route[]
  readonly meter: Meter
  readonly log: Log
  readonly tracing: Tracing | undefined
  readonly failed: Failed
  readonly publicUrl: string | undefined
  /** Undefined where requests are not kept. */
  readonly requestLog: RequestLogOptions | undefined
  readonly addressOf: (request: Request) => string | undefined
  readonly isPortals: (request: Request) => boolean
}

export interface Observability {
  readonly observe: Observe
  /** Writes what is not written yet, and measures no more. */
  close(): Promise<void>
}

/** Begins to look at requests, the store and the process. */
export function startObserving(options: ObservabilityOptions): Observability {
  const { store, clock, meter, publicUrl, routes } = options
  const shown = new Map(routes.map(route => [route, compileShown(route)]))
  const requestLog = options.requestLog && openRequestLog(options, options.requestLog)
  const stopGauges = observeGauges(meter, store, clock)
  return {
    observe: createObserver({
      ...options,
      requestLog,
      scheme: publicUrl?.startsWith('https:') === true ? 'https' : 'http',
      shown: (route, target) => shown.get(route)?.(target) ?? { path: route.path, query: null },
    }),
    async close() {
      await requestLog?.close()
      stopGauges()
      meter.close()
    },
  }
}

function openRequestLog(
  { store, meter, failed }: ObservabilityOptions,
  options: RequestLogOptions,
): RequestLog {
  const description = 'Requests of accounts, by whether they were kept in the log of requests.'
  const series = meter.counter({ name: 'signalbox.request_log.requests', unit: '{request}', description })
  const counter = (outcome: string) => series({ 'signalbox.outcome': outcome })
  const counters = { kept: counter('kept'), 'left-out': counter('left-out'), lost: counter('lost') }
  const count = (outcome: keyof typeof counters, requests: number) => counters[outcome].add(requests)
  return createRequestLog({ store, options, count, failed })
}
