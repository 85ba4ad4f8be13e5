import type { Attributes, Metric } from './meter.ts'

/** What metrics are written in: the text format of Prometheus, or OpenMetrics, which it came to be. */
export type ExpositionFormat = 'prometheus' | 'openmetrics'

export const EXPOSITION_TYPES: { readonly [F in ExpositionFormat]: string } = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** Writes metrics as Prometheus reads them. Names are those of OpenTelemetry with `_` for dots, and their unit at the end. */
export function writeExposition(metrics: readonly Metric[], format: ExpositionFormat): string {
  const lines = metrics.filter(({ series }) => series.length > 0).flatMap(metric => linesOf(metric, format))
  return [...lines, ...(format === 'openmetrics' ? ['# EOF'] : []), ''].join('\n')
}

/** As the compatibility rules of OpenTelemetry have it. What is in braces is an annotation, not a unit. */
const UNITS: { readonly [unit: string]: string } = { s: 'seconds', By: 'bytes', '1': 'ratio' }

function linesOf(metric: Metric, format: ExpositionFormat): readonly string[] {
  const unit = UNITS[metric.unit]
  const plain = metric.name.replaceAll('.', '_')
  const name = unit === undefined ? plain : `${plain}_${unit}`
  const sample = metric.kind === 'counter' ? `${name}_total` : name
  // OpenMetrics describes a counter by the name of its family, the older format by that of its samples.
  const described = format === 'openmetrics' ? name : sample
  const head = [`# HELP ${described} ${escaped(metric.description)}`, `# TYPE ${described} ${metric.kind}`]
  if (format === 'openmetrics' && unit !== undefined) head.push(`# UNIT ${described} ${unit}`)
  if (metric.kind !== 'histogram') {
    return [
      ...head,
      ...metric.series.map(({ value, attributes }) => `${sample}${labels(attributes)} ${value}`),
    ]
  }
  return [...head, ...metric.series.flatMap(series => bucketLines(name, series))]
}

function bucketLines(
  name: string,
  {
    histogram: { bounds, counts, sum },
    attributes,
  }: Extract<Metric, { kind: 'histogram' }>['series'][number],
): readonly string[] {
  let total = 0
  const buckets = counts.map((count, i) => {
    total += count
    return `${name}_bucket${labels({ ...attributes, le: numberText(bounds[i]) })} ${total}`
  })
  const own = labels(attributes)
  return [...buckets, `${name}_sum${own} ${sum}`, `${name}_count${own} ${total}`]
}

/** The same bound is the same text in both formats: `1.0`. */
const numberText = (bound: number | undefined): string => {
  if (bound === undefined) return '+Inf'
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

function labels(attributes: Attributes = {}): string {
  const pairs = Object.entries(attributes).map(
    ([name, value]) => `${name.replaceAll('.', '_')}="${escaped(String(value))}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
