import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metrics as registry } from '@opentelemetry/api'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { startFixture } from './fixture.ts'
import { library } from './library.ts'

class Reader extends MetricReader {
  protected override onShutdown = async (): Promise<void> => undefined
  protected override onForceFlush = async (): Promise<void> => undefined
}

const reader = new Reader()
registry.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))

const key = 'a-key-for-the-metrics'
const OPENMETRICS =
  'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

test('metrics are closed: without an option, without the key, and from elsewhere there is no such path', async () => {
  await using closed = await startFixture(library)
  assert.equal((await closed.send('GET', '/metrics')).status, 404)
  await using keyed = await startFixture(library, { metrics: { key } })
  assert.equal((await fetch(`${keyed.url}/metrics`)).status, 404)
  assert.equal((await keyed.send('GET', '/metrics')).status, 404, "an account's key is none")
  await using elsewhere = await startFixture(library, { metrics: { addresses: ['10.0.0.0/8'] } })
  assert.equal((await fetch(`${elsewhere.url}/metrics`)).status, 404)
  await using here = await startFixture(library, { metrics: { addresses: ['127.0.0.1'] } })
  assert.equal((await fetch(`${here.url}/metrics`)).status, 200)
  for (const metrics of [{}, { key: 'short' }, { addresses: ['here'] }])
    await assert.rejects(startFixture(library, { metrics }), /metrics/)
})

test('requests are counted by route and never by path, whatever callers make up', async () => {
  await using fixture = await startFixture(library, { metrics: { key } })
  const { send, url } = fixture
  for (let i = 0; i < 30; i++) {
    await send('GET', `/v1/books/none${i}`)
    await send('GET', `/v1/made-up-${i}`)
    await send('GET', `/portal/made-up-${i}`)
  }
  await send('POST', '/v1/books', { title: 'Emma', pages: 1 })
  await send('POST', '/v1/faults/answer')
  const ask = (accept: string) =>
    fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}`, accept } })
  const answered = await ask('*/*')
  assert.match(answered.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const text = await answered.text()
  const counts = text
    .split('\n')
    .filter(line => line.startsWith('http_server_request_duration_seconds_count'))
  const of = (...parts: string[]) => counts.find(line => parts.every(part => line.includes(part)))
  assert.match(of('http_route="/v1/books/{id}"', '"404"') ?? '', / 30$/)
  assert.match(of('http_route="/portal"') ?? '', / 30$/)
  assert.match(of('http_route="/v1/faults/answer"', 'error_type="internal-error"') ?? '', / 1$/)
  assert.ok(counts.length < 10, counts.join('\n'))
  assert.ok(!text.includes('made-up'))
  for (const name of [
    'signalbox_store_commit_units_count',
    'signalbox_store_flush_duration_seconds_count',
    'signalbox_store_size_bytes',
    'signalbox_event_pending 0',
    'signalbox_event_lag_seconds 0',
    'signalbox_delivery_pending 0',
    'signalbox_delivery_lag_seconds 0',
    'signalbox_webhook_unwell{signalbox_webhook_state="failing"} 0',
    'signalbox_webhook_unwell{signalbox_webhook_state="disabled"} 0',
    'signalbox_operation_pending{signalbox_operation_state="queued"} 0',
    'nodejs_eventloop_delay_p99_seconds',
    'process_memory_usage_bytes',
    'process_cpu_time_seconds_total{cpu_mode="user"}',
    'signalbox_request_log_requests_total',
  ])
    assert.ok(text.includes(name), `${name} is not in ${text}`)
  const open = await ask(OPENMETRICS)
  assert.match(open.headers.get('content-type') ?? '', /^application\/openmetrics-text; version=1\.0\.0/)
  assert.match(await open.text(), /# EOF\n$/)
})

test('a MeterProvider of OpenTelemetry is told the same', async () => {
  await using fixture = await startFixture(library)
  await fixture.send('GET', '/v1/books')
  const { resourceMetrics } = await reader.collect()
  const metrics = resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics)
  const named = (name: string) => metrics.find(({ descriptor }) => descriptor.name === name)
  const durations = named('http.server.request.duration')?.dataPoints ?? []
  assert.ok(durations.some(({ attributes }) => attributes['http.route'] === '/v1/books'))
  assert.ok(Number(named('signalbox.store.size')?.dataPoints[0]?.value) > 0)
})
