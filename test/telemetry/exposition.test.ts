import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHistogram } from '../../src/base/index.ts'
import { type ExpositionFormat, writeExposition } from '../../src/telemetry/exposition.ts'
import type { Metric } from '../../src/telemetry/meter.ts'

const histogram = createHistogram([0.1, 1])
for (const value of [0.05, 0.1, 0.5, 7]) histogram.record(value)

const metrics: readonly Metric[] = [
  {
    name: 'http.server.request.duration',
    unit: 's',
    description: 'How long\nit took',
    kind: 'histogram',
    series: [{ histogram, attributes: { 'http.route': '/a/{id}' } }],
  },
  {
    name: 'things.done',
    unit: '{thing}',
    description: 'Things',
    kind: 'counter',
    series: [{ value: 3, attributes: { what: 'a "b" \\ c' } }],
  },
  { name: 'store.size', unit: 'By', description: 'Size', kind: 'gauge', series: [{ value: 12 }] },
  { name: 'nothing', unit: '1', description: 'Nothing', kind: 'gauge', series: [] },
]

const lines = (format: ExpositionFormat) => writeExposition(metrics, format).split('\n')

test('metrics are written as the text format of Prometheus 0.0.4 has them', () => {
  assert.deepEqual(lines('prometheus'), [
    '# HELP http_server_request_duration_seconds How long\\nit took',
    '# TYPE http_server_request_duration_seconds histogram',
    'http_server_request_duration_seconds_bucket{http_route="/a/{id}",le="0.1"} 2',
    'http_server_request_duration_seconds_bucket{http_route="/a/{id}",le="1.0"} 3',
    'http_server_request_duration_seconds_bucket{http_route="/a/{id}",le="+Inf"} 4',
    'http_server_request_duration_seconds_sum{http_route="/a/{id}"} 7.65',
    'http_server_request_duration_seconds_count{http_route="/a/{id}"} 4',
    '# HELP things_done_total Things',
    '# TYPE things_done_total counter',
    'things_done_total{what="a \\"b\\" \\\\ c"} 3',
    '# HELP store_size_bytes Size',
    '# TYPE store_size_bytes gauge',
    'store_size_bytes 12',
    '',
  ])
})

test('OpenMetrics has units, names counters without their ending, and ends', () => {
  const written = lines('openmetrics')
  assert.ok(written.includes('# UNIT http_server_request_duration_seconds seconds'))
  assert.ok(written.includes('# TYPE things_done counter'))
  assert.ok(written.includes('things_done_total{what="a \\"b\\" \\\\ c"} 3'))
  assert.deepEqual(written.slice(-2), ['# EOF', ''])
})
