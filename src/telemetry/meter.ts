import type { Meter as Instruments, ObservableResult } from '@opentelemetry/api'
import { createHistogram, type Histogram } from '../base/index.ts'
import { openTelemetry } from './open-telemetry.ts'

// One set of numbers, read from two places: by whoever asks for /metrics, and by OpenTelemetry where the program has
// registered a MeterProvider before it opened the app.

/** What tells the series of a metric apart. Of each there are few values: never an id, a path or a text of a caller's. */
export type Attributes = { readonly [name: string]: string | number }

/** A metric by the semantic conventions of OpenTelemetry: `http.server.request.duration`, in `s`. */
export interface About {
  readonly name: string
  /** As UCUM has it: `s`, `By`, `1`, `{event}`. */
  readonly unit: string
  readonly description: string
}

/** A value of a gauge or a counter. */
export interface Reading {
  readonly value: number
  readonly attributes?: Attributes
}

export interface Distribution {
  readonly histogram: Histogram
  readonly attributes?: Attributes
}

/** A metric with its values as they are now. */
export type Metric = About &
  (
    | { readonly kind: 'histogram'; readonly series: readonly Distribution[] }
    | { readonly kind: 'counter' | 'gauge'; readonly series: readonly Reading[] }
  )

export interface Counter {
  add(amount: number): void
}

type Read = () => readonly Reading[] | Promise<readonly Reading[]>

export interface Meter {
  /** Answers what makes the histogram of one set of attributes. Keep what it makes. */
  histogram(about: About, bounds: readonly number[]): (attributes: Attributes) => Histogram
  /** Shows a histogram that somebody else keeps. */
  show(about: About, histogram: Histogram): void
  /** Answers what makes the counter of one set of attributes. Keep what it makes. */
  counter(about: About): (attributes: Attributes) => Counter
  /** Is read when somebody looks. Where reading fails, there is no value. */
  observe(kind: 'counter' | 'gauge', about: About, read: Read): void
  /** All metrics, in the order in which they were declared. */
  collect(): Promise<readonly Metric[]>
  /** OpenTelemetry reads no more. */
  close(): void
}

export function createMeter(
  instruments: Instruments | undefined = openTelemetry()?.metrics.getMeter('signalbox'),
): Meter {
  const collectors: (() => Promise<Metric>)[] = []
  const closers: (() => void)[] = []

  function observe(kind: 'counter' | 'gauge', about: About, read: Read): void {
    const quietly = async (): Promise<readonly Reading[]> => {
      try {
        return await read()
      } catch {
        return []
      }
    }
    collectors.push(async () => ({ ...about, kind, series: await quietly() }))
    if (instruments === undefined) return
    const make = kind === 'counter' ? 'createObservableCounter' : 'createObservableGauge'
    const instrument = instruments[make](about.name, about)
    const tell = async (result: ObservableResult): Promise<void> => {
      for (const { value, attributes = {} } of await quietly()) result.observe(value, attributes)
    }
    instrument.addCallback(tell)
    closers.push(() => instrument.removeCallback(tell))
  }
  function histogram(about: About, bounds: readonly number[]): (attributes: Attributes) => Histogram {
    const series: Distribution[] = []
    const tell = listenerOf(about, bounds)
    collectors.push(async () => ({ ...about, kind: 'histogram', series }))
    return attributes => {
      const made = createHistogram(bounds)
      made.listener = tell(attributes)
      series.push({ histogram: made, attributes })
      return made
    }
  }
  /** What OpenTelemetry aggregates by itself must be told value by value. */
  function listenerOf(about: About, bounds: readonly number[]) {
    if (instruments === undefined) return () => undefined
    const advice = { explicitBucketBoundaries: [...bounds] }
    const instrument = instruments.createHistogram(about.name, { ...about, advice })
    return (attributes: Attributes) => (value: number) => instrument.record(value, attributes)
  }
  return {
    histogram,
    observe,
    show(about, shown) {
      shown.listener = listenerOf(about, shown.bounds)({})
      collectors.push(async () => ({ ...about, kind: 'histogram', series: [{ histogram: shown }] }))
    },
    counter(about) {
      const series: { value: number; readonly attributes: Attributes }[] = []
      observe('counter', about, () => series)
      return attributes => {
        const reading = { value: 0, attributes }
        series.push(reading)
        return {
          add(amount) {
            reading.value += amount
          },
        }
      }
    },
    collect: () => Promise.all(collectors.map(collect => collect())),
    close() {
      for (const close of closers) close()
    },
  }
}
